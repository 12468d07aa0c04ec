#pragma once

#include "accounts/account_directory.h"
#include "accounts/flow_desk.h"
#include "accounts/password.h"
#include "sessions/own_password.h"
#include "verification/verification_store.h"

namespace sallyport::verification {

struct ChangeAddress {
  sessions::SharedView view;  ///< of whoever asks
  accounts::Email email;
  accounts::Password password;
  sessions::Client client;
};

/// Begins a change of one's own address: nothing changes before somebody who reads the new mailbox confirms it. Where
/// the address is another account's the answer and the work are the same, and its owner hears of it instead.
///
/// Fails as `OwnPassword::prove` does; `throttled` / "throttled" after too many of these; `unauthenticated` /
/// "session_expired" if the session ended or the password was changed meanwhile; and as the ports fail.
class ChangeAddressHandler {
 public:
  ChangeAddressHandler(sessions::OwnPassword& own_password, accounts::AccountDirectory& directory,
                       VerificationStore& store, const accounts::FlowDesk& flows, const mail::MailDesk& desk,
                       const core::Clock& clock, std::chrono::seconds valid_for)
      : own_password_(own_password),
        directory_(directory),
        store_(store),
        flows_(flows),
        desk_(desk),
        clock_(clock),
        valid_for_(valid_for) {}
  core::Task<core::Result<accounts::StartedFlow>> operator()(ChangeAddress command);

 private:
  sessions::OwnPassword& own_password_;
  accounts::AccountDirectory& directory_;
  VerificationStore& store_;
  const accounts::FlowDesk& flows_;
  const mail::MailDesk& desk_;
  const core::Clock& clock_;
  const std::chrono::seconds valid_for_;
};

}  // namespace sallyport::verification
