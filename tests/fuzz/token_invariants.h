#pragma once

#include <algorithm>
#include <chrono>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "core/base64url.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "crypto/access_token.h"
#include "crypto/jws.h"
#include "crypto/paseto.h"
#include "crypto/password_verifier.h"
#include "fuzz/cuts.h"
#include "sessions/refresh_token.h"
#include "sessions/session_token.h"

namespace sallyport::fuzz {

/// Keys and tokens that are the same in every run, so that a corpus may hold tokens that are accepted. (Those of ES256
/// alone differ: OpenSSL chooses.)
class AccessTokenFixture {
 public:
  static constexpr std::string_view issuer = "https://auth.example.org", audience = "shop";

  core::Result<crypto::AccessClaims> verify(std::string_view token) const {
    return crypto::verify_access_token(keys_, token, {issuer, audience, now_});
  }
  const crypto::SigningKey& key(crypto::SigningAlgorithm algorithm) const {
    return *std::ranges::find(signers_, algorithm, [](const auto& signer) { return signer.use().algorithm; });
  }
  const std::vector<std::string>& tokens() const { return tokens_; }

 private:
  core::FakeRandom random_;
  core::Timestamp now_ = core::FakeClock().now();
  std::vector<crypto::SigningKey> signers_ = [this] {
    using enum crypto::SigningAlgorithm;
    std::vector<crypto::SigningKey> keys;
    for (const auto algorithm : {eddsa, hs256, v4_public, es256})
      keys.push_back(crypto::SigningKey::generate(
          random_, {.algorithm = algorithm, .audience = std::string(algorithm == hs256 ? audience : "")}));
    return keys;
  }();
  crypto::KeySet keys_ = [this] {
    std::vector<crypto::KeySet::Member> members;
    for (const auto& signer : signers_)
      members.push_back({crypto::SigningKey::parse(signer.use(), signer.bytes()).value(), {.active_from = now_}});
    return crypto::KeySet(std::move(members));
  }();
  std::vector<std::string> tokens_ = [this] {
    const crypto::AccessClaims claims{.subject = core::AccountId::fresh(now_, random_),
                                      .session = core::SessionId::fresh(now_, random_),
                                      .issuer = std::string(issuer),
                                      .audience = std::string(audience),
                                      .token_id = "token-1",
                                      .role = "admin",
                                      .issued_at = now_,
                                      .not_before = now_,
                                      .expires_at = now_ + std::chrono::minutes{15}};
    std::vector<std::string> tokens;
    for (const auto& signer : signers_) tokens.push_back(crypto::issue(signer, claims));
    return tokens;
  }();
};

inline const AccessTokenFixture& access_tokens() {
  static const AccessTokenFixture fixture;
  return fixture;
}

/// The text is a token: only those that were issued are accepted, byte for byte.
inline std::string broken_access_token_rule(std::string_view text) {
  const auto& fixture = access_tokens();
  const bool was_issued = std::ranges::find(fixture.tokens(), text) != fixture.tokens().end();
  const auto verified = fixture.verify(text);
  if (verified.has_value() != was_issued) return was_issued ? "an issued token is refused" : "a forgery is accepted";
  if (!verified && verified.error().fault != core::Fault::unauthenticated) return "the refusal's kind";

  if (const auto jws = crypto::Jws::parse(text)) {
    const auto parts = core::base64url_encode(jws->payload) + '.' + core::base64url_encode(jws->signature);
    if (!lies_within(jws->signed_text, text) || !text.ends_with('.' + parts)) return "a JWS has two spellings";
  }
  if (const auto paseto = crypto::Paseto::parse(text)) {
    core::Bytes body(paseto->message.begin(), paseto->message.end());
    body.insert(body.end(), paseto->signature.begin(), paseto->signature.end());
    auto spelt = std::string(crypto::Paseto::prefix) + core::base64url_encode(body);
    if (!paseto->footer.empty()) spelt += '.' + core::base64url_encode(core::as_bytes(paseto->footer));
    if (spelt != text) return "a PASETO has two spellings";
  }

  Cuts cuts(text);
  const auto& issued = fixture.tokens()[cuts.next(fixture.tokens().size()) - 1];
  if (fixture.verify(with_one_byte_changed(issued, cuts))) return "a changed token is accepted";
  return {};
}

inline bool says_the_same(const crypto::AccessClaims& one, const crypto::AccessClaims& other) {
  const auto all = [](const crypto::AccessClaims& claims) {
    return std::tie(claims.subject, claims.session, claims.issuer, claims.audience, claims.token_id, claims.role,
                    claims.issued_at, claims.not_before, claims.expires_at);
  };
  return all(one) == all(other);
}

/// Properly signed tokens that say `text`, whatever that is.
inline std::string jwt_of(std::string_view text) {
  const auto& key = access_tokens().key(crypto::SigningAlgorithm::hs256);
  return crypto::sign_jws(key, R"({"alg":"HS256","typ":"at+jwt","kid":")" + key.id() + "\"}", text);
}
inline std::string paseto_of(std::string_view text) {
  const auto& key = access_tokens().key(crypto::SigningAlgorithm::v4_public);
  return crypto::sign_paseto(key, text, R"({"kid":")" + key.id() + "\"}");
}

/// What a token of either format says.
inline crypto::FlatJson stated(std::string_view token) {
  const auto jws = crypto::Jws::parse(token);
  return *crypto::FlatJson::parse(jws ? core::as_text(jws->payload) : crypto::Paseto::parse(token).value().message);
}

inline std::string broken_signed_token_rule(std::string_view token, crypto::SigningAlgorithm algorithm) {
  const auto& fixture = access_tokens();
  const auto verified = fixture.verify(token);
  if (!verified) {
    static const std::set<std::string_view> codes{"token_malformed", "token_issuer", "token_audience",
                                                  "token_not_yet_valid", "token_expired"};
    return codes.contains(verified.error().code) ? "" : "the code of a signed token's refusal";
  }
  const auto issued_again = crypto::issue(fixture.key(algorithm), *verified);
  if (issued_again.size() > crypto::max_access_token_size) return {};
  const auto again = fixture.verify(issued_again);
  if (!again || !says_the_same(*again, *verified)) return "claims do not survive a token";
  const auto said = stated(token), says = stated(issued_again);
  for (const std::string_view name : {"iat", "nbf", "exp"}) {
    const auto *const text = said.string(name), *const same_text = says.string(name);
    if ((text == nullptr) != (same_text == nullptr) || (text && *text != *same_text)) return "a time has two spellings";
  }
  return {};
}

/// The text is what a token says.
inline std::string broken_access_claims_rule(std::string_view text) {
  using enum crypto::SigningAlgorithm;
  auto broken = broken_signed_token_rule(jwt_of(text), hs256);
  return broken.empty() ? broken_signed_token_rule(paseto_of(text), v4_public) : broken;
}

/// Refresh tokens that are the same in every run: the first of a session and those that follow.
struct RefreshTokenFixture {
  core::FakeRandom random;
  crypto::Keyring keyring{crypto::MasterKey::generate(random)};
  std::vector<std::string> texts = [this] {
    const sessions::RefreshNonce nonce{};
    auto token =
        sessions::RefreshToken::first(keyring, core::SessionId::fresh(core::FakeClock().now(), random), random);
    std::vector<std::string> made;
    for (int i = 0; i < 3; ++i) {
      const auto text = token.text();
      made.emplace_back(text.reveal());
      token = token.successor(keyring, nonce);
    }
    return made;
  }();
};

inline const RefreshTokenFixture& refresh_tokens() {
  static const RefreshTokenFixture fixture;
  return fixture;
}

inline std::string broken_refresh_token_rule(std::string_view text) {
  const auto& [random, keyring, texts] = refresh_tokens();
  const auto parsed = sessions::RefreshToken::parse(keyring, text);
  if (parsed.has_value() != (std::ranges::find(texts, text) != texts.end()))
    return "not exactly what was made is taken";
  if (parsed) {
    const auto written = parsed->text();
    if (written.reveal() != text) return "a token has two spellings";
  } else if (parsed.error().code != "refresh_token_invalid") {
    return "the refusal's code";
  }
  Cuts cuts(text);
  const auto& made = texts[cuts.next(texts.size()) - 1];
  if (sessions::RefreshToken::parse(keyring, with_one_byte_changed(made, cuts))) return "a changed token is taken";
  return {};
}

inline std::string broken_session_token_rule(std::string_view text) {
  const auto digest = sessions::SessionToken::digest_of(text);
  const auto encoded = text.starts_with("sps_") ? text.substr(4) : std::string_view{};
  const auto bytes = core::base64url_decode(encoded);
  const bool is_one = bytes && bytes->size() == 32 && core::base64url_encode(*bytes) == encoded;
  if (digest.has_value() != is_one) return "not exactly 32 bytes are taken";
  if (digest && *digest != crypto::sha256(*bytes)) return "the digest is of something else";
  return {};
}

inline std::string broken_password_verifier_rule(std::string_view text) {
  const auto verifier = crypto::PasswordVerifier::parse(text);
  if (!verifier) {
    const auto& [fault, code] = std::pair(verifier.error().fault, verifier.error().code);
    const bool is_foreign = !text.starts_with("$sp1$") && !text.starts_with("$argon2id$");
    if (code != (is_foreign ? "verifier_scheme_unknown" : "verifier_malformed")) return "the refusal's code";
    return fault == (is_foreign ? core::Fault::unimplemented : core::Fault::internal) ? "" : "the refusal's kind";
  }
  if (verifier->str() != text) return "a verifier has two spellings";
  if (!crypto::is_within_bounds(verifier->parameters)) return "the work is out of bounds";
  if (verifier->salt.size() < 8 || verifier->salt.size() > 64) return "the salt is out of bounds";
  if (verifier->hash.size() < 16 || verifier->hash.size() > 64) return "the hash is out of bounds";
  return {};
}

}  // namespace sallyport::fuzz
