#pragma once

#include <initializer_list>
#include <memory>
#include <string_view>

#include "core/bytes.h"
#include "core/secret.h"

namespace sallyport::crypto {

using core::ByteView;
using core::Digest;

/// SHA-256 (FIPS 180-4). Safe to call from every thread.
Digest sha256(ByteView bytes);
/// SHA-256 of the parts one after the other. Nothing separates them: the caller sees to it that no two lists of parts
/// which must differ read alike.
Digest sha256(std::initializer_list<ByteView> parts);

/// HMAC-SHA-256 (RFC 2104) with one key of any length, set up once. `mac` may be called from every thread at once.
class HmacKey {
 public:
  explicit HmacKey(const core::Secret& key);
  HmacKey(HmacKey&&) noexcept;
  HmacKey& operator=(HmacKey&&) noexcept;
  ~HmacKey();

  /// The tag of the parts one after the other, nothing between them; compare tags with `equal`.
  Digest mac(std::initializer_list<ByteView> parts) const;

 private:
  class Contexts;
  std::unique_ptr<Contexts> contexts_;
};

/// Whether two byte strings are the same. For equal sizes the time taken tells nothing about their contents.
bool equal(ByteView a, ByteView b);

/// HKDF-SHA-256 (RFC 5869): `size` bytes for the purpose named by `label` (the RFC's "info"). Throws
/// `std::length_error` above 255 * 32 bytes, which RFC 5869 §2.3 forbids.
core::Secret hkdf_sha256(const core::Secret& key, std::string_view salt, std::string_view label, std::size_t size);

}  // namespace sallyport::crypto
