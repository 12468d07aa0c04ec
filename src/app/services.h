#pragma once

#include <atomic>
#include <functional>
#include <memory>

#include "accounts/accept_invitation.h"
#include "accounts/administer_users.h"
#include "accounts/change_password.h"
#include "accounts/complete_setup.h"
#include "accounts/create_user.h"
#include "accounts/delete_account.h"
#include "accounts/erase_deleted.h"
#include "accounts/find_users.h"
#include "accounts/invite_user.h"
#include "accounts/make_setup_token.h"
#include "accounts/password_policy.h"
#include "accounts/register_account.h"
#include "accounts/register_once.h"
#include "accounts/set_user_password.h"
#include "accounts/update_profile.h"
#include "adapters/maxmind/country_file.h"
#include "adapters/smtp/smtp_mailer.h"
#include "adapters/sqlite/stores.h"
#include "adapters/system/data_directory.h"
#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "app/cleaner.h"
#include "app/config.h"
#include "audit/upkeep.h"
#include "avatars/leftover_care.h"
#include "avatars/picture_slots.h"
#include "avatars/upload_avatar.h"
#include "crypto/argon2_sodium.h"
#include "crypto/hash_pool.h"
#include "crypto/key_set.h"
#include "flows/link_base.h"
#include "idempotency/request_namer.h"
#include "keys/key_care.h"
#include "mail/outbox_upkeep.h"
#include "mail/sender.h"
#include "recovery/confirm_recovery.h"
#include "recovery/recovery_mails.h"
#include "recovery/request_recovery.h"
#include "sessions/activity.h"
#include "sessions/authenticate.h"
#include "sessions/reauthenticate.h"
#include "sessions/refresh.h"
#include "sessions/revoke_sessions.h"
#include "sessions/sign_in.h"
#include "sessions/sign_out.h"
#include "transport/router.h"
#include "verification/ask_verification.h"
#include "verification/change_address.h"
#include "verification/confirm_verification.h"
#include "verification/request_verification.h"

namespace sallyport::app {

inline constexpr std::string_view database_name = "sallyport.db";

/// The data folder with its lock, what was read from it, and a sentence for the operator where that failed.
struct OpenedData {
  system_adapter::DataDirectory folder;
  sqlite::Connection database;
  crypto::MasterKey master;
  crypto::Keyring keyring;
  crypto::KeySet signing_keys;
  std::vector<crypto::SigningKey> audit_keys;
  mail::Templates templates;
};
/// Takes the lock of the data folder, migrates the database and loads the keys; makes what is not there. Fails with a
/// sentence that says what to do in `log_detail`; "data_in_use" while another process has the folder.
core::Result<OpenedData> open_data(const Config& config);

/// Stores, keys, hasher and handlers over one data folder, without anything that listens. The server and the command
/// line's offline mode are built on it. Members stand in the order they depend on each other.
struct Services {
  /// `on_store_failure` is called from the writer's thread (sqlite::Writer).
  Services(const Config& config, OpenedData data, std::function<void(const std::string&)> on_store_failure);
  /// Ends the threads. The loops of all tasks outlive it.
  void stop();
  /// A key for `rotate_keys`.
  core::Task<core::Result<crypto::SigningKey>> make_key(crypto::KeyUse use);
  std::string database_file() const { return (data.path() / database_name).string(); }

  const Config config;
  system_adapter::SystemClock clock;
  system_adapter::SystemRandom random;
  const transport::Router* router = nullptr;  ///< of a server that runs
  std::atomic<bool> is_ending = false;        ///< long work of operators looks at it
  system_adapter::DataDirectory data;
  crypto::Keyring keyring;
  audit::CheckpointKeys audit_keys;
  core::Bell bell;
  core::Bell recovery_bell;      ///< rings with each request for a mail of recovery
  core::Bell verification_bell;  ///< rings with each request for a mail of verification
  sqlite::Writer writer;
  sqlite::Readers readers;
  sqlite::Readers operators_reader;  ///< so that a long look of an operator's delays no request
  sqlite::SqliteAccountStore accounts;
  sqlite::SqliteAccountDirectory directory;      ///< for operators
  sqlite::SqliteAccountDirectory own_directory;  ///< for people looking at what is theirs
  sqlite::SqliteAdministrationStore administration;
  sqlite::SqliteInvitationStore invitations;
  sqlite::SqliteVerificationStore verifications;
  sqlite::SqliteMailRequestStore mail_requests;
  sqlite::SqliteSetupStore setup;
  sqlite::SqliteSessionStore sessions;
  sqlite::SqliteAttemptStore attempts;
  sqlite::SqliteOutbox outbox;
  sqlite::SqliteRecoveryStore recoveries;
  sqlite::SqliteIdempotencyStore done_requests;
  sqlite::SqliteFlowUpkeep flow_upkeep;
  sqlite::SqliteAuditLog audit_log;
  audit::Upkeep audit_upkeep;
  sqlite::SqliteAvatarStore avatars;
  sqlite::SqliteOwnDataStore own_data;
  std::unique_ptr<avatars::PictureStore> pictures;
  sqlite::SqliteSigningKeyStore signing_keys;
  crypto::Argon2Sodium argon2;
  crypto::PasswordRecipe recipe;
  crypto::HashPool hash_pool;
  accounts::PasswordPolicy policy;
  sessions::AccessTokens access_tokens;
  keys::LiveKeys live_keys;
  keys::RotateKeysHandler rotate_keys;
  keys::KeyCare key_care;
  maxmind::CountryFile countries;  ///< empty until somebody opens it
  sessions::TokenMint mint;
  idempotency::RequestNamer name_request;
  sessions::SessionCache cache;
  sessions::ActivityRecorder activity;
  sessions::Authenticator authenticate;
  mail::MailDesk mail_desk;
  sessions::SignInHandler sign_in;
  sessions::RefreshHandler refresh;
  sessions::SignOutHandler sign_out;
  sessions::RevokeSessionsHandler revoke_sessions;
  mail::Templates templates;
  flows::LinkBase links;
  mail::OutboxUpkeep outbox_upkeep;
  Cleaner cleaner;  ///< its chores: `add_cleaning`
  smtp::SmtpMailer mailer;
  std::optional<mail::Sender> sender;  ///< none without a mail server
  accounts::FlowDesk flow_desk;
  accounts::RegisterAccountHandler register_account;
  accounts::RegisterOnceHandler register_once;
  accounts::UpdateProfileHandler update_profile;
  sessions::OwnPassword own_password;
  sessions::ReauthenticateHandler reauthenticate;
  accounts::ChangePasswordHandler change_password;
  recovery::RequestRecoveryHandler request_recovery;
  recovery::RecoveryMails recovery_mails;
  accounts::AnswerMailRequests answer_recovery_requests;
  recovery::ConfirmRecoveryHandler confirm_recovery;
  accounts::FindUsersHandler find_users;
  accounts::InvitationDesk invitation_desk;
  accounts::CreateUserHandler create_user;
  accounts::InviteUserHandler invite_user;
  accounts::AcceptInvitationHandler accept_invitation;
  accounts::AdministerUsersHandler administer_users;
  accounts::SetUserPasswordHandler set_user_password;
  verification::AskVerificationHandler ask_verification;
  verification::RequestVerificationHandler request_verification;
  verification::VerificationMails verification_mails;
  accounts::AnswerMailRequests answer_verification_requests;
  verification::ConfirmVerificationHandler confirm_verification;
  verification::ChangeAddressHandler change_address;
  accounts::MakeSetupTokenHandler make_setup_token;
  accounts::CompleteSetupHandler complete_setup;
  accounts::DeleteAccountHandler delete_account;
  accounts::EraseDeleted erase_deleted;
  avatars::ChangeAvatarHandler change_avatar;
  avatars::UploadAvatarHandler upload_avatar;
  avatars::LeftoverCare leftover_care;
  avatars::PictureSlots picture_slots;

 private:
  std::unique_ptr<avatars::PictureStore> make_picture_store();
  std::optional<mail::Sender> make_sender();
};

}  // namespace sallyport::app
