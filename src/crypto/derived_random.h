#pragma once

#include "core/random.h"
#include "crypto/digest.h"

namespace sallyport::crypto {

/// Bytes that a key and a seed determine, and that tell nothing to whoever lacks the key: what was drawn once can be
/// drawn again instead of being stored. HMAC-SHA-256 of seed ‖ block number, as HKDF's expansion (RFC 5869 §2.3) makes
/// many bytes of one key, without its chain. For one caller at a time.
class DerivedRandom final : public core::Random {
 public:
  /// The key outlives it. No two uses of a key may have one seed.
  DerivedRandom(const HmacKey& key, core::Digest seed) : key_(key), seed_(seed) {}
  DerivedRandom(const DerivedRandom&) = delete;
  DerivedRandom& operator=(const DerivedRandom&) = delete;
  ~DerivedRandom() override;
  void fill(std::span<std::uint8_t> out) override;

 private:
  const HmacKey& key_;
  core::Digest seed_;
  core::Digest block_{};
  std::uint8_t blocks_ = 0;
  std::size_t used_ = block_.size();
};

}  // namespace sallyport::crypto
