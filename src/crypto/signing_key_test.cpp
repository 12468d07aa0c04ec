#include "crypto/signing_key.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <stdexcept>

#include "core/base64url.h"
#include "core/fake_random.h"
#include "crypto/hex_for_test.h"
#include "crypto/jwk_for_test.h"
#include "crypto/seal.h"

namespace sallyport::crypto {
namespace {

using core::as_bytes;
using core::Secret;
using enum SigningAlgorithm;

// RFC 8037 appendix A.1 and A.2.
SigningKey rfc_8037_key() {
  return SigningKey::parse(
             {}, Secret(core::ByteView(*core::base64url_decode("nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A"))))
      .value();
}

Keyring keyring_of(std::uint64_t seed) {
  core::FakeRandom random(seed);
  return Keyring(MasterKey::generate(random));
}

KeyUse use_of(SigningAlgorithm algorithm) {
  return {algorithm, SigningPurpose::access_token, algorithm == hs256 ? "shop" : ""};
}

TEST(KeyUse, PasetoHasOneAlgorithm) {
  using enum SigningAlgorithm;
  for (const auto algorithm : {eddsa, es256, rs256, hs256}) {
    EXPECT_EQ(in_format(TokenFormat::jwt, algorithm), algorithm);
    const auto in_paseto = in_format(TokenFormat::paseto, algorithm);
    EXPECT_EQ(in_paseto, algorithm == eddsa ? std::optional(v4_public) : std::nullopt);
  }
  for (const auto format : {TokenFormat::jwt, TokenFormat::paseto})
    EXPECT_EQ(parse_token_format(to_text(format)), format);
  EXPECT_FALSE(parse_token_format("JWT"));
}

TEST(SigningKey, GivesTheKeyThumbprintAndSignatureOfRfc8037) {
  const auto key = rfc_8037_key();

  const auto signature = key.sign(as_bytes("eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc"));  // A.4

  EXPECT_EQ(core::base64url_encode(key.verifying_key().bytes()), "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
  EXPECT_EQ(key.id(), "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k");  // A.3
  EXPECT_EQ(core::base64url_encode(signature),
            "hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg");
}

TEST(SigningKey, GivesTheThumbprintOfRfc7638) {
  const boost::json::value jwk{
      {"kty", "RSA"},
      {"alg", "RS256"},
      {"n",
       "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3ok"
       "njhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu"
       "6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8a"
       "wapJzKnqDKgw"},
      {"e", "AQAB"}};

  EXPECT_EQ(parse_jwk(jwk).value().id(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");  // §3.1
}

TEST(SigningKey, DescribesItselfAsAJwk) {
  EXPECT_EQ(rfc_8037_key().verifying_key().jwk(),
            R"({"crv":"Ed25519","kty":"OKP","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo","use":"sig",)"
            R"("alg":"EdDSA","kid":"kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"})");
}

TEST(SigningKey, DescribesTheKeysOfRfc7517) {  // appendix A.1
  const boost::json::value p256{{"kty", "EC"},
                                {"crv", "P-256"},
                                {"alg", "ES256"},
                                {"x", "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4"},
                                {"y", "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM"}};

  const auto key = parse_jwk(p256).value();

  EXPECT_EQ(key.jwk(), R"({"crv":"P-256","kty":"EC","x":"MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4",)"
                       R"("y":"4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM","use":"sig","alg":"ES256","kid":")" +
                           key.id() + "\"}");
}

TEST(SigningKey, PublishesNothingOfASecret) {
  core::FakeRandom random;
  const auto key = SigningKey::generate(random, use_of(hs256));

  EXPECT_EQ(key.verifying_key().jwk(), std::nullopt);
  EXPECT_TRUE(key.verifying_key().bytes().empty());
}

TEST(SigningKey, DoesNotLetAPasetoKeyPassForOneOfAJwt) {
  core::FakeRandom random;

  EXPECT_NE(SigningKey::generate(random, use_of(v4_public)).verifying_key().jwk()->find(R"("alg":"v4.public")"),
            std::string::npos);
}

TEST(SigningKey, RefusesAUseThatIsNotPossible) {
  core::FakeRandom random;
  const auto secret = random.secret(32);
  for (const KeyUse& use : {KeyUse{hs256}, KeyUse{eddsa, SigningPurpose::access_token, std::string("a\0b", 3)}}) {
    EXPECT_THROW(SigningKey::generate(random, use), std::invalid_argument);
    EXPECT_FALSE(SigningKey::parse(use, secret));
    EXPECT_FALSE(VerifyingKey::parse(use, secret.reveal_bytes()));
  }
}

TEST(SigningKey, RefusesBytesOfTheWrongShape) {
  core::FakeRandom random;
  const auto p256 = SigningKey::generate(random, use_of(es256));
  for (const auto algorithm : {eddsa, es256, rs256, hs256, v4_public}) {
    SCOPED_TRACE(to_text(algorithm));
    EXPECT_EQ(SigningKey::parse(use_of(algorithm), Secret("short")).error().code, "signing_key_unfit");
    EXPECT_EQ(VerifyingKey::parse(use_of(algorithm), as_bytes("short")).error().code, "signing_key_unfit");
    EXPECT_EQ(SigningKey::parse(use_of(algorithm), p256.bytes()).has_value(), algorithm == es256 || algorithm == hs256);
    EXPECT_EQ(VerifyingKey::parse(use_of(algorithm), p256.verifying_key().bytes()).has_value(), algorithm == es256);
  }
}

TEST(SigningKey, RefusesHalvesThatDoNotBelongTogether) {
  core::FakeRandom random;
  auto bytes = SigningKey::generate(random, use_of(es256)).bytes();
  const auto other = SigningKey::generate(random, use_of(es256)).verifying_key().bytes();
  std::ranges::copy(core::ByteView(other).last(64), bytes.writable().last(64).begin());  // both end with the point

  EXPECT_FALSE(SigningKey::parse(use_of(es256), bytes));
}

TEST(SigningKey, StaysSealedWithoutItsMasterKey) {
  core::FakeRandom random;
  const auto sealed = rfc_8037_key().sealed(keyring_of(1), random);
  auto of_version_2 = sealed;
  of_version_2[3] = 2;

  const auto by_another = SigningKey::unseal(keyring_of(2), sealed);
  const auto by_unknown = SigningKey::unseal(keyring_of(1), of_version_2);

  ASSERT_FALSE(by_another);
  EXPECT_EQ(by_another.error().code, "sealed_unreadable");
  ASSERT_FALSE(by_unknown);
  EXPECT_EQ(by_unknown.error().code, "sealed_key_version_unknown");
  for (std::size_t size = 0; size < sealed.size(); ++size)
    EXPECT_FALSE(SigningKey::unseal(keyring_of(1), core::ByteView(sealed).first(size))) << size;
}

TEST(SigningKey, UnsealsWhatTheFirstReleaseSealed) {
  core::FakeRandom random;
  const auto keyring = keyring_of(1);
  core::Bytes sealed{0, 0, 0, 1};
  const auto box = seal(keyring.derive(Purpose::key_sealing, 1), as_bytes("sallyport/v1/signing_key/ed25519"),
                        rfc_8037_key().bytes(), random);
  sealed.insert(sealed.end(), box.begin(), box.end());

  const auto key = SigningKey::unseal(keyring, sealed);

  ASSERT_TRUE(key);
  EXPECT_EQ(key->id(), rfc_8037_key().id());
  EXPECT_EQ(key->use(), KeyUse{});
}

TEST(SigningKey, DoesNotShowItsSeedWhenSealed) {
  core::FakeRandom random;
  const auto seed = text_of_hex("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");

  const auto sealed = rfc_8037_key().sealed(keyring_of(1), random);

  EXPECT_EQ(core::as_text(sealed).find(std::string_view(seed).substr(0, 4)), std::string_view::npos);
}

class EverySigningKey : public testing::TestWithParam<SigningAlgorithm> {
 protected:
  core::FakeRandom random_;
  SigningKey key_ = SigningKey::generate(random_, use_of(GetParam()));
};

TEST_P(EverySigningKey, VerifiesItsOwnSignaturesOnly) {
  const auto other = SigningKey::generate(random_, use_of(GetParam()));
  const auto signature = key_.sign(as_bytes("message"));

  EXPECT_TRUE(key_.verifying_key().verify(as_bytes("message"), signature));
  EXPECT_FALSE(key_.verifying_key().verify(as_bytes("messagf"), signature));
  EXPECT_FALSE(other.verifying_key().verify(as_bytes("message"), signature));
  EXPECT_FALSE(key_.verifying_key().verify(as_bytes("message"), core::ByteView(signature).first(signature.size() - 1)));
  EXPECT_FALSE(key_.verifying_key().verify(as_bytes("message"), {}));
  EXPECT_NE(key_.id(), other.id());
}

TEST_P(EverySigningKey, ComesBackFromTheStore) {
  const auto keyring = keyring_of(1);

  const auto unsealed = SigningKey::unseal(keyring, key_.sealed(keyring, random_));

  ASSERT_TRUE(unsealed);
  EXPECT_EQ(unsealed->id(), key_.id());
  EXPECT_EQ(unsealed->use(), key_.use());
  EXPECT_TRUE(key_.verifying_key().verify(as_bytes("message"), unsealed->sign(as_bytes("message"))));
}

TEST_P(EverySigningKey, AlwaysWritesItselfAlike) {
  const auto once = key_.bytes(), again = SigningKey::parse(key_.use(), once).value().bytes();

  EXPECT_TRUE(once.reveal() == again.reveal());
}

TEST_P(EverySigningKey, VerifiesFromItsPublicBytesAlone) {
  const auto parsed = VerifyingKey::parse(key_.use(), key_.verifying_key().bytes());

  ASSERT_EQ(parsed.has_value(), GetParam() != hs256);
  if (!parsed) return;
  EXPECT_EQ(parsed->id(), key_.id());
  EXPECT_TRUE(parsed->verify(as_bytes("message"), key_.sign(as_bytes("message"))));
  auto longer = key_.verifying_key().bytes();
  longer.push_back(0);
  EXPECT_FALSE(VerifyingKey::parse(key_.use(), longer));
}

INSTANTIATE_TEST_SUITE_P(Of, EverySigningKey, testing::Values(eddsa, es256, rs256, hs256, v4_public),
                         [](const auto& algorithm) {
                           return algorithm.param == v4_public ? "PasetoV4Public"
                                                               : std::string(to_text(algorithm.param));
                         });

}  // namespace
}  // namespace sallyport::crypto
