#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "accounts/account.h"
#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"
#include "mail/new_mail.h"
#include "sessions/session.h"
#include "throttle/attempt_store.h"

namespace sallyport::sessions {

/// A session and whose it is, read in one look.
struct SessionView {
  Session session;
  accounts::Account account;
};

/// A sign-in whose password has been found right for `credential_version`.
struct OpenSession {
  NewSession session;
  std::int64_t credential_version;
  throttle::Attempt attempt;  ///< refunded in the same write
  std::optional<mail::NewMail> mail{};
  audit::Origin origin;
};

/// A sign-in whose password was wrong.
struct FailedSignIn {
  throttle::Attempt attempt;
  throttle::AttemptKey notice_key;           ///< of the name: what it has been told is remembered by
  std::optional<core::AccountId> account{};  ///< if the name has one
  std::optional<mail::NewMail> notice{};     ///< for its owner, if this is what locks
  core::Timestamp now;
  audit::Origin origin;
};

/// How long a name that was told of a lock hears of no other.
inline constexpr std::chrono::days lock_notice_pause{1};

struct OpenedSession {
  accounts::Account account;
  std::vector<core::SessionId> ended;  ///< those it replaced
};

/// A device that its owner signs out from another one of theirs.
struct RevokeSession {
  core::SessionId by;       ///< the owner's own
  core::SessionId session;  ///< may be the same
  core::Timestamp now;
  audit::Origin origin;
};

/// The owner of a session has given the password of `credential_version` once more.
struct Reauthentication {
  core::SessionId session;
  std::int64_t credential_version;
  core::Timestamp now;
  audit::Origin origin;
};

using RefreshNonce = std::array<std::uint8_t, 32>;

/// A presented refresh token whose tag was valid, and the successor it would have.
struct RotateRefresh {
  core::SessionId session;
  std::int64_t generation;        ///< of the presented token
  core::Digest presented_digest;  ///< of the presented token
  RefreshNonce nonce;             ///< fresh: what the successor is derived with if it is this call that rotates
  core::Digest successor_digest;
  core::Timestamp now;
  core::Timestamp slides_to;  ///< the new sliding expiry; the store keeps it within the absolute one
  std::chrono::seconds grace;
  audit::Origin origin;
};

struct Rotation {
  SessionView view;
  RefreshNonce nonce;  ///< of the successor: the one given, or that of an earlier call within the grace time
};

/// What other processes, or another thread of this one, changed: cached sessions of it are stale.
struct Invalidation {
  std::int64_t sequence;
  enum class Kind { session = 1, account = 2 } kind;
  core::Uuid subject;
};

/// How long invalidations are kept: far longer than any process may trust its cache without a poll.
inline constexpr std::chrono::minutes invalidation_retention{10};

/// Use of a session that a write of its own would be too much for.
struct Activity {
  core::SessionId session;
  core::Timestamp last_seen_at;
  std::int64_t count;  ///< requests since the last report
};

/// Where sessions live. Writes are as in `AccountStore`: one atomic, durable operation each, with audit rows and
/// invalidations. "Live" means not ended, not expired, the account active and its credential version the session's.
class SessionStore {
 public:
  virtual ~SessionStore() = default;
  /// Opens the session if the account is still active with that credential version. A live session of the same device
  /// is replaced, the oldest beyond the limit ends; mail if there is. `unauthenticated` / "credentials_changed".
  virtual core::Task<core::Result<OpenedSession>> open(OpenSession opening) = 0;
  /// Settles the attempt as failed (`throttle::AttemptStore::settle`). If that locks: an audit row, and the notice
  /// unless there was one within `lock_notice_pause`, which is noted alike whether or not there is somebody to tell.
  virtual core::Task<core::Result<void>> fail_sign_in(FailedSignIn failure) = 0;
  /// A live session by its opaque token. `unauthenticated` / "session_expired".
  virtual core::Task<core::Result<SessionView>> find_by_token(core::Digest token_digest, core::Timestamp now) = 0;
  /// A live session by its id. `unauthenticated` / "session_expired".
  virtual core::Task<core::Result<SessionView>> find(core::SessionId id, core::Timestamp now) = 0;
  /// Rotates in one atomic step, or finds the rotation that a retry is about. `unauthenticated` with
  /// "refresh_token_reused" (an older generation: the session ends, with an audit row) or "session_expired".
  virtual core::Task<core::Result<Rotation>> rotate_refresh(RotateRefresh rotation) = 0;
  /// Moves the sliding expiry of a live session. `unauthenticated` / "session_expired".
  virtual core::Task<core::Result<SessionView>> slide(core::SessionId id, core::Timestamp now, core::Timestamp to) = 0;
  /// Ends a session; ending what is not live is a success.
  virtual core::Task<core::Result<void>> end(core::SessionId id, EndReason reason, core::Timestamp now,
                                             audit::Origin origin) = 0;
  /// Ends a live session of the account whose session `by` is, which is still live in the same write. `unauthenticated`
  /// / "session_expired" if that is not; `not_found` / "session_not_found" if `session` is none, or somebody else's.
  virtual core::Task<core::Result<void>> revoke(RevokeSession revocation) = 0;
  /// Ends all other sessions of the account whose session `by` is, if that is live in the same write; an audit row
  /// each. Those that were live; `unauthenticated` / "session_expired".
  virtual core::Task<core::Result<std::vector<core::SessionId>>> revoke_others(core::SessionId by, core::Timestamp now,
                                                                               audit::Origin origin) = 0;
  /// Moves the `auth_time` of a live session. `unauthenticated` with "session_expired", or "credentials_changed" when
  /// it lives under another credential version than was proven.
  virtual core::Task<core::Result<void>> reauthenticate(Reauthentication proof) = 0;
  /// Reports use of sessions; for those that are gone nothing happens.
  virtual core::Task<core::Result<void>> record_activity(std::vector<Activity> activity) = 0;
  /// Invalidations with a sequence above `after`, in order. What commits late may have a lower sequence than what has
  /// been seen already: ask again from some way back.
  virtual core::Task<core::Result<std::vector<Invalidation>>> invalidations_after(std::int64_t after) = 0;

  /// What follows forgets up to `most` of what has served its time, the oldest first, and says how many that were:
  /// small batches, since the store's other customers wait meanwhile.

  /// Nonces of rotations made before then.
  virtual core::Task<core::Result<std::int64_t>> wipe_nonces(core::Timestamp rotated_before, int most) = 0;
  /// Invalidations made before then. The newest stays, so that no number is used twice.
  virtual core::Task<core::Result<std::int64_t>> remove_invalidations(core::Timestamp before, int most) = 0;
  /// Sessions that ended or expired before then. Nothing tells a caller that one was removed: what is not live answers
  /// "session_expired" either way. (A store that keeps nothing of ended ones counts expired ones only.)
  virtual core::Task<core::Result<std::int64_t>> remove_over(core::Timestamp over_before, int most) = 0;
};

}  // namespace sallyport::sessions
