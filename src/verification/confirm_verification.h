#pragma once

#include "accounts/password.h"
#include "mail/mail_desk.h"
#include "sessions/client.h"
#include "sessions/own_password.h"
#include "sessions/session_cache.h"
#include "sessions/tokens.h"
#include "verification/verification_store.h"

namespace sallyport::verification {

/// What a request tells of the browser it comes from.
struct Browser {
  std::optional<flows::FlowHandle> handle;  ///< it was given, for this flow or another
  std::optional<core::AccountId> account;   ///< it is signed in with
};

struct ConfirmVerification {
  flows::Proof proof;
  Browser browser;
  std::optional<accounts::Password> password;
  sessions::Device device;
  sessions::Client client;
};

struct AddressConfirmed {
  accounts::Account account;
  std::optional<sessions::SignedIn> signed_in;  ///< where nobody could sign in before
};

/// What a link is about, before anything is done with it.
struct LinkInQuestion {
  std::string address;      ///< that it proves
  bool is_of_change;        ///< of the address of an account that has another one
  bool is_password_needed;  ///< since the browser is neither the one that asked nor signed in
};

/// Proves addresses, of new accounts and of changed ones.
///
/// A link says that somebody reads the mailbox, not that they made the account: unless the browser is the one that
/// began the flow with the account's credentials, or is signed in, the password is needed too, and so it is for a code
/// whose flow a stranger asked for. Else somebody could register another's address, have them follow the link, and keep
/// an account that looks like theirs. All fail with `invalid` / "flow_invalid" for a proof that is wrong, used,
/// expired, or of an account that was suspended or deleted; and as the ports fail.
class ConfirmVerificationHandler {
 public:
  ConfirmVerificationHandler(VerificationStore& store, sessions::OwnPassword& passwords, sessions::SessionCache& cache,
                             const sessions::TokenMint& mint, const mail::MailDesk& desk, const core::Clock& clock)
      : store_(store), passwords_(passwords), cache_(cache), mint_(mint), desk_(desk), clock_(clock) {}

  /// Uses the proof up. Also fails with `forbidden` / "password_needed" or "wrong_password"; `throttled` / "locked";
  /// `conflict` / "identifier_taken" where another account has got the new address meanwhile.
  core::Task<core::Result<AddressConfirmed>> operator()(ConfirmVerification command);
  /// Uses up nothing.
  core::Task<core::Result<LinkInQuestion>> look(flows::LinkToken link, Browser browser);
  /// "This was not me": deletes an account that never proved the address, or cancels the change. `conflict` /
  /// "last_administrator".
  core::Task<core::Result<Disowned>> disown(flows::LinkToken link, sessions::Client client);

 private:
  core::Task<core::Result<FoundFlow>> find(flows::FlowId id);
  core::Task<core::Result<FoundFlow>> find_proven(flows::ProofDigests proof);

  VerificationStore& store_;
  sessions::OwnPassword& passwords_;
  sessions::SessionCache& cache_;
  const sessions::TokenMint& mint_;
  const mail::MailDesk& desk_;
  const core::Clock& clock_;
};

}  // namespace sallyport::verification
