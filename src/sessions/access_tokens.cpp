#include "sessions/access_tokens.h"

#include "crypto/digest.h"

namespace sallyport::sessions {
namespace {

std::vector<crypto::VerifyingKey> public_keys(const std::vector<crypto::SigningKey>& keys) {
  std::vector<crypto::VerifyingKey> result;
  for (const auto& key : keys) result.push_back(key.verifying_key());
  return result;
}

std::string key_set(const std::vector<crypto::SigningKey>& keys) {
  std::string json = "{\"keys\":[";
  for (const auto& key : keys) json.append(json.back() == '[' ? "" : ",").append(key.verifying_key().jwk());
  return json += "]}";
}

}  // namespace

AccessTokens::AccessTokens(std::vector<crypto::SigningKey> keys, std::string issuer, std::string audience,
                           std::chrono::seconds lifetime, const core::Clock& clock, core::Random& random)
    : keys_(std::move(keys)),
      verifier_(public_keys(keys_)),
      issuer_(std::move(issuer)),
      audience_(std::move(audience)),
      lifetime_(lifetime),
      clock_(clock),
      random_(random),
      jwks_(key_set(keys_)) {}

std::string AccessTokens::issue(const SessionView& view) const {
  const auto now = clock_.now();
  return crypto::issue(keys_.back(), {.subject = view.account.id,
                                      .session = view.session.id,
                                      .issuer = issuer_,
                                      .audience = audience_,
                                      .token_id = core::Uuid::v7(now, random_).str(),
                                      .role = std::string(accounts::to_text(view.account.role)),
                                      .issued_at = now,
                                      .not_before = now,
                                      .expires_at = now + lifetime_});
}

core::Result<AccessTokens::Verified> AccessTokens::verify(std::string_view token) {
  const auto now = clock_.now();
  if (token.size() > crypto::max_access_token_size) return core::fail(core::Fault::unauthenticated, "token_malformed");
  const auto digest = crypto::sha256(core::as_bytes(token));
  auto known = verified_.find(digest, clock_.moment());
  if (known) {
    if (known->expires_at <= now) return core::fail(core::Fault::unauthenticated, "token_expired");
    return *known;
  }
  const auto ticket = verified_.ticket(digest);
  auto claims = verifier_.verify(token, {.issuer = issuer_, .audience = audience_, .now = now});
  if (!claims) return core::fail(std::move(claims));
  const Verified verified{claims->subject, claims->session, claims->expires_at};
  verified_.put(digest, verified, clock_.moment() + (claims->expires_at - now), ticket);
  return verified;
}

}  // namespace sallyport::sessions
