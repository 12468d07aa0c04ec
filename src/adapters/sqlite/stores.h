#pragma once

#include "accounts/account_directory.h"
#include "accounts/account_store.h"
#include "accounts/administration_store.h"
#include "accounts/invitation_store.h"
#include "accounts/mail_requests.h"
#include "accounts/own_data.h"
#include "accounts/setup_store.h"
#include "adapters/sqlite/readers.h"
#include "adapters/sqlite/writer.h"
#include "audit/audit_log.h"
#include "avatars/avatar_store.h"
#include "flows/flow_upkeep.h"
#include "idempotency/idempotency_store.h"
#include "keys/signing_key_store.h"
#include "mail/outbox.h"
#include "recovery/recovery_store.h"
#include "sessions/session_store.h"
#include "throttle/attempt_store.h"
#include "verification/verification_store.h"

namespace sallyport::sqlite {

class SqliteAccountStore final : public accounts::AccountStore {
 public:
  SqliteAccountStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
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
  Writer& writer_;
  Readers& readers_;
};

class SqliteAdministrationStore final : public accounts::AdministrationStore {
 public:
  explicit SqliteAdministrationStore(Writer& writer) : writer_(writer) {}
  core::Task<core::Result<accounts::Account>> create_user(accounts::NewUser user) override;
  core::Task<core::Result<accounts::Account>> update_user(accounts::UserChange change) override;
  core::Task<core::Result<accounts::Account>> invite(accounts::Reinvitation invitation) override;
  core::Task<core::Result<accounts::Account>> set_password(accounts::SetPassword setting) override;
  core::Task<core::Result<accounts::Account>> remove_user(core::AccountId account, accounts::Mandate mandate,
                                                          std::optional<mail::NewMail> notice) override;
  core::Task<core::Result<accounts::Account>> restore_user(core::AccountId account, accounts::Mandate mandate) override;
  core::Task<core::Result<std::int64_t>> end_sessions(core::AccountId account, accounts::Mandate mandate) override;

 private:
  Writer& writer_;
};

class SqliteInvitationStore final : public accounts::InvitationStore {
 public:
  SqliteInvitationStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
  core::Task<core::Result<accounts::Account>> find(flows::ProofDigests proof, core::Timestamp now) override;
  core::Task<core::Result<accounts::Account>> accept(accounts::AcceptInvitation acceptance) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

class SqliteAccountDirectory final : public accounts::AccountDirectory {
 public:
  explicit SqliteAccountDirectory(Readers& readers) : readers_(readers) {}
  core::Task<core::Result<accounts::Account>> find(core::AccountId id) override;
  core::Task<core::Result<accounts::Account>> find(accounts::EmailKey key) override;
  core::Task<core::Result<accounts::AccountPage>> list(accounts::AccountFilter filter) override;
  core::Task<core::Result<std::vector<accounts::ListedSession>>> sessions_of(core::AccountId account,
                                                                             core::Timestamp now) override;

 private:
  Readers& readers_;
};

class SqliteMailRequestStore final : public accounts::MailRequestStore {
 public:
  SqliteMailRequestStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
  core::Task<core::Result<void>> request(flows::NewFlow flow, std::optional<idempotency::NamedRequest> name) override;
  core::Task<core::Result<std::vector<accounts::DueRequest>>> due(flows::FlowKind kind, core::Timestamp now,
                                                                  int most) override;
  core::Task<core::Result<accounts::AnsweredRequests>> answer(flows::FlowKind kind,
                                                              std::vector<accounts::RequestAnswer> answers,
                                                              core::Timestamp now) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

class SqliteVerificationStore final : public verification::VerificationStore {
 public:
  SqliteVerificationStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
  core::Task<core::Result<std::optional<verification::FoundFlow>>> find(flows::FlowId id) override;
  core::Task<core::Result<void>> ask_again(verification::AskedAgain asked) override;
  core::Task<core::Result<void>> ask_change(verification::AskedChange asked) override;
  core::Task<core::Result<void>> check(flows::FlowKind kind, flows::ProofDigests proof, core::Timestamp now) override;
  core::Task<core::Result<verification::Confirmed>> confirm(verification::Confirmation confirmation) override;
  core::Task<core::Result<verification::Disowned>> disown(verification::Disowning disowning) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

class SqliteSetupStore final : public accounts::SetupStore {
 public:
  SqliteSetupStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
  core::Task<core::Result<void>> replace_token(accounts::NewSetupToken token) override;
  core::Task<core::Result<void>> check_open() override;
  core::Task<core::Result<void>> check_token(core::Digest digest, core::Timestamp now) override;
  core::Task<core::Result<void>> create_first_administrator(accounts::FirstAdministrator first) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

class SqliteRecoveryStore final : public recovery::RecoveryStore {
 public:
  explicit SqliteRecoveryStore(Writer& writer) : writer_(writer) {}
  core::Task<core::Result<std::optional<recovery::Recoverable>>> check(flows::ProofDigests proof,
                                                                       core::Timestamp now) override;
  core::Task<core::Result<core::AccountId>> recover(recovery::Recovery recovery) override;

 private:
  Writer& writer_;
};

class SqliteSessionStore final : public sessions::SessionStore {
 public:
  SqliteSessionStore(Writer& writer, Readers& readers, sessions::Lifetimes lifetimes, throttle::AttemptRules rules)
      : writer_(writer), readers_(readers), lifetimes_(lifetimes), rules_(rules) {}
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
  Writer& writer_;
  Readers& readers_;
  const sessions::Lifetimes lifetimes_;
  const throttle::AttemptRules rules_;
};

class SqliteAttemptStore final : public throttle::AttemptStore {
 public:
  SqliteAttemptStore(Writer& writer, throttle::AttemptRules rules) : writer_(writer), rules_(rules) {}
  core::Task<core::Result<throttle::Reservation>> reserve(throttle::Attempt attempt, core::Timestamp now) override;
  core::Task<core::Result<void>> settle(throttle::Attempt attempt, throttle::Verdict verdict,
                                        core::Timestamp now) override;
  core::Task<core::Result<std::int64_t>> remove_reservations(core::Timestamp now, int most) override;
  core::Task<core::Result<std::int64_t>> remove_counters(core::Timestamp now, int most) override;

 private:
  Writer& writer_;
  const throttle::AttemptRules rules_;
};

class SqliteOutbox final : public mail::Outbox {
 public:
  SqliteOutbox(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
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
  Writer& writer_;
  Readers& readers_;
};

class SqliteFlowUpkeep final : public flows::FlowUpkeep {
 public:
  explicit SqliteFlowUpkeep(Writer& writer) : writer_(writer) {}
  core::Task<core::Result<std::int64_t>> remove_old(core::Timestamp now, int most) override;

 private:
  Writer& writer_;
};

class SqliteIdempotencyStore final : public idempotency::IdempotencyStore {
 public:
  SqliteIdempotencyStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
  core::Task<core::Result<std::optional<idempotency::DoneRequest>>> find(core::Digest key,
                                                                         core::Timestamp now) override;
  core::Task<core::Result<std::int64_t>> remove_old(core::Timestamp now, int most) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

class SqliteAuditLog final : public audit::AuditLog {
 public:
  SqliteAuditLog(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
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
  Writer& writer_;
  Readers& readers_;
};

class SqliteAvatarStore final : public avatars::AvatarStore {
 public:
  SqliteAvatarStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
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
  Writer& writer_;
  Readers& readers_;
};

class SqliteOwnDataStore final : public accounts::OwnDataStore {
 public:
  explicit SqliteOwnDataStore(Readers& readers) : readers_(readers) {}
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
  Readers& readers_;
};

class SqliteSigningKeyStore final : public keys::SigningKeyStore {
 public:
  SqliteSigningKeyStore(Writer& writer, Readers& readers) : writer_(writer), readers_(readers) {}
  core::Task<core::Result<std::vector<keys::StoredKey>>> keys_of(crypto::SigningPurpose purpose) override;
  core::Task<core::Result<void>> rotate(keys::Rotation rotation) override;
  core::Task<core::Result<std::int64_t>> import_keys(keys::KeyImport import) override;
  core::Task<core::Result<void>> reseal(keys::Resealing resealing) override;
  core::Task<core::Result<std::int64_t>> remove_ended(crypto::SigningPurpose purpose, core::Timestamp now) override;
  core::Task<core::Result<void>> note_export(core::Timestamp now, audit::Origin origin) override;

 private:
  Writer& writer_;
  Readers& readers_;
};

}  // namespace sallyport::sqlite
