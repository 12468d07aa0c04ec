#pragma once

#include "core/fake_random.h"
#include "sessions/tokens.h"

namespace sallyport::sessions {

/// A token mint with the keys and the randomness it needs.
class TestMint {
 public:
  explicit TestMint(const core::Clock& clock, Lifetimes lifetimes = {})
      : access_tokens_(signing_keys(random_), "https://sallyport.test", "sallyport", lifetimes.access_token, clock,
                       random_),
        mint_(keyring_, access_tokens_, lifetimes, random_) {}

  const TokenMint& operator*() const { return mint_; }
  const TokenMint* operator->() const { return &mint_; }
  core::Random& random() { return random_; }
  const crypto::Keyring& keyring() const { return keyring_; }
  AccessTokens& access_tokens() { return access_tokens_; }

 private:
  static crypto::KeySet signing_keys(core::Random& random) {
    std::vector<crypto::KeySet::Member> keys;
    keys.push_back({crypto::SigningKey::generate(random), {}});
    return crypto::KeySet(std::move(keys));
  }

  core::FakeRandom random_;
  crypto::Keyring keyring_{crypto::MasterKey::generate(random_)};
  AccessTokens access_tokens_;
  TokenMint mint_;
};

}  // namespace sallyport::sessions
