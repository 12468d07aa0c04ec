#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <cstring>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/random.h"

namespace sallyport::core {

/// A UUID (RFC 9562): 16 bytes, ordered as its text is.
class Uuid {
 public:
  /// Version 7: 48 bits of milliseconds, then random bits (RFC 9562 §5.7).
  static Uuid v7(Timestamp now, Random& random);
  /// No version 7 UUID of that millisecond or a later one sorts before it, and every earlier one does.
  static Uuid first_v7(Timestamp at);
  /// The 36-character form in either letter case (RFC 9562 §4); anything else is nothing.
  static std::optional<Uuid> parse(std::string_view text);
  /// The same, or its 32 digits without hyphens.
  static std::optional<Uuid> parse_digits(std::string_view text);
  /// The 16 bytes of a store's column; nothing if there are not 16.
  static std::optional<Uuid> from_bytes(ByteView bytes);

  std::string str() const;  ///< 36 characters, lower case
  ByteView bytes() const& { return bytes_; }
  ByteView bytes() && = delete;
  friend auto operator<=>(const Uuid&, const Uuid&) = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
};

/// A UUID that names one kind of thing, so that an account is never looked up by a session's id.
template <class Kind>
class Id {
 public:
  explicit Id(Uuid uuid) : uuid_(uuid) {}
  static Id fresh(Timestamp now, Random& random) { return Id(Uuid::v7(now, random)); }
  static std::optional<Id> parse(std::string_view text) {
    const auto uuid = Uuid::parse(text);
    return uuid ? std::optional<Id>(*uuid) : std::nullopt;
  }
  const Uuid& uuid() const { return uuid_; }
  std::string str() const { return uuid_.str(); }
  ByteView bytes() const& { return uuid_.bytes(); }
  ByteView bytes() && = delete;
  friend auto operator<=>(const Id&, const Id&) = default;

 private:
  Uuid uuid_;
};

using AccountId = Id<struct AccountKind>;
using SessionId = Id<struct SessionKind>;

}  // namespace sallyport::core

template <class Kind>
struct std::hash<sallyport::core::Id<Kind>> {
  std::size_t operator()(const sallyport::core::Id<Kind>& id) const {
    std::size_t tail;  // the last eight bytes of a version 7 UUID are random
    std::memcpy(&tail, id.bytes().data() + 8, sizeof tail);
    return tail;
  }
};
