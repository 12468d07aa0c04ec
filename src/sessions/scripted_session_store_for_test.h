#pragma once

#include <exception>
#include <map>
#include <vector>

#include "core/handover.h"
#include "sessions/session_store.h"

namespace sallyport::sessions {

/// The read side of a session store as a test wants it to answer, and to wait. For one loop; the writes that no reader
/// makes end the process.
class ScriptedSessionStore final : public SessionStore {
 public:
  /// From now on reads of sessions are made at once but answered by `release`.
  void hold() { is_held_ = true; }
  void release() {
    is_held_ = false;
    for (auto& [waiting, answer] : std::exchange(held_, {})) {
      if (waiting->take()) waiting->complete(std::move(answer));
    }
  }

  std::map<core::SessionId, SessionView> live{};
  std::map<core::Digest, core::SessionId> tokens{};
  std::vector<Invalidation> invalidations{};
  std::vector<std::vector<Activity>> reports{};
  std::optional<core::Error> failure{};  ///< what every operation fails with, if it is to fail
  int reads = 0;

  core::Task<core::Result<SessionView>> find(core::SessionId id, core::Timestamp) override {
    ++reads;
    auto answer = read(id);
    if (!is_held_) co_return answer;
    co_return co_await core::hand_over<SessionView>([&](Waiting waiting) -> std::optional<core::Error> {
      held_.emplace_back(std::move(waiting), std::move(answer));
      return std::nullopt;
    });
  }
  core::Task<core::Result<SessionView>> find_by_token(core::Digest token, core::Timestamp) override {
    ++reads;
    const auto id = tokens.find(token);
    co_return id == tokens.end() ? core::fail(core::Fault::unauthenticated, "session_expired") : read(id->second);
  }
  core::Task<core::Result<void>> record_activity(std::vector<Activity> activity) override {
    reports.push_back(std::move(activity));
    if (failure) co_return std::unexpected(*failure);
    co_return core::Result<void>{};
  }
  core::Task<core::Result<std::vector<Invalidation>>> invalidations_after(std::int64_t after) override {
    using Found = core::Result<std::vector<Invalidation>>;
    if (failure) co_return Found(std::unexpected(*failure));
    std::vector<Invalidation> found;
    for (const auto& one : invalidations) {
      if (one.sequence > after) found.push_back(one);
    }
    co_return found;
  }

  core::Task<core::Result<OpenedSession>> open(OpenSession) override { std::terminate(); }
  core::Task<core::Result<void>> fail_sign_in(FailedSignIn) override { std::terminate(); }
  core::Task<core::Result<Rotation>> rotate_refresh(RotateRefresh) override { std::terminate(); }
  core::Task<core::Result<SessionView>> slide(core::SessionId, core::Timestamp, core::Timestamp) override {
    std::terminate();
  }
  core::Task<core::Result<void>> end(core::SessionId, EndReason, core::Timestamp, audit::Origin) override {
    std::terminate();
  }
  core::Task<core::Result<void>> revoke(RevokeSession) override { std::terminate(); }
  core::Task<core::Result<std::vector<core::SessionId>>> revoke_others(core::SessionId, core::Timestamp,
                                                                       audit::Origin) override {
    std::terminate();
  }
  core::Task<core::Result<void>> reauthenticate(Reauthentication) override { std::terminate(); }
  core::Task<core::Result<std::int64_t>> wipe_nonces(core::Timestamp, int) override { std::terminate(); }
  core::Task<core::Result<std::int64_t>> remove_invalidations(core::Timestamp, int) override { std::terminate(); }
  core::Task<core::Result<std::int64_t>> remove_over(core::Timestamp, int) override { std::terminate(); }

 private:
  using Waiting = std::shared_ptr<core::Handover<SessionView>>;  ///< shared with the task that waits

  core::Result<SessionView> read(core::SessionId id) const {
    if (failure) return std::unexpected(*failure);
    const auto found = live.find(id);
    if (found == live.end()) return core::fail(core::Fault::unauthenticated, "session_expired");
    return found->second;
  }

  std::vector<std::pair<Waiting, core::Result<SessionView>>> held_;
  bool is_held_ = false;
};

}  // namespace sallyport::sessions
