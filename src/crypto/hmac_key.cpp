#include "core/base64url.h"
#include "crypto/digest.h"
#include "crypto/key_parts.h"

namespace sallyport::crypto {
namespace {

/// Both halves of an HS256 key are the secret, so nothing of it is public.
class HmacPublic final : public PublicPart {
 public:
  explicit HmacPublic(const core::Secret& key) : key_(key.duplicate()), hmac_(key) {}

  Digest mac(core::ByteView message) const { return hmac_.mac({message}); }
  bool verify(core::ByteView message, core::ByteView signature) const override {
    return equal(mac(message), signature);
  }
  core::Bytes bytes() const override { return {}; }
  // RFC 7638 §7 warns of thumbprints of guessable secrets; at least 32 random bytes are none.
  std::string jwk_members() const override {
    return R"("k":")" + core::base64url_encode(key_.reveal_bytes()) + R"(","kty":"oct")";
  }
  const core::Secret& key() const { return key_; }

 private:
  core::Secret key_;
  HmacKey hmac_;
};

class HmacPrivate final : public PrivatePart {
 public:
  explicit HmacPrivate(const core::Secret& key) : key_(std::make_shared<HmacPublic>(key)) {}

  core::Bytes sign(core::ByteView message) const override {
    const auto tag = key_->mac(message);
    return {tag.begin(), tag.end()};
  }
  core::Secret bytes() const override { return key_->key().duplicate(); }
  std::shared_ptr<const PublicPart> public_part() const override { return key_; }

 private:
  std::shared_ptr<const HmacPublic> key_;
};

}  // namespace

std::unique_ptr<PrivatePart> hmac_private(const core::Secret& key) {
  constexpr std::size_t min_size = 32;  // RFC 7518 §3.2: as long as the hash
  return key.size() >= min_size ? std::make_unique<HmacPrivate>(key) : nullptr;
}

}  // namespace sallyport::crypto
