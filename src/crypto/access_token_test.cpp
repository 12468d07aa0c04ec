#include "crypto/access_token.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

#include "core/base64url.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "crypto/jws.h"
#include "crypto/paseto.h"

namespace sallyport::crypto {
namespace {

using namespace std::chrono_literals;
using core::as_bytes;

constexpr std::string_view issuer = "https://auth.example.org/\"\\\xc3\xa4";
constexpr std::string_view audience = "shop";

class AccessToken : public testing::Test {
 protected:
  /// The code of the refusal, or nothing.
  std::string_view code(std::string_view token, core::Timestamp now) const {
    const auto verified = verify_access_token(keys_, token, {issuer, audience, now});
    if (!verified) EXPECT_EQ(verified.error().fault, core::Fault::unauthenticated);
    return verified ? "" : verified.error().code;
  }
  std::string_view code(std::string_view token) const { return code(token, now_); }

  /// A token over any header and payload, properly signed with the known key.
  std::string sign(std::string_view header, std::string_view payload) const { return sign_jws(key_, header, payload); }
  std::string part(std::size_t index) const {
    auto from = std::size_t{0};
    for (; index > 0; --index) from = token_.find('.', from) + 1;
    const auto bytes = core::base64url_decode(token_.substr(from, token_.find('.', from) - from));
    return std::string(core::as_text(*bytes));
  }
  static std::string replaced(std::string text, std::string_view what, std::string_view by) {
    const auto at = text.find(what);
    EXPECT_NE(at, text.npos) << what;
    return text.replace(at, what.size(), by);
  }

  core::FakeRandom random_;
  core::FakeClock clock_;
  core::Timestamp now_ = clock_.now();
  SigningKey key_ = SigningKey::generate(random_);
  SigningKey paseto_key_ = SigningKey::generate(random_, {SigningAlgorithm::v4_public});
  KeySet keys_ = [this] {
    std::vector<KeySet::Member> members;
    for (const auto* const key : {&key_, &paseto_key_})
      members.push_back({SigningKey::parse(key->use(), key->bytes()).value(), {now_}});
    return KeySet(std::move(members));
  }();
  AccessClaims claims_{.subject = core::AccountId::fresh(now_, random_),
                       .session = core::SessionId::fresh(now_, random_),
                       .issuer = std::string(issuer),
                       .audience = std::string(audience),
                       .token_id = "token-1",
                       .role = "admin",
                       .issued_at = now_,
                       .not_before = now_,
                       .expires_at = now_ + 15min};
  std::string token_ = issue(key_, claims_);
  std::string paseto_ = issue(paseto_key_, claims_);
};

TEST_F(AccessToken, SaysWhatWasIssuedWhateverTheKey) {
  using enum SigningAlgorithm;
  for (const auto algorithm : {eddsa, es256, rs256, hs256, v4_public}) {
    SCOPED_TRACE(to_text(algorithm));
    std::vector<KeySet::Member> members;
    members.push_back({SigningKey::generate(random_, {algorithm, SigningPurpose::access_token, claims_.audience}), {}});
    const KeySet keys(std::move(members));
    const auto token = issue(*keys.signer(audience, now_), claims_);

    const auto verified = verify_access_token(keys, token, {issuer, audience, now_});

    ASSERT_TRUE(verified) << verified.error().code;
    EXPECT_EQ(verified->subject, claims_.subject);
    EXPECT_EQ(verified->session, claims_.session);
    EXPECT_EQ(verified->issuer, issuer);
    EXPECT_EQ(verified->audience, audience);
    EXPECT_EQ(verified->token_id, "token-1");
    EXPECT_EQ(verified->role, "admin");
    EXPECT_EQ(verified->issued_at, now_);
    EXPECT_EQ(verified->not_before, now_);
    EXPECT_EQ(verified->expires_at, now_ + 15min);
  }
}

TEST_F(AccessToken, IsNotSignedByAKeyOfAnotherPurposeOrAudience) {
  using enum SigningPurpose;
  for (const KeyUse& use :
       {KeyUse{SigningAlgorithm::eddsa, audit_checkpoint}, KeyUse{SigningAlgorithm::hs256, access_token, "desk"}})
    EXPECT_THROW(issue(SigningKey::generate(random_, use), claims_), std::invalid_argument);
}

TEST_F(AccessToken, HasExactlyTheHeaderAndClaimsOthersExpect) {
  EXPECT_EQ(part(0), R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + key_.id() + R"("})");
  EXPECT_EQ(part(1), R"({"sub":")" + claims_.subject.str() + R"(","sid":")" + claims_.session.str() +
                         "\",\"iss\":\"https://auth.example.org/\\\"\\\\\xc3\xa4\",\"aud\":\"shop\"," +
                         R"("iat":1767225600,"nbf":1767225600,"exp":1767226500,"jti":"token-1","role":"admin"})");
}

TEST_F(AccessToken, IsValidFromItsStartUntilJustBeforeItsEnd) {
  EXPECT_EQ(code(token_, now_ - 1us), "token_not_yet_valid");
  EXPECT_EQ(code(token_, now_), "");
  EXPECT_EQ(code(token_, now_ + 15min - 1us), "");
  EXPECT_EQ(code(token_, now_ + 15min), "token_expired");
}

TEST_F(AccessToken, IsNotValidBeforeItWasIssued) {
  claims_.not_before = now_ - 1h;

  EXPECT_EQ(code(issue(key_, claims_), now_ - 1s), "token_not_yet_valid");
}

TEST_F(AccessToken, IsValidForItsIssuerAndAudienceOnly) {
  const auto for_another = verify_access_token(keys_, token_, {issuer, "shop2", now_});
  const auto by_another = verify_access_token(keys_, token_, {"https://auth.example.org", audience, now_});

  ASSERT_FALSE(for_another);
  EXPECT_EQ(for_another.error().code, "token_audience");
  ASSERT_FALSE(by_another);
  EXPECT_EQ(by_another.error().code, "token_issuer");
}

TEST_F(AccessToken, NeedsASignatureOfTheKeyItNames) {
  const auto stranger = SigningKey::generate(random_);
  const auto forged = token_.substr(0, token_.rfind('.') + 1) + core::base64url_encode(stranger.sign(as_bytes("x")));
  const auto changed = replaced(token_, ".", "A.");

  EXPECT_EQ(code(issue(stranger, claims_)), "token_unknown_key");
  EXPECT_EQ(code(forged), "token_signature");
  EXPECT_EQ(code(token_.substr(0, token_.rfind('.') + 1)), "token_signature");
  EXPECT_EQ(code(token_.substr(0, token_.size() - 2)), "token_signature");
  EXPECT_NE(code(changed), "");
}

TEST_F(AccessToken, RefusesAnyOtherHeaderEvenWhenSigned) {
  const auto kid = R"("kid":")" + key_.id() + '"';
  const struct {
    std::string header;
    std::string_view code;
  } cases[] = {
      {part(0), ""},
      {R"({"typ":"at+jwt",)" + kid + R"(,"alg":"EdDSA"})", ""},
      {R"({"alg":"none","typ":"at+jwt",)" + kid + "}", "token_algorithm"},
      {R"({"alg":"HS256","typ":"at+jwt",)" + kid + "}", "token_algorithm"},
      {R"({"alg":"eddsa","typ":"at+jwt",)" + kid + "}", "token_algorithm"},
      {R"({"alg":"Ed25519","typ":"at+jwt",)" + kid + "}", "token_algorithm"},
      {R"({"alg":"EdDSA","typ":"JWT",)" + kid + "}", "token_type"},
      {R"({"alg":"EdDSA","typ":"application/at+jwt",)" + kid + "}", "token_type"},
      {R"({"alg":"EdDSA","typ":"at+jwt"})", "token_malformed"},
      {R"({"alg":"EdDSA",)" + kid + "}", "token_malformed"},
      {R"({"typ":"at+jwt",)" + kid + "}", "token_malformed"},
      {R"({"alg":"EdDSA","typ":"at+jwt","kid":7})", "token_malformed"},
      {R"({"alg":"EdDSA","typ":"at+jwt","kid":""})", "token_unknown_key"},
      {R"({"alg":"EdDSA","alg":"EdDSA","typ":"at+jwt",)" + kid + "}", "token_malformed"},
      {R"({"alg":"none","\u0061lg":"EdDSA","typ":"at+jwt",)" + kid + "}", "token_malformed"},
      {R"({"alg":"EdDSA","typ":"at+jwt","crit":["exp"],)" + kid + "}", "token_malformed"},
      {R"({"alg":"EdDSA","typ":"at+jwt","jku":"https://example.org",)" + kid + "}", "token_malformed"},
      {R"([{"alg":"EdDSA","typ":"at+jwt",)" + kid + "}]", "token_malformed"},
      {"", "token_malformed"},
  };
  for (const auto& [header, expected] : cases) {
    SCOPED_TRACE(header);
    EXPECT_EQ(code(sign(header, part(1))), expected);
  }
}

TEST_F(AccessToken, RefusesUnfitClaimsEvenWhenSigned) {
  for (const std::string_view name : {"sub", "sid", "iss", "aud", "iat", "nbf", "exp", "jti", "role"}) {
    SCOPED_TRACE(name);
    const auto quoted = '"' + std::string(name) + "\":";
    EXPECT_EQ(code(sign(part(0), replaced(part(1), quoted, "\"x\":"))), "token_malformed");
    EXPECT_EQ(code(sign(part(0), replaced(part(1), quoted, quoted + "null,\"x\":"))), "token_malformed");
    EXPECT_EQ(code(sign(part(0), replaced(part(1), "{", "{" + quoted + "1,"))), "token_malformed");
  }
  EXPECT_EQ(code(sign(part(0), replaced(part(1), "1767226500", "\"1767226500\""))), "token_malformed");
  EXPECT_EQ(code(sign(part(0), replaced(part(1), "1767226500", "1767226500.5"))), "token_malformed");
  EXPECT_EQ(code(sign(part(0), replaced(part(1), "1767226500", "-1"))), "token_malformed");
  EXPECT_EQ(code(sign(part(0), replaced(part(1), "1767226500", "253402300800"))), "token_malformed");
  EXPECT_EQ(code(sign(part(0), replaced(part(1), "1767226500", "9223372036854775807"))), "token_malformed");
  EXPECT_EQ(code(sign(part(0), replaced(part(1), "\"shop\"", "[\"shop\"]"))), "token_malformed");
  EXPECT_EQ(code(sign(part(0), replaced(part(1), claims_.subject.str(), "root"))), "token_malformed");
  EXPECT_EQ(code(sign(part(0), part(1) + " ")), "token_malformed");
}

TEST_F(AccessToken, LetsLaterReleasesAddClaims) {
  EXPECT_EQ(code(sign(part(0), replaced(part(1), "{", R"({"later":"x",)"))), "");
}

TEST_F(AccessToken, RefusesEveryOtherShape) {
  const auto first = token_.substr(0, token_.find('.'));
  const auto signature = token_.substr(token_.rfind('.') + 1);
  // 64 bytes leave four unused bits in the last character.
  auto not_canonical = token_;
  not_canonical.back() = not_canonical.back() == 'A' ? 'B' : static_cast<char>(not_canonical.back() + 1);
  for (const auto& token :
       {std::string(), std::string("."), std::string(".."), std::string("..."), first, token_ + ".", '.' + token_,
        token_ + ".x", token_ + "=", token_ + "==", token_ + "\n", ' ' + token_, not_canonical,
        token_.substr(0, token_.rfind('.')), first + ".." + signature, token_.substr(token_.find('.'))}) {
    SCOPED_TRACE(token);
    EXPECT_EQ(code(token), "token_malformed");
  }
}

TEST_F(AccessToken, RefusesAChangeOfAnyCharacter) {
  for (const auto& token : {token_, paseto_})
    for (std::size_t at = 0; at < token.size(); ++at) {
      auto changed = token;
      changed[at] = changed[at] == 'x' ? 'y' : 'x';
      EXPECT_NE(code(changed), "") << at;
    }
}

TEST_F(AccessToken, IsNotLookedAtAboveFourKilobytes) {
  claims_.role = std::string(3000 - token_.size(), 'r');
  while (issue(key_, claims_).size() < max_access_token_size - 4) claims_.role += 'r';
  const auto longest = issue(key_, claims_);
  claims_.role += "rrrrrr";
  const auto too_long = issue(key_, claims_);

  EXPECT_LE(longest.size(), max_access_token_size);
  EXPECT_EQ(code(longest), "");
  EXPECT_GT(too_long.size(), max_access_token_size);
  EXPECT_EQ(code(too_long), "token_malformed");
}

TEST_F(AccessToken, AsPasetoHasTheFooterAndClaimsOthersExpect) {
  const auto paseto = Paseto::parse(paseto_);

  ASSERT_TRUE(paseto);
  EXPECT_EQ(paseto->footer, R"({"kid":")" + paseto_key_.id() + R"("})");
  EXPECT_EQ(paseto->message,
            R"({"sub":")" + claims_.subject.str() + R"(","sid":")" + claims_.session.str() +
                "\",\"iss\":\"https://auth.example.org/\\\"\\\\\xc3\xa4\",\"aud\":\"shop\"," +
                R"("iat":"2026-01-01T00:00:00Z","nbf":"2026-01-01T00:00:00Z","exp":"2026-01-01T00:15:00Z",)" +
                R"("jti":"token-1","role":"admin"})");
}

TEST_F(AccessToken, AsPasetoIsValidFromItsStartUntilJustBeforeItsEnd) {
  EXPECT_EQ(code(paseto_, now_ - 1us), "token_not_yet_valid");
  EXPECT_EQ(code(paseto_, now_), "");
  EXPECT_EQ(code(paseto_, now_ + 15min - 1us), "");
  EXPECT_EQ(code(paseto_, now_ + 15min), "token_expired");
}

TEST_F(AccessToken, AsPasetoRefusesOtherFootersAndClaimsEvenWhenSigned) {
  const auto paseto = Paseto::parse(paseto_);
  const auto& [message, footer, signature] = *paseto;
  const auto signed_with = [&](std::string_view m, std::string_view f) { return code(sign_paseto(paseto_key_, m, f)); };

  EXPECT_EQ(signed_with(message, footer), "");
  EXPECT_EQ(signed_with(message, ""), "token_malformed");
  EXPECT_EQ(signed_with(message, paseto_key_.id()), "token_malformed");
  EXPECT_EQ(signed_with(message, replaced(footer, "{", R"({"wpk":"x",)")), "token_malformed");
  EXPECT_EQ(signed_with(message, R"({"kid":"x"})"), "token_unknown_key");
  EXPECT_EQ(signed_with(message, R"({"kid":")" + key_.id() + R"("})"), "token_algorithm");
  for (const std::string_view time :
       {"2026-01-01T00:15:00+00:00", "2026-01-01T00:15:00.0Z", "2026-01-01 00:15:00Z", "2026-01-01T00:15:00z",
        "2026-02-29T00:15:00Z", "2026-01-01T24:15:00Z", "2026-01-01T00:60:00Z", "2026-01-01T00:15:60Z",
        "2026-00-01T00:15:00Z", "2026-13-01T00:15:00Z", "-026-01-01T00:15:00Z", "2026-+1-01T00:15:00Z", "1767226500",
        ""})
    EXPECT_EQ(signed_with(replaced(message, "2026-01-01T00:15:00Z", time), footer), "token_malformed") << time;
  EXPECT_EQ(signed_with(replaced(message, "\"2026-01-01T00:15:00Z\"", "1767226500"), footer), "token_malformed");
}

TEST_F(AccessToken, OfOneFormatDoesNotPassForTheOther) {
  const auto header = R"({"alg":"EdDSA","typ":"at+jwt","kid":")" + paseto_key_.id() + R"("})";

  EXPECT_EQ(code(sign_jws(paseto_key_, header, part(1))), "token_algorithm");
  EXPECT_EQ(code(sign_jws(paseto_key_, replaced(header, "EdDSA", "v4.public"), part(1))), "token_algorithm");
}

TEST_F(AccessToken, OfOtherVersionsAndPurposesOfPasetoIsNotSupported) {
  for (const std::string_view head : {"v1.public.", "v2.public.", "v3.public.", "v4.local.", "v3.local.", "v2.local.",
                                      "v4.PUBLIC.", "v4.public", "v5.public.", "v4.pub."})
    EXPECT_EQ(code(std::string(head) + paseto_.substr(10)), "token_unsupported") << head;
  EXPECT_EQ(code("v4.public."), "token_malformed");
  EXPECT_EQ(code("V4" + paseto_.substr(2)), "token_malformed");
}

}  // namespace
}  // namespace sallyport::crypto
