#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/base64url.h"
#include "core/random.h"
#include "core/secret.h"
#include "crypto/digest.h"

namespace sallyport::sessions {

/// The opaque session token that the cookie holds: `sps_` and 32 random bytes. The store keeps its SHA-256.
class SessionToken {
 public:
  static constexpr std::string_view prefix = "sps_";
  static SessionToken fresh(core::Random& random) { return SessionToken(random.secret(32)); }
  /// The digest of a token that has the right shape; nothing else is worth a look-up.
  static std::optional<core::Digest> digest_of(std::string_view text) {
    if (!text.starts_with(prefix) || text.size() != prefix.size() + 43) return std::nullopt;
    const auto bytes = core::base64url_decode(text.substr(prefix.size()));
    return bytes ? std::optional(crypto::sha256(*bytes)) : std::nullopt;
  }

  core::Digest digest() const { return crypto::sha256(bytes_.reveal_bytes()); }
  core::Secret text() const { return core::token_text(prefix, bytes_.reveal_bytes()); }

 private:
  explicit SessionToken(core::Secret bytes) : bytes_(std::move(bytes)) {}
  core::Secret bytes_;
};

}  // namespace sallyport::sessions
