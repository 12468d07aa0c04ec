#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <span>

#include "core/clock.h"
#include "core/random.h"

namespace sallyport::transport::tls {

/// What session tickets are sealed with (RFC 5077 §4, RFC 8446 §4.6.1): whoever has it can read what was said in
/// resumed sessions of TLS 1.2, so it is in memory only and does not live long. A key seals for `lifetime` and opens
/// for as long after that, which is how long a ticket is good. Safe to use from every thread.
class TicketKeys {
 public:
  static constexpr std::chrono::hours lifetime{12};
  static constexpr std::size_t name_size = 16;

  struct Key {
    std::array<std::uint8_t, name_size> name;
    std::array<std::uint8_t, 32> aes;
    std::array<std::uint8_t, 32> hmac;
    Key() = default;
    Key(const Key&) = default;
    Key& operator=(const Key&) = default;
    ~Key();
  };

  /// Both outlive it.
  TicketKeys(const core::Clock& clock, core::Random& random);
  /// The key for a new ticket.
  Key current();
  /// The key that a ticket was sealed with; nothing once it is too old, or was never there. `is_current` tells whether
  /// new tickets are sealed with it as well.
  std::optional<Key> find(std::span<const std::uint8_t, name_size> name, bool& is_current);
  /// Makes and forgets keys as time goes; so does every use.
  void rotate_if_due();

 private:
  void rotate_locked();
  Key make();

  const core::Clock& clock_;
  core::Random& random_;
  std::mutex mutex_;
  core::Moment since_;
  Key current_;
  std::optional<Key> previous_;
};

}  // namespace sallyport::transport::tls
