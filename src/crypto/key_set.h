#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/clock.h"
#include "crypto/signing_key.h"

namespace sallyport::crypto {

/// When a key does what: published as the next one, then signing as the current one, then only verifying as a previous
/// one, then gone.
struct KeyTimes {
  core::Timestamp active_from;
  std::optional<core::Timestamp> active_until{};     ///< signs until just before; none: as long as no newer one does
  std::optional<core::Timestamp> published_until{};  ///< verifies and is published until just before; none: on and on

  bool is_active(core::Timestamp now) const { return active_from <= now && (!active_until || now < *active_until); }
  bool is_published(core::Timestamp now) const { return !published_until || now < *published_until; }
  friend bool operator==(const KeyTimes&, const KeyTimes&) = default;
};

/// The times of a key and of the one that follows it.
struct Succession {
  KeyTimes outgoing, successor;
};

/// The succession decided now: the new key signs once everybody had `notice` to hear of it, which is at least the
/// max-age of the JWKS and the time servers take to load keys. The old one verifies until all it signed has expired,
/// with as much again for a server that is late to hear of the change.
Succession succeed(const KeyTimes& outgoing, core::Timestamp now, std::chrono::seconds notice,
                   std::chrono::seconds token_lifetime);

/// The keys of access tokens, next, current and previous. Never changes, so safe to use from every thread.
class KeySet {
 public:
  struct Member {
    SigningKey key;
    KeyTimes times;
  };

  /// In any order. Throws `std::invalid_argument` if two have one id or one is for another purpose.
  explicit KeySet(std::vector<Member> members);

  /// By the time they begin to sign.
  const std::vector<Member>& members() const { return members_; }
  /// The key that signs for an audience: the newest active one of that audience alone, or else of any audience. Null if
  /// none is active.
  const Member* signing(std::string_view audience, core::Timestamp now) const;
  const SigningKey* signer(std::string_view audience, core::Timestamp now) const {
    const auto* const member = signing(audience, now);
    return member == nullptr ? nullptr : &member->key;
  }
  /// The key of that id, if it may still verify; a next one may, since another server's clock can be ahead.
  const VerifyingKey* verifier(std::string_view id, core::Timestamp now) const;
  /// The JWK set (RFC 7517 §5) of all keys that may verify, the next ones too, and none of HS256.
  std::string jwks(core::Timestamp now) const;

 private:
  std::vector<Member> members_;  ///< by `active_from`
};

}  // namespace sallyport::crypto
