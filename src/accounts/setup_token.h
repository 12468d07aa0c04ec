#pragma once

#include <algorithm>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/base64url.h"
#include "core/random.h"
#include "core/secret.h"
#include "crypto/keyring.h"

namespace sallyport::accounts {

/// What proves that somebody may make the first administrator: `spu_` and 32 random bytes in base64url. The store keeps
/// a digest that cannot be made without the master key.
class SetupToken {
 public:
  static constexpr std::string_view prefix = "spu_";
  static constexpr std::chrono::hours lifetime{1};
  static SetupToken fresh(core::Random& random) { return SetupToken(random.secret(32)); }
  /// The digest of a token that has the right shape; nothing else is worth a look-up. White space around it, which
  /// comes along when people copy, is no part of it.
  static std::optional<core::Digest> digest_of(const crypto::Keyring& keyring, std::string_view text) {
    static constexpr std::string_view space = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    text = text.substr(0, text.find_last_not_of(space) + 1);
    if (!text.starts_with(prefix) || text.size() != prefix.size() + 43) return std::nullopt;
    auto bytes = core::base64url_decode(text.substr(prefix.size()));
    if (!bytes) return std::nullopt;
    const SetupToken token{core::Secret(core::ByteView(*bytes))};
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return token.digest(keyring);
  }

  core::Digest digest(const crypto::Keyring& keyring) const {
    return keyring.mac_key(crypto::Purpose::setup).mac({bytes_.reveal_bytes()});
  }
  core::Secret text() const { return core::token_text(prefix, bytes_.reveal_bytes()); }

 private:
  explicit SetupToken(core::Secret bytes) : bytes_(std::move(bytes)) {}
  core::Secret bytes_;
};

}  // namespace sallyport::accounts
