#pragma once

#include <utility>
#include <vector>

#include "core/handover.h"
#include "crypto/digest.h"
#include "crypto/password_hasher.h"

namespace sallyport::sessions {

/// A password hasher that takes no time, or as long as a test holds it. Its hash is SHA-256. For one loop.
class HeldHasher final : public crypto::PasswordHasher {
 public:
  /// From now on checks wait for `release`.
  void hold() { is_held_ = true; }
  void release() {
    is_held_ = false;
    for (auto& [waiting, match] : std::exchange(held_, {})) {
      if (waiting->take()) waiting->complete(match);
    }
  }
  std::size_t held() const { return held_.size(); }
  /// What the next checks fail with.
  void refuse_with(std::optional<core::Error> error) { refusal_ = std::move(error); }
  void call_outdated(bool is_outdated) { is_outdated_ = is_outdated; }

  static crypto::PasswordVerifier verifier_of(std::string_view password, std::uint8_t salt = 1) {
    const auto hash = crypto::sha256(core::as_bytes(password));
    return {.pepper = std::nullopt,
            .parameters = {},
            .salt = core::Bytes(16, salt),
            .hash = core::Bytes(hash.begin(), hash.end())};
  }

  core::Task<core::Result<crypto::PasswordVerifier>> make_verifier(core::Secret password,
                                                                   crypto::HashRequester) override {
    co_return verifier_of(password.reveal(), 2);
  }
  core::Task<core::Result<crypto::Match>> verify(core::Secret password, std::optional<crypto::PasswordVerifier> stored,
                                                 std::string, crypto::HashRequester) override {
    if (refusal_) co_return core::Result<crypto::Match>(std::unexpected(*refusal_));
    auto match = crypto::Match::no;
    if (stored && stored->hash == verifier_of(password.reveal()).hash) {
      match = is_outdated_ ? crypto::Match::yes_but_outdated : crypto::Match::yes;
    }
    if (!is_held_) co_return match;
    co_return co_await core::hand_over<crypto::Match>([this, match](Waiting waiting) -> std::optional<core::Error> {
      held_.emplace_back(std::move(waiting), match);
      return std::nullopt;
    });
  }

 private:
  using Waiting = std::shared_ptr<core::Handover<crypto::Match>>;  ///< shared with the task that waits
  std::vector<std::pair<Waiting, crypto::Match>> held_;
  std::optional<core::Error> refusal_;
  bool is_held_ = false;
  bool is_outdated_ = false;
};

}  // namespace sallyport::sessions
