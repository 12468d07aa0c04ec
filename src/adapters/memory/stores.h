#pragma once

#include "accounts/account_directory.h"
#include "accounts/administration_store.h"
#include "accounts/invitation_store.h"
#include "accounts/mail_requests.h"
#include "accounts/own_data.h"
#include "adapters/memory/memory_store.h"
#include "flows/flow_upkeep.h"
#include "mail/outbox.h"
#include "recovery/recovery_store.h"
#include "verification/verification_store.h"

namespace sallyport::memory {

/// The ports in memory, for tests and demonstrations: durable as long as the process. What they do is held to what the
/// databases do by tests/contract.
class MemoryAccountStore final : public accounts::AccountStore {
 public:
  explicit MemoryAccountStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<void>> create_account(accounts::NewAccount account) override;
  core::Task<core::Result<void>> create_administrator(accounts::NewAdministrator administrator) override;
  core::Task<core::Result<accounts::SignInRecord>> find_sign_in(accounts::EmailKey key) override;
  core::Task<core::Result<accounts::SignInRecord>> find_sign_in(core::AccountId id) override;
  core::Task<core::Result<void>> change_password(accounts::PasswordChange change) override;
  core::Task<core::Result<void>> replace_verifier(accounts::ReplaceVerifier replacement) override;
  core::Task<core::Result<accounts::Account>> update_profile(accounts::ProfileChange change) override;
  core::Task<core::Result<accounts::Account>> set_status(core::AccountId account, accounts::AccountStatus status,
                                                         core::Timestamp now, audit::Origin origin) override;
  core::Task<core::Result<accounts::Account>> delete_account(accounts::AccountDeletion deletion) override;
  core::Task<core::Result<bool>> has_erasable(core::Timestamp before) override;
  core::Task<core::Result<std::int64_t>> erase_deleted(core::Timestamp before, int most) override;
  core::Task<core::Result<std::int64_t>> end_sessions(core::AccountId account, core::Timestamp now,
                                                      audit::Origin origin) override;

 private:
  MemoryStore& store_;
};

class MemoryAdministrationStore final : public accounts::AdministrationStore {
 public:
  explicit MemoryAdministrationStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<accounts::Account>> create_user(accounts::NewUser user) override;
  core::Task<core::Result<accounts::Account>> update_user(accounts::UserChange change) override;
  core::Task<core::Result<accounts::Account>> invite(accounts::Reinvitation invitation) override;
  core::Task<core::Result<accounts::Account>> set_password(accounts::SetPassword setting) override;
  core::Task<core::Result<accounts::Account>> remove_user(core::AccountId account, accounts::Mandate mandate,
                                                          std::optional<mail::NewMail> notice) override;
  core::Task<core::Result<accounts::Account>> restore_user(core::AccountId account, accounts::Mandate mandate) override;
  core::Task<core::Result<std::int64_t>> end_sessions(core::AccountId account, accounts::Mandate mandate) override;

 private:
  MemoryStore& store_;
};

class MemoryInvitationStore final : public accounts::InvitationStore {
 public:
  explicit MemoryInvitationStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<accounts::Account>> find(flows::ProofDigests proof, core::Timestamp now) override;
  core::Task<core::Result<accounts::Account>> accept(accounts::AcceptInvitation acceptance) override;

 private:
  MemoryStore& store_;
};

class MemoryAccountDirectory final : public accounts::AccountDirectory {
 public:
  explicit MemoryAccountDirectory(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<accounts::Account>> find(core::AccountId id) override;
  core::Task<core::Result<accounts::Account>> find(accounts::EmailKey key) override;
  core::Task<core::Result<accounts::AccountPage>> list(accounts::AccountFilter filter) override;
  core::Task<core::Result<std::vector<accounts::ListedSession>>> sessions_of(core::AccountId account,
                                                                             core::Timestamp now) override;

 private:
  MemoryStore& store_;
};

class MemoryMailRequestStore final : public accounts::MailRequestStore {
 public:
  explicit MemoryMailRequestStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<void>> request(flows::NewFlow flow, std::optional<idempotency::NamedRequest> name) override;
  core::Task<core::Result<std::vector<accounts::DueRequest>>> due(flows::FlowKind kind, core::Timestamp now,
                                                                  int most) override;
  core::Task<core::Result<accounts::AnsweredRequests>> answer(flows::FlowKind kind,
                                                              std::vector<accounts::RequestAnswer> answers,
                                                              core::Timestamp now) override;

 private:
  MemoryStore& store_;
};

class MemoryVerificationStore final : public verification::VerificationStore {
 public:
  explicit MemoryVerificationStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<std::optional<verification::FoundFlow>>> find(flows::FlowId id) override;
  core::Task<core::Result<void>> ask_again(verification::AskedAgain asked) override;
  core::Task<core::Result<void>> ask_change(verification::AskedChange asked) override;
  core::Task<core::Result<void>> check(flows::FlowKind kind, flows::ProofDigests proof, core::Timestamp now) override;
  core::Task<core::Result<verification::Confirmed>> confirm(verification::Confirmation confirmation) override;
  core::Task<core::Result<verification::Disowned>> disown(verification::Disowning disowning) override;

 private:
  MemoryStore& store_;
};

class MemorySetupStore final : public accounts::SetupStore {
 public:
  explicit MemorySetupStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<void>> replace_token(accounts::NewSetupToken token) override;
  core::Task<core::Result<void>> check_open() override;
  core::Task<core::Result<void>> check_token(core::Digest digest, core::Timestamp now) override;
  core::Task<core::Result<void>> create_first_administrator(accounts::FirstAdministrator first) override;

 private:
  MemoryStore& store_;
};

class MemoryRecoveryStore final : public recovery::RecoveryStore {
 public:
  explicit MemoryRecoveryStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<std::optional<recovery::Recoverable>>> check(flows::ProofDigests proof,
                                                                       core::Timestamp now) override;
  core::Task<core::Result<core::AccountId>> recover(recovery::Recovery recovery) override;

 private:
  MemoryStore& store_;
};

class MemorySessionStore final : public sessions::SessionStore {
 public:
  explicit MemorySessionStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<sessions::OpenedSession>> open(sessions::OpenSession opening) override;
  core::Task<core::Result<void>> fail_sign_in(sessions::FailedSignIn failure) override;
  core::Task<core::Result<sessions::SessionView>> find_by_token(core::Digest token_digest,
                                                                core::Timestamp now) override;
  core::Task<core::Result<sessions::SessionView>> find(core::SessionId id, core::Timestamp now) override;
  core::Task<core::Result<sessions::Rotation>> rotate_refresh(sessions::RotateRefresh rotation) override;
  core::Task<core::Result<sessions::SessionView>> slide(core::SessionId id, core::Timestamp now,
                                                        core::Timestamp to) override;
  core::Task<core::Result<void>> end(core::SessionId id, sessions::EndReason reason, core::Timestamp now,
                                     audit::Origin origin) override;
  core::Task<core::Result<void>> revoke(sessions::RevokeSession revocation) override;
  core::Task<core::Result<std::vector<core::SessionId>>> revoke_others(core::SessionId by, core::Timestamp now,
                                                                       audit::Origin origin) override;
  core::Task<core::Result<void>> reauthenticate(sessions::Reauthentication proof) override;
  core::Task<core::Result<void>> record_activity(std::vector<sessions::Activity> activity) override;
  core::Task<core::Result<std::vector<sessions::Invalidation>>> invalidations_after(std::int64_t after) override;
  core::Task<core::Result<std::int64_t>> wipe_nonces(core::Timestamp rotated_before, int most) override;
  core::Task<core::Result<std::int64_t>> remove_invalidations(core::Timestamp before, int most) override;
  core::Task<core::Result<std::int64_t>> remove_over(core::Timestamp over_before, int most) override;

 private:
  MemoryStore& store_;
};

class MemoryAttemptStore final : public throttle::AttemptStore {
 public:
  explicit MemoryAttemptStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<throttle::Reservation>> reserve(throttle::Attempt attempt, core::Timestamp now) override;
  core::Task<core::Result<void>> settle(throttle::Attempt attempt, throttle::Verdict verdict,
                                        core::Timestamp now) override;
  core::Task<core::Result<std::int64_t>> remove_reservations(core::Timestamp now, int most) override;
  core::Task<core::Result<std::int64_t>> remove_counters(core::Timestamp now, int most) override;

 private:
  MemoryStore& store_;
};

class MemoryOutbox final : public mail::Outbox {
 public:
  explicit MemoryOutbox(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<std::vector<mail::LeasedMail>>> lease(core::Timestamp now, core::Timestamp until,
                                                                int most) override;
  core::Task<core::Result<void>> settle(mail::MailId id, std::int64_t fence, mail::Settlement settlement,
                                        core::Timestamp now) override;
  core::Task<core::Result<std::optional<core::Timestamp>>> next_due() override;
  core::Task<core::Result<std::vector<mail::StoredMail>>> list(mail::MailFilter filter) override;
  core::Task<core::Result<mail::StoredMail>> find(mail::MailId id) override;
  core::Task<core::Result<mail::StoredMail>> read(mail::MailId id, core::Timestamp now, audit::Origin origin) override;
  core::Task<core::Result<mail::OutboxSummary>> summary() override;
  core::Task<core::Result<void>> retry(mail::MailId id, core::Timestamp now) override;
  core::Task<core::Result<std::int64_t>> retry_failed(core::Timestamp now) override;
  core::Task<core::Result<std::int64_t>> tidy(core::Timestamp settled_before, core::Timestamp waiting_since_before,
                                              int most) override;

 private:
  MemoryStore& store_;
};

class MemoryFlowUpkeep final : public flows::FlowUpkeep {
 public:
  explicit MemoryFlowUpkeep(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<std::int64_t>> remove_old(core::Timestamp now, int most) override;

 private:
  MemoryStore& store_;
};

class MemoryIdempotencyStore final : public idempotency::IdempotencyStore {
 public:
  explicit MemoryIdempotencyStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<std::optional<idempotency::DoneRequest>>> find(core::Digest key,
                                                                         core::Timestamp now) override;
  core::Task<core::Result<std::int64_t>> remove_old(core::Timestamp now, int most) override;

 private:
  MemoryStore& store_;
};

class MemoryAuditLog final : public audit::AuditLog {
 public:
  explicit MemoryAuditLog(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<std::vector<audit::StoredEntry>>> recent(std::optional<core::AccountId> account,
                                                                   int most) override;
  core::Task<core::Result<std::vector<audit::FoundRow>>> rows_after(std::optional<audit::RowPlace> after,
                                                                    int most) override;
  core::Task<core::Result<std::vector<audit::RowPlace>>> bereft_persons() override;
  core::Task<core::Result<audit::MadeCheckpoint>> make_checkpoint(const audit::CheckpointMaker& maker,
                                                                  core::Timestamp now,
                                                                  audit::MakeCheckpoint when) override;
  core::Task<core::Result<std::vector<audit::StoredCheckpoint>>> checkpoints_after(std::int64_t after,
                                                                                   int most) override;
  core::Task<core::Result<std::optional<audit::StoredCheckpoint>>> checkpoint_until(core::Timestamp at) override;
  core::Task<core::Result<std::optional<audit::StoredRemoval>>> removal() override;
  core::Task<core::Result<void>> record_removal(audit::StoredRemoval removal) override;
  core::Task<core::Result<std::int64_t>> remove_rows(std::vector<audit::StreamHead> through, int most) override;
  core::Task<core::Result<std::int64_t>> erase_persons(core::AccountId account, int most) override;

 private:
  MemoryStore& store_;
};

class MemoryAvatarStore final : public avatars::AvatarStore {
 public:
  explicit MemoryAvatarStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<void>> note_object(avatars::PictureObject object, core::Timestamp due) override;
  core::Task<core::Result<void>> await_upload(core::AccountId account, avatars::AwaitedUpload upload,
                                              core::Timestamp now, core::Timestamp due) override;
  core::Task<core::Result<avatars::AwaitedUpload>> find_upload(core::AccountId account, core::Timestamp now) override;
  core::Task<core::Result<avatars::AwaitedUpload>> find_upload(avatars::PictureObject object,
                                                               core::Timestamp now) override;
  core::Task<core::Result<accounts::Account>> set_avatar(avatars::AvatarChange change) override;
  core::Task<core::Result<void>> find_avatar(avatars::PictureObject object) override;
  core::Task<core::Result<bool>> has_leftovers(core::Timestamp now) override;
  core::Task<core::Result<std::vector<avatars::PictureObject>>> claim_leftovers(core::Timestamp now,
                                                                                core::Timestamp again,
                                                                                int most) override;
  core::Task<core::Result<void>> forget_leftovers(std::vector<avatars::PictureObject> objects) override;

 private:
  MemoryStore& store_;
};

class MemoryOwnDataStore final : public accounts::OwnDataStore {
 public:
  explicit MemoryOwnDataStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<accounts::OwnAccount>> account(core::AccountId id) override;
  core::Task<core::Result<std::vector<accounts::OwnSession>>> sessions(core::AccountId id,
                                                                       std::optional<core::SessionId> after,
                                                                       int most) override;
  core::Task<core::Result<std::vector<accounts::OwnEvent>>> events(core::AccountId id,
                                                                   std::optional<accounts::OwnEventPlace> after,
                                                                   int most) override;
  core::Task<core::Result<std::vector<accounts::OwnMail>>> mails(core::AccountId id, std::optional<mail::MailId> after,
                                                                 int most) override;
  core::Task<core::Result<std::vector<accounts::OwnFlow>>> flows(core::AccountId id, std::optional<flows::FlowId> after,
                                                                 int most) override;

 private:
  MemoryStore& store_;
};

class MemorySigningKeyStore final : public keys::SigningKeyStore {
 public:
  explicit MemorySigningKeyStore(MemoryStore& store) : store_(store) {}
  core::Task<core::Result<std::vector<keys::StoredKey>>> keys_of(crypto::SigningPurpose purpose) override;
  core::Task<core::Result<void>> rotate(keys::Rotation rotation) override;
  core::Task<core::Result<std::int64_t>> import_keys(keys::KeyImport import) override;
  core::Task<core::Result<void>> reseal(keys::Resealing resealing) override;
  core::Task<core::Result<std::int64_t>> remove_ended(crypto::SigningPurpose purpose, core::Timestamp now) override;
  core::Task<core::Result<void>> note_export(core::Timestamp now, audit::Origin origin) override;

 private:
  MemoryStore& store_;
};

}  // namespace sallyport::memory
