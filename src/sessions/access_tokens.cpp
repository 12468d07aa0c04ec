#include "sessions/access_tokens.h"

#include <stdexcept>

#include "crypto/digest.h"

namespace sallyport::sessions {

AccessTokens::AccessTokens(crypto::KeySet keys, std::string issuer, std::string audience, std::chrono::seconds lifetime,
                           const core::Clock& clock, core::Random& random)
    : keys_(std::make_shared<const crypto::KeySet>(std::move(keys))),
      issuer_(std::move(issuer)),
      audience_(std::move(audience)),
      lifetime_(lifetime),
      clock_(clock),
      random_(random) {}

std::shared_ptr<const crypto::KeySet> AccessTokens::keys() const {
  const std::lock_guard lock(mutex_);
  return keys_;
}

void AccessTokens::use(crypto::KeySet keys) {
  auto fresh = std::make_shared<const crypto::KeySet>(std::move(keys));
  {
    const std::lock_guard lock(mutex_);
    keys_.swap(fresh);
  }
  // After the swap: a verification that still used the old keys holds a ticket that is no longer good.
  verified_.erase_if([](const Verified&) { return true; });
}

std::optional<AccessTokens::CurrentKey> AccessTokens::current_key() const {
  const auto keys = this->keys();
  const auto* const signing = keys->signing(audience_, clock_.now());
  if (signing == nullptr) return std::nullopt;
  return CurrentKey{signing->key.use(), signing->times.active_from};
}

std::string AccessTokens::issue(const SessionView& view) const {
  const auto now = clock_.now();
  const auto keys = this->keys();
  const auto* const signer = keys->signer(audience_, now);
  if (signer == nullptr) throw std::runtime_error("no signing key is active");
  return crypto::issue(*signer, {.subject = view.account.id,
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
  const auto ticket = verified_.ticket(digest);  // before the keys are taken, see `use`
  auto claims = crypto::verify_access_token(*keys(), token, {.issuer = issuer_, .audience = audience_, .now = now});
  if (!claims) return core::fail(std::move(claims));
  const Verified verified{claims->subject, claims->session, claims->expires_at};
  verified_.put(digest, verified, clock_.moment() + (claims->expires_at - now), ticket);
  return verified;
}

std::optional<core::SessionId> AccessTokens::session_to_end(std::string_view token) const {
  const auto claims = crypto::verify_access_token(*keys(), token,
                                                  {.issuer = issuer_,
                                                   .audience = audience_,
                                                   .now = clock_.now(),
                                                   .expiry = crypto::TokenExpectation::Expiry::ignored});
  return claims ? std::optional(claims->session) : std::nullopt;
}

}  // namespace sallyport::sessions
