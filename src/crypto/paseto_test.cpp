#include "crypto/paseto.h"

#include <gtest/gtest.h>

#include "core/fake_random.h"
#include "crypto/vectors_for_test.h"

namespace sallyport::crypto {
namespace {

using boost::json::value;

const KeyUse v4_public{SigningAlgorithm::v4_public};

TEST(Paseto, AgreesWithTheVectorsOfVersion4) {
  const auto document = read_vectors("paseto/v4.json");
  if (!document) return;
  int accepted = 0, refused = 0, unsupported = 0;
  for (const auto& test : document->at("tests").as_array()) {
    SCOPED_TRACE(text_at(test, "name"));
    const auto token = text_at(test, "token"), footer = text_at(test, "footer"),
               assertion = text_at(test, "implicit-assertion");
    ASSERT_TRUE(looks_like_paseto(token));
    const auto parsed = Paseto::parse(token);
    EXPECT_EQ(parsed.has_value(), token.starts_with(Paseto::prefix));
    if (test.at("expect-fail").as_bool() || !parsed) {
      // A secret of v4.local shown as if it were a public key, too, verifies nothing.
      const auto key = VerifyingKey::parse(
          v4_public, core::as_bytes(bytes_at(test, test.as_object().contains("key") ? "key" : "public-key")));
      EXPECT_FALSE(parsed && parsed->is_signed_by(key.value(), assertion));
      ++(test.at("expect-fail").as_bool() ? refused : unsupported);
      continue;
    }
    const auto key = SigningKey::parse(v4_public, core::Secret(bytes_at(test, "secret-key-seed"))).value();
    EXPECT_EQ(core::as_text(key.verifying_key().bytes()), bytes_at(test, "public-key"));
    EXPECT_TRUE(parsed->is_signed_by(key.verifying_key(), assertion));
    EXPECT_FALSE(parsed->is_signed_by(key.verifying_key(), assertion + "x"));
    EXPECT_EQ(parsed->message, text_at(test, "payload"));
    EXPECT_EQ(parsed->footer, footer);
    EXPECT_EQ(sign_paseto(key, text_at(test, "payload"), footer, assertion), token);
    ++accepted;
  }
  std::cout << "paseto/v4.json: " << accepted << " valid accepted, " << refused << " invalid refused, " << unsupported
            << " valid of v4.local refused as unsupported\n";
  EXPECT_EQ(accepted, 3);
}

class PasetoTest : public testing::Test {
 protected:
  bool is_accepted(std::string_view token) const {
    const auto parsed = Paseto::parse(token);
    return parsed && parsed->is_signed_by(key_.verifying_key());
  }

  core::FakeRandom random_;
  SigningKey key_ = SigningKey::generate(random_, v4_public);
};

TEST_F(PasetoTest, AcceptsWhatItSigned) {
  EXPECT_TRUE(is_accepted(sign_paseto(key_, "", "")));
  EXPECT_TRUE(is_accepted(sign_paseto(key_, "message", "")));
  EXPECT_TRUE(is_accepted(sign_paseto(key_, "message", "footer")));
  EXPECT_FALSE(is_accepted(sign_paseto(key_, "message", "footer", "assertion")));
}

TEST_F(PasetoTest, RefusesAChangeOfAnyCharacter) {
  const auto token = sign_paseto(key_, "a message", "a footer");
  for (std::size_t at = 0; at < token.size(); ++at) {
    auto changed = token;
    changed[at] = changed[at] == 'x' ? 'y' : 'x';
    EXPECT_FALSE(is_accepted(changed)) << at;
  }
}

TEST_F(PasetoTest, RefusesEveryOtherShape) {
  const auto token = sign_paseto(key_, "message", "");
  const auto with_footer = sign_paseto(key_, "message", "footer");
  auto not_canonical = token;  // 71 bytes leave two unused bits in the last character
  not_canonical.back() = static_cast<char>(not_canonical.back() + 1);
  for (const auto& text : {std::string(), std::string("v4.public"), std::string("v4.public."), token + '.', token + '=',
                           token + ".AAAA", with_footer + '.', with_footer + ".AAAA", with_footer + '=', ' ' + token,
                           "v3" + token.substr(2), "v2" + token.substr(2), "V4" + token.substr(2),
                           "v4.local" + token.substr(9), token.substr(0, 60), not_canonical}) {
    EXPECT_FALSE(is_accepted(text)) << text;
  }
}

TEST_F(PasetoTest, IsNotVerifiedByTheSameKeyMadeForJwts) {
  const auto same = SigningKey::parse({SigningAlgorithm::eddsa}, key_.bytes()).value();

  EXPECT_FALSE(Paseto::parse(sign_paseto(key_, "message", ""))->is_signed_by(same.verifying_key()));
}

}  // namespace
}  // namespace sallyport::crypto
