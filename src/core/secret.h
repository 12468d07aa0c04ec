#pragma once

#include <openssl/crypto.h>

#include <iosfwd>
#include <string_view>
#include <vector>

#include "core/bytes.h"

namespace sallyport::core {

/// Bytes that must not leave by accident: a password, token, code or key. It cannot be printed, formatted, copied or
/// compared with `==`, and wipes itself. `reveal()` is the one word to look for in review.
class Secret {
 public:
  // A vector, since moving a short std::string leaves its bytes behind in the source.
  explicit Secret(std::string_view text) : bytes_(text.begin(), text.end()) {}
  explicit Secret(ByteView bytes) : bytes_(bytes.begin(), bytes.end()) {}
  /// `size` zero bytes, to be filled through `writable()`.
  static Secret of_size(std::size_t size) { return Secret(std::vector<char>(size)); }

  Secret(Secret&&) noexcept = default;
  Secret& operator=(Secret&& other) noexcept {
    bytes_.swap(other.bytes_);  // the old bytes are wiped with `other`
    return *this;
  }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;
  ~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  /// A second owner of the same bytes; named so that each duplication of a secret is seen in review.
  Secret duplicate() const { return Secret(reveal()); }

  std::string_view reveal() const& { return {bytes_.data(), bytes_.size()}; }
  std::string_view reveal() && = delete;
  ByteView reveal_bytes() const& { return as_bytes(reveal()); }
  ByteView reveal_bytes() && = delete;
  std::span<std::uint8_t> writable() & { return {reinterpret_cast<std::uint8_t*>(bytes_.data()), bytes_.size()}; }
  std::size_t size() const { return bytes_.size(); }

 private:
  explicit Secret(std::vector<char> bytes) : bytes_(std::move(bytes)) {}
  std::vector<char> bytes_;
};

std::ostream& operator<<(std::ostream&, const Secret&) = delete;
bool operator==(const Secret&, const Secret&) = delete;

}  // namespace sallyport::core
