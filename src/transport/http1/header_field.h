#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sallyport::transport::http1 {

/// What a byte may be part of; several at once.
enum ByteClass : std::uint8_t {
  token_byte = 1,        ///< `tchar`, RFC 9110 §5.6.2: methods and field names
  target_byte = 2,       ///< visible ASCII but `#`: request targets. Wider than RFC 3986 (`|`, `{`), as browsers are
  field_value_byte = 4,  ///< RFC 9110 §5.5: HTAB, SP, visible ASCII, and opaque bytes from 0x80
  host_byte = 8,         ///< `unreserved`, RFC 3986 §2.3
};

inline constexpr std::array<std::uint8_t, 256> byte_classes = [] {
  constexpr auto is_one_of = [](unsigned byte, std::string_view set) {
    return set.find(static_cast<char>(byte)) != std::string_view::npos;
  };
  std::array<std::uint8_t, 256> classes{};
  classes['\t'] = field_value_byte;
  for (unsigned byte = 0x20; byte < 256; ++byte) {
    const bool is_alphanumeric =
        (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    unsigned set = byte == 0x7f ? 0U : field_value_byte;
    if (byte > 0x20 && byte < 0x7f && byte != '#') set |= target_byte;
    if (is_alphanumeric || is_one_of(byte, "!#$%&'*+-.^_`|~")) set |= token_byte;
    if (is_alphanumeric || is_one_of(byte, "-._~")) set |= host_byte;
    classes[byte] = static_cast<std::uint8_t>(set);
  }
  return classes;
}();

constexpr bool is(ByteClass wanted, char byte) {
  return (byte_classes[static_cast<unsigned char>(byte)] & wanted) != 0;
}

/// ASCII letters compare without case, every other byte as it is.
constexpr bool equals_ignoring_case(std::string_view left, std::string_view right) {
  constexpr auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  if (left.size() != right.size()) return false;
  for (std::size_t i = 0; i < left.size(); ++i)
    if (lower(left[i]) != lower(right[i])) return false;
  return true;
}

/// Optional white space (RFC 9110 §5.6.3) taken off both ends.
constexpr std::string_view trim_ows(std::string_view text) {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

/// Why a peer's bytes are not taken: the answer's status, a stable code for its body, and the rule that was broken.
/// The texts are literals.
struct Refusal {
  int status = 0;
  std::string_view code;
  std::string_view rule;
  friend bool operator==(const Refusal&, const Refusal&) = default;
};

/// A field line. Views into the buffer that was parsed: the name as sent, the value without white space around it.
struct HeaderField {
  std::string_view name, value;
};

/// The field lines of one message, in the order sent. Storage is inline: adding never allocates.
class HeaderFields {
 public:
  static constexpr std::size_t capacity = 100;

  std::size_t size() const { return size_; }
  const HeaderField* begin() const { return fields_.data(); }
  const HeaderField* end() const { return fields_.data() + size_; }

  /// The first value under this name (any case); `count` tells whether there are more.
  std::optional<std::string_view> find(std::string_view name) const {
    for (const auto& field : *this)
      if (equals_ignoring_case(field.name, name)) return field.value;
    return std::nullopt;
  }
  std::size_t count(std::string_view name) const {
    std::size_t found = 0;
    for (const auto& field : *this) found += equals_ignoring_case(field.name, name) ? 1 : 0;
    return found;
  }

  /// Needs `size() < capacity`.
  void add(HeaderField field) { fields_[size_++] = field; }
  void clear() { size_ = 0; }

 private:
  std::array<HeaderField, capacity> fields_;
  std::size_t size_ = 0;
};

}  // namespace sallyport::transport::http1
