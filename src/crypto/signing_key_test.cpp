#include "crypto/signing_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "core/base64url.h"
#include "core/fake_random.h"
#include "crypto/hex_for_test.h"

namespace sallyport::crypto {
namespace {

using core::as_bytes;
using core::Secret;

// RFC 8037 appendix A.1 and A.2.
SigningKey rfc_8037_key() {
  return SigningKey::from_seed(
      Secret(core::ByteView(*core::base64url_decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))));
}

Keyring keyring_of(std::uint64_t seed) {
  core::FakeRandom random(seed);
  return Keyring(MasterKey::generate(random));
}

TEST(SigningKey, GivesTheKeyThumbprintAndSignatureOfRfc8037) {
  const auto key = rfc_8037_key();

  const auto signature = key.sign(as_bytes("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"));  // A.4

  EXPECT_EQ(core::base64url_encode(key.verifying_key().bytes()), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_EQ(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");  // A.3
  EXPECT_EQ(core::base64url_encode(signature),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST(SigningKey, DescribesItselfAsAJwk) {
  EXPECT_EQ(rfc_8037_key().verifying_key().jwk(),
            R"({"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig",)"
            R"("alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
}

TEST(SigningKey, VerifiesItsOwnSignaturesOnly) {
  core::FakeRandom random;
  const auto key = SigningKey::generate(random);
  const auto other = SigningKey::generate(random);
  const auto signature = key.sign(as_bytes("message"));

  EXPECT_TRUE(key.verifying_key().verify(as_bytes("message"), signature));
  EXPECT_FALSE(key.verifying_key().verify(as_bytes("messagf"), signature));
  EXPECT_FALSE(other.verifying_key().verify(as_bytes("message"), signature));
  EXPECT_FALSE(key.verifying_key().verify(as_bytes("message"), core::ByteView(signature).first(63)));
  EXPECT_NE(key.id(), other.id());
}

TEST(SigningKey, RefusesASeedOfTheWrongSize) {
  EXPECT_THROW(SigningKey::from_seed(Secret("short")), std::invalid_argument);
}

TEST(SigningKey, ComesBackFromTheStore) {
  core::FakeRandom random;
  const auto keyring = keyring_of(1);
  const auto key = SigningKey::generate(random);

  const auto unsealed = SigningKey::unseal(keyring, key.sealed(keyring, random));

  ASSERT_TRUE(unsealed);
  EXPECT_EQ(unsealed->id(), key.id());
  EXPECT_EQ(unsealed->sign(as_bytes("message")), key.sign(as_bytes("message")));
}

TEST(SigningKey, StaysSealedWithoutItsMasterKey) {
  core::FakeRandom random;
  const auto sealed = rfc_8037_key().sealed(keyring_of(1), random);
  auto of_version_2 = sealed;
  of_version_2[3] = 2;

  const auto by_another = SigningKey::unseal(keyring_of(2), sealed);
  const auto by_unknown = SigningKey::unseal(keyring_of(1), of_version_2);
  const auto cut_short = SigningKey::unseal(keyring_of(1), core::ByteView(sealed).first(3));

  ASSERT_FALSE(by_another);
  EXPECT_EQ(by_another.error().code, "sealed_unreadable");
  ASSERT_FALSE(by_unknown);
  EXPECT_EQ(by_unknown.error().code, "sealed_key_version_unknown");
  EXPECT_FALSE(cut_short);
}

TEST(SigningKey, DoesNotShowItsSeedWhenSealed) {
  core::FakeRandom random;
  const auto seed = text_of_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");

  const auto sealed = rfc_8037_key().sealed(keyring_of(1), random);

  EXPECT_EQ(core::as_text(sealed).find(std::string_view(seed).substr(0, 4)), std::string_view::npos);
}

}  // namespace
}  // namespace sallyport::crypto
