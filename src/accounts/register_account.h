#pragma once

#include "accounts/account_directory.h"
#include "accounts/account_store.h"
#include "accounts/flow_desk.h"
#include "accounts/password.h"
#include "accounts/registration_rules.h"
#include "crypto/password_hasher.h"
#include "mail/mail_desk.h"
#include "sessions/client.h"
#include "sessions/tokens.h"

namespace sallyport::accounts {

struct RegisterAccount {
  Email email;
  Password password;
  std::optional<DisplayName> display_name;
  std::optional<Locale> locale;
  std::optional<TimeZone> time_zone;
  sessions::Device device;
  sessions::Client client;
  std::optional<idempotency::NamedRequest> request{};  ///< if it has a name: `RegisterOnceHandler`
};

/// What whoever registered is told.
struct Registered {
  std::optional<sessions::SignedIn> signed_in;  ///< nothing where the address must be proven first
  std::optional<StartedFlow> flow;              ///< of the mail that proves the address, if there is one
};

/// The mails of registrations.
struct RegistrationMails {
  const mail::MailDesk& desk;
  const FlowDesk& flows;
  std::chrono::seconds valid_for;  ///< the proof of the address
  bool is_welcoming;               ///< whether people are greeted who need not prove their address
};

/// Creates an account, and its first session unless the address must be proven first. Fails with `forbidden` /
/// "registration_closed" or "invitation_required" before anything is done; `conflict` / "identifier_taken", after the
/// same hash as a success costs, or "idempotency_key_used"; and as the hasher and the store fail.
///
/// Where the address must be proven, a taken one gets the same answer after the same work: the same hash, look-up and
/// write, which mails the owner instead. Its flow proves nothing.
class RegisterAccountHandler {
 public:
  RegisterAccountHandler(AccountStore& accounts, AccountDirectory& directory, crypto::PasswordHasher& hasher,
                         const sessions::TokenMint& mint, const core::Clock& clock, const RegistrationRules& rules,
                         RegistrationMails mails)
      : accounts_(accounts),
        directory_(directory),
        hasher_(hasher),
        mint_(mint),
        clock_(clock),
        rules_(rules),
        mails_(mails) {}
  core::Task<core::Result<Registered>> operator()(RegisterAccount command);

 private:
  std::optional<StartedFlow> add_mail(NewAccount& fresh, const Account& account) const;
  core::Task<core::Result<void>> add_notice_if_taken(NewAccount& fresh);

  AccountStore& accounts_;
  AccountDirectory& directory_;
  crypto::PasswordHasher& hasher_;
  const sessions::TokenMint& mint_;
  const core::Clock& clock_;
  const RegistrationRules& rules_;
  const RegistrationMails mails_;
};

}  // namespace sallyport::accounts
