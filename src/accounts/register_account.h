#pragma once

#include "accounts/account_store.h"
#include "accounts/password.h"
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

/// Creates an account and its first session. Fails with `conflict` / "identifier_taken", after the same hash as a
/// success costs, or "idempotency_key_used", and as the hasher and the store fail.
class RegisterAccountHandler {
 public:
  /// `welcome` makes the mail that greets people; without it they get none.
  RegisterAccountHandler(AccountStore& accounts, crypto::PasswordHasher& hasher, const sessions::TokenMint& mint,
                         const core::Clock& clock, const mail::MailDesk* welcome = nullptr)
      : accounts_(accounts), hasher_(hasher), mint_(mint), clock_(clock), welcome_(welcome) {}
  core::Task<core::Result<sessions::SignedIn>> operator()(RegisterAccount command);

 private:
  AccountStore& accounts_;
  crypto::PasswordHasher& hasher_;
  const sessions::TokenMint& mint_;
  const core::Clock& clock_;
  const mail::MailDesk* const welcome_;
};

}  // namespace sallyport::accounts
