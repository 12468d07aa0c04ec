#pragma once

#include <memory>
#include <mutex>
#include <string>

#include "core/clock_cache.h"
#include "core/result.h"
#include "crypto/access_token.h"
#include "sessions/session_store.h"

namespace sallyport::sessions {

/// Issues and checks access tokens with the keys it was given. Safe to use from every thread.
class AccessTokens {
 public:
  AccessTokens(crypto::KeySet keys, std::string issuer, std::string audience, std::chrono::seconds lifetime,
               const core::Clock& clock, core::Random& random);

  /// Goes on with other keys, and forgets what the old ones verified: one of them may have been withdrawn.
  void use(crypto::KeySet keys);

  /// Throws `std::runtime_error` if no key is active, which operators are kept from bringing about.
  std::string issue(const SessionView& view) const;
  std::chrono::seconds lifetime() const { return lifetime_; }

  struct Verified {
    core::AccountId account;
    core::SessionId session;
    core::Timestamp expires_at;
  };
  /// Who a token speaks for; errors as `crypto::verify_access_token`. A public-key check costs 100 µs, so what has been
  /// verified is remembered by the token's digest. That a token verifies does not mean that its session lives.
  core::Result<Verified> verify(std::string_view token);
  /// The session a token of ours was issued for, expired or not: whoever signs out with an old token means it. Costs
  /// 100 µs.
  std::optional<core::SessionId> session_to_end(std::string_view token) const;

  /// The key that signs now; nothing if none does.
  struct CurrentKey {
    crypto::KeyUse use;
    core::Timestamp since;
  };
  std::optional<CurrentKey> current_key() const;
  /// The public keys, as served at `/.well-known/jwks.json` (RFC 7517 §5).
  std::string jwks() const { return keys()->jwks(clock_.now()); }

 private:
  std::shared_ptr<const crypto::KeySet> keys() const;

  static constexpr std::size_t remembered_tokens = 65'536;
  mutable std::mutex mutex_;                    // guards the pointer; libstdc++ 12's atomic one alarms TSan
  std::shared_ptr<const crypto::KeySet> keys_;  ///< shared with the calls under way when `use` replaces it
  const std::string issuer_, audience_;
  const std::chrono::seconds lifetime_;
  const core::Clock& clock_;
  core::Random& random_;
  core::ClockCache<core::Digest, Verified, core::DigestHash> verified_{remembered_tokens};
};

}  // namespace sallyport::sessions
