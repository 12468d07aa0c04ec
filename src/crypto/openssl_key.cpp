#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "core/base64url.h"
#include "crypto/key_parts.h"

namespace sallyport::crypto {
namespace {

template <auto free>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free(object);
  }
};
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using KeyContext = std::unique_ptr<EVP_PKEY_CTX, Free<EVP_PKEY_CTX_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Free<EVP_MD_CTX_free>>;
using Number = std::unique_ptr<BIGNUM, Free<BN_free>>;
using EcdsaSignature = std::unique_ptr<ECDSA_SIG, Free<ECDSA_SIG_free>>;
using Pkcs8 = std::unique_ptr<PKCS8_PRIV_KEY_INFO, Free<PKCS8_PRIV_KEY_INFO_free>>;

constexpr std::string_view p256 = SN_X9_62_prime256v1;
constexpr int coordinate_size = 32;

// RS256 is for clients that can do nothing better. 2048 bits are what all of these accept, are good for 112 bits of
// security (NIST SP 800-57 part 1, allowed to 2030), and keys rotate; a signature of 3072 bits costs three times as
// much, and one of 2048 is already 14 times as dear as Ed25519's.
constexpr unsigned rsa_bits = 2048;
constexpr int max_rsa_bits = 4096;

void require(bool succeeded) {
  if (!succeeded) throw std::runtime_error("OpenSSL cannot use a signing key");
}

/// What an `i2d_` function of OpenSSL writes for an object: DER.
template <class Out, class Object>
Out to_der(int (*i2d)(const Object*, unsigned char**), const Object* object) {
  const auto size = i2d(object, nullptr);
  require(size > 0);
  if constexpr (std::is_same_v<Out, core::Secret>) {
    auto der = core::Secret::of_size(static_cast<std::size_t>(size));
    auto* at = der.writable().data();
    i2d(object, &at);
    return der;
  } else {
    Out der(static_cast<std::size_t>(size));
    auto* at = der.data();
    i2d(object, &at);
    return der;
  }
}

Number number_of(const EVP_PKEY* key, const char* name) {
  BIGNUM* number = nullptr;
  require(EVP_PKEY_get_bn_param(key, name, &number) == 1);
  return Number(number);
}

std::string jwk_number(const EVP_PKEY* key, const char* name, int size = 0) {
  const auto number = number_of(key, name);
  core::Bytes bytes(static_cast<std::size_t>(size == 0 ? BN_num_bytes(number.get()) : size));
  require(BN_bn2binpad(number.get(), bytes.data(), static_cast<int>(bytes.size())) >= 0);
  return core::base64url_encode(bytes);
}

/// Whether a modulus looks like those of the faulty generator of CVE-2017-15361 (ROCA): a power of 65537 modulo every
/// small prime.
bool looks_like_roca(const BIGNUM* modulus) {
  for (const unsigned prime :
       {11U, 13U, 17U, 19U, 37U, 53U, 61U, 71U, 73U, 79U, 97U, 103U, 107U, 109U, 127U, 151U, 157U}) {
    const auto remainder = BN_mod_word(modulus, prime);
    unsigned power = 1;
    do power = power * (65537 % prime) % prime;
    while (power != 1 && power != remainder);
    if (power != remainder) return false;
  }
  return true;
}

/// Keys come from generators we do not know when an operator imports one.
bool is_fit(SigningAlgorithm algorithm, const EVP_PKEY* key) {
  if (algorithm == SigningAlgorithm::es256) {
    std::array<char, 64> group{};
    return EVP_PKEY_is_a(key, "EC") == 1 && EVP_PKEY_get_group_name(key, group.data(), group.size(), nullptr) == 1 &&
           p256 == group.data();
  }
  if (EVP_PKEY_is_a(key, "RSA") != 1) return false;
  const auto modulus = number_of(key, OSSL_PKEY_PARAM_RSA_N), exponent = number_of(key, OSSL_PKEY_PARAM_RSA_E);
  const auto bits = BN_num_bits(modulus.get());
  return bits >= static_cast<int>(rsa_bits) && bits <= max_rsa_bits && BN_is_odd(exponent.get()) == 1 &&
         BN_is_one(exponent.get()) == 0 && !looks_like_roca(modulus.get());
}

class OpensslPublic final : public PublicPart {
 public:
  OpensslPublic(SigningAlgorithm algorithm, KeyPtr key) : algorithm_(algorithm), key_(std::move(key)) {}

  bool verify(core::ByteView message, core::ByteView signature) const override {
    core::Bytes der;
    if (algorithm_ == SigningAlgorithm::es256) {
      if (signature.size() != 2 * coordinate_size) return false;  // RFC 7518 §3.4: r and s, not DER
      const EcdsaSignature numbers(ECDSA_SIG_new());
      require(numbers && ECDSA_SIG_set0(numbers.get(), BN_bin2bn(signature.data(), coordinate_size, nullptr),
                                        BN_bin2bn(&signature[coordinate_size], coordinate_size, nullptr)) == 1);
      der = to_der<core::Bytes>(i2d_ECDSA_SIG, numbers.get());
      signature = der;
    }
    const DigestContext context(EVP_MD_CTX_new());
    require(context &&
            EVP_DigestVerifyInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr) == 1);
    // Zero for r or s (CVE-2022-21449), numbers out of range and any other padding than PKCS #1 v1.5 end here.
    return EVP_DigestVerify(context.get(), signature.data(), signature.size(), message.data(), message.size()) == 1;
  }

  core::Bytes bytes() const override { return to_der<core::Bytes>(i2d_PUBKEY, key_.get()); }

  std::string jwk_members() const override {  // RFC 7518 §6.2.1 and §6.3.1
    const auto* const key = key_.get();
    if (algorithm_ == SigningAlgorithm::es256)
      return R"("crv":"P-256","kty":"EC","x":")" + jwk_number(key, OSSL_PKEY_PARAM_EC_PUB_X, coordinate_size) +
             R"(","y":")" + jwk_number(key, OSSL_PKEY_PARAM_EC_PUB_Y, coordinate_size) + '"';
    return R"("e":")" + jwk_number(key, OSSL_PKEY_PARAM_RSA_E) + R"(","kty":"RSA","n":")" +
           jwk_number(key, OSSL_PKEY_PARAM_RSA_N) + '"';
  }

 private:
  SigningAlgorithm algorithm_;
  KeyPtr key_;
};

class OpensslPrivate final : public PrivatePart {
 public:
  OpensslPrivate(SigningAlgorithm algorithm, KeyPtr key)
      : key_(std::move(key)), is_ecdsa_(algorithm == SigningAlgorithm::es256) {
    // The public half is a key of its own: a `VerifyingKey` must not keep the private numbers alive.
    public_ = openssl_public(algorithm, to_der<core::Bytes>(i2d_PUBKEY, key_.get()));
    require(public_ != nullptr);
  }

  core::Bytes sign(core::ByteView message) const override {
    const DigestContext context(EVP_MD_CTX_new());
    std::size_t size = 0;
    require(context &&
            EVP_DigestSignInit_ex(context.get(), nullptr, "SHA256", nullptr, nullptr, key_.get(), nullptr) == 1 &&
            EVP_DigestSign(context.get(), nullptr, &size, message.data(), message.size()) == 1);
    core::Bytes signature(size);
    require(EVP_DigestSign(context.get(), signature.data(), &size, message.data(), message.size()) == 1);
    signature.resize(size);
    if (!is_ecdsa_) return signature;
    const auto* at = signature.data();
    const EcdsaSignature numbers(d2i_ECDSA_SIG(nullptr, &at, static_cast<long>(size)));
    core::Bytes raw(2 * coordinate_size);
    require(numbers && BN_bn2binpad(ECDSA_SIG_get0_r(numbers.get()), raw.data(), coordinate_size) >= 0 &&
            BN_bn2binpad(ECDSA_SIG_get0_s(numbers.get()), &raw[coordinate_size], coordinate_size) >= 0);
    return raw;
  }

  core::Secret bytes() const override {
    const Pkcs8 info(EVP_PKEY2PKCS8(key_.get()));
    require(info != nullptr);
    return to_der<core::Secret>(i2d_PKCS8_PRIV_KEY_INFO, info.get());
  }

  std::shared_ptr<const PublicPart> public_part() const override { return public_; }

 private:
  KeyPtr key_;
  const bool is_ecdsa_;
  std::shared_ptr<const PublicPart> public_;
};

}  // namespace

std::unique_ptr<PrivatePart> generate_openssl_key(SigningAlgorithm algorithm) {
  KeyPtr key;
  do {
    key.reset(algorithm == SigningAlgorithm::es256 ? EVP_EC_gen(p256.data()) : EVP_RSA_gen(rsa_bits));
    require(key != nullptr);
  } while (!is_fit(algorithm, key.get()));  // one RSA key in 10^8 looks like a faulty one
  return std::make_unique<OpensslPrivate>(algorithm, std::move(key));
}

std::unique_ptr<PrivatePart> openssl_private(SigningAlgorithm algorithm, const core::Secret& pkcs8) {
  const auto bytes = pkcs8.reveal_bytes();
  const auto* at = bytes.data();
  const Pkcs8 info(d2i_PKCS8_PRIV_KEY_INFO(nullptr, &at, static_cast<long>(bytes.size())));
  if (!info || at != bytes.data() + bytes.size()) return nullptr;
  KeyPtr key(EVP_PKCS82PKEY(info.get()));
  if (!key || !is_fit(algorithm, key.get())) return nullptr;
  return std::make_unique<OpensslPrivate>(algorithm, std::move(key));
}

std::unique_ptr<PublicPart> openssl_public(SigningAlgorithm algorithm, core::ByteView spki) {
  const auto* at = spki.data();
  KeyPtr key(d2i_PUBKEY(nullptr, &at, static_cast<long>(spki.size())));
  if (!key || !is_fit(algorithm, key.get())) return nullptr;
  auto part = std::make_unique<OpensslPublic>(algorithm, std::move(key));
  // Nothing may follow, and what is read is what will be stored and published.
  return std::ranges::equal(part->bytes(), spki) ? std::move(part) : nullptr;
}

}  // namespace sallyport::crypto
