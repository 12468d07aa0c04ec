#pragma once

#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "accounts/setup_store.h"
#include "audit/audit_log.h"
#include "audit/chain.h"
#include "avatars/avatar_store.h"
#include "core/clock_cache.h"
#include "core/handover.h"
#include "flows/proof.h"
#include "idempotency/idempotency_store.h"
#include "keys/signing_key_store.h"
#include "mail/outbox.h"
#include "sessions/session_store.h"
#include "throttle/attempt_store.h"

namespace sallyport::memory {

struct StoredAccount {
  accounts::Account account;
  accounts::EmailKey key;
  std::string verifier;  ///< empty for an account without a password
  core::Timestamp verifier_stored_at{};
};

/// Kept to be restored, and out of every look-up's sight.
struct DeletedAccount {
  StoredAccount stored;
  core::Timestamp deleted_at;
};

struct StoredSession {
  sessions::Session session;
  core::Digest token_digest;
  std::int64_t refresh_generation;
  core::Digest refresh_digest;
  std::optional<core::Digest> previous_refresh_digest;
  std::optional<sessions::RefreshNonce> refresh_nonce;
  core::Timestamp refreshed_at;
  std::string device_name, device_type, client_version, ip;
  std::optional<std::string> country;
  std::map<std::string, std::string> metadata;
  std::int64_t activity_count = 0;
};

struct StoredInvalidation {
  sessions::Invalidation invalidation;
  core::Timestamp at;
};

struct StoredReservation {
  std::int64_t holders;
  core::Timestamp expires_at;
};

struct StoredSetupToken {
  core::Digest digest;
  accounts::SetupTokenMaker maker;
  core::Timestamp expires_at;
};

/// What is known of one name's sign-ins.
struct StoredAttempts {
  throttle::AttemptCounter counter;
  std::map<throttle::AttemptPrint, StoredReservation> reservations;
};

struct HeldMail {
  mail::StoredMail mail;
  std::int64_t fence = 0;
  std::optional<core::Timestamp> leased_until{};
};

/// A picture that no account shows.
struct StoredLeftover {
  core::Timestamp due{};
  bool is_claimed = false;
  std::optional<core::AccountId> awaited_by{};  ///< who was asked to upload it, with what follows
  avatars::ImageFormat format{};
  std::int64_t size = 0;
};

/// Everything there is, and the changes that more than one operation makes. Sessions that have ended are gone: no port
/// can tell them from what never was.
struct MemoryState {
  audit::Chain chain;
  const sessions::Lifetimes lifetimes;
  const throttle::AttemptRules rules;

  std::map<core::AccountId, StoredAccount> accounts{};  ///< those that are not deleted
  std::unordered_map<accounts::EmailKey, core::AccountId> accounts_by_email{};
  std::map<core::AccountId, DeletedAccount> deleted_accounts{};
  std::map<core::SessionId, StoredSession> sessions{};
  std::unordered_map<core::Digest, core::SessionId, core::DigestHash> sessions_by_token{};
  std::vector<StoredInvalidation> invalidations{};
  std::int64_t last_invalidation = 0;
  std::unordered_map<throttle::AttemptKey, StoredAttempts, core::DigestHash> attempts{};
  std::map<mail::MailId, HeldMail> mails{};
  std::map<flows::FlowId, flows::StoredFlow> flow_rows{};
  std::unordered_map<core::Digest, idempotency::DoneRequest, core::DigestHash> done_requests{};
  std::map<avatars::PictureObject, StoredLeftover> leftovers{};
  std::map<std::string, keys::StoredKey> signing_keys{};  ///< by id
  std::optional<StoredSetupToken> setup_token{};
  std::vector<audit::StoredEntry> audit_rows{};
  std::map<audit::RowPlace, audit::FoundRow> audit_chain{};  ///< the same rows as chains
  std::map<std::int64_t, audit::StoredCheckpoint> audit_checkpoints{};
  std::optional<audit::StoredRemoval> audit_removal{};

  /// False if the account is not active with that credential version.
  bool insert_session(const sessions::NewSession& fresh, std::int64_t credential_version);
  /// Null unless live.
  StoredSession* live_session(core::SessionId id, core::Timestamp now);
  sessions::SessionView view_of(const StoredSession& stored) const;
  /// The sessions of an account, oldest first.
  std::vector<core::SessionId> sessions_of(core::AccountId account) const;
  void erase_session(core::SessionId id);
  /// As `erase_session`, with invalidation and audit row; nothing if there is none.
  void end_session(core::SessionId id, audit::Event event, core::Timestamp now, const audit::Origin& origin);
  void insert_mail(const mail::NewMail& mail);
  void insert_flow(const flows::NewFlow& fresh);
  /// The flow, if this proves it. Otherwise null, and a wrong code is counted.
  flows::StoredFlow* check_proof(flows::FlowKind kind, const flows::ProofDigests& proof, core::Timestamp now);
  /// All of that kind.
  void delete_flows(core::AccountId account, flows::FlowKind kind);
  /// The request of that name if it was done and is still known.
  const idempotency::DoneRequest* find_done(const core::Digest& key, core::Timestamp now) const;
  void note_done(const idempotency::NamedRequest& request, std::optional<core::AccountId> account, core::Timestamp now);
  /// Due from then on, and awaited by nobody.
  void note_picture(const avatars::PictureObject& object, core::Timestamp due);
  /// What the account's client was asked to upload is awaited no more, and due.
  void cancel_upload(core::AccountId account, core::Timestamp now);
  /// See `AccountStore::set_status`; `by` is the owner's session.
  core::Result<accounts::Account> change_status(core::AccountId id, std::optional<core::SessionId> by,
                                                accounts::AccountStatus status, core::Timestamp now,
                                                const audit::Origin& origin);
  /// The account that was deleted first, if that was before then.
  const DeletedAccount* erasable(core::Timestamp before) const;
  /// See `AuditLog::erase_persons`.
  std::int64_t erase_persons(core::AccountId account, int most);
  void delete_flows(core::AccountId account);  ///< all of them
  /// Whether the account of `flow` may get one more mail of its kind (flows/mail_limits.h).
  bool may_get_mail(const flows::NewFlow& flow) const;
  /// Writes the flow that proves nothing, and the mail to `owner` if it is theirs and they may get one more.
  void tell_owner(const accounts::TakenAddress& taken, core::AccountId owner);
  /// True if this failure locked the name.
  bool settle(const throttle::Attempt& attempt, throttle::Verdict verdict, core::Timestamp now);
  void invalidate(sessions::Invalidation::Kind kind, const core::Uuid& subject, core::Timestamp now);
  void append_audit(const audit::Entry& entry);
  /// An active administrator with its audit row; the setup token is dead from then on. `conflict` /
  /// "identifier_taken".
  core::Result<void> insert_administrator(const accounts::NewAdministrator& fresh);
  /// Ends every session of an account and invalidates what is cached of it; how many there were.
  std::int64_t end_account_sessions(core::AccountId account, core::Timestamp now);
  bool has_administrator() const;  ///< an active one
  /// Whether an active administrator is left without this account.
  bool has_other_administrator(core::AccountId account) const;
};

/// What the memory adapters of one server share. Each operation runs alone and at once, and its task goes on in the
/// loop's next turn, as with a real store. Safe to use from every loop.
class MemoryStore {
 public:
  MemoryStore(audit::Chain chain, sessions::Lifetimes lifetimes, throttle::AttemptRules rules)
      : state_{.chain = std::move(chain), .lifetimes = lifetimes, .rules = rules} {}

  /// Calls `work(MemoryState&)` under the lock, unless the task is interrupted already. Work that returns an error has
  /// changed nothing that it does not want to last.
  template <class T, class Work>
  core::Task<core::Result<T>> run(Work work) {
    co_return co_await core::hand_over<T>(
        [this, &work](std::shared_ptr<core::Handover<T>> handover) -> std::optional<core::Error> {
          handover->take();
          std::unique_lock lock(mutex_);
          core::Result<T> result = work(state_);
          lock.unlock();
          handover->complete(std::move(result));
          return std::nullopt;
        });
  }

 private:
  std::mutex mutex_;
  MemoryState state_;
};

}  // namespace sallyport::memory
