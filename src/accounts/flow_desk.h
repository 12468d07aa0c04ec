#pragma once

#include <chrono>

#include "accounts/email.h"
#include "crypto/keyring.h"
#include "flows/flow_token.h"
#include "flows/link_base.h"
#include "mail/mail_desk.h"

namespace sallyport::accounts {

/// The page that proves an address, of registrations and of changed addresses alike.
inline constexpr std::string_view verification_page = "/verify-email";

/// What whoever starts a flow is given.
struct StartedFlow {
  core::Secret handle;
  std::chrono::seconds expires_in;
};

/// A mail whose link and code prove a mailbox, and what the store keeps of them.
struct ProofMail {
  core::Digest link_digest;
  core::Digest code_mac;
  mail::NewMail mail;
};

/// A flow that begins with its mail.
struct MailedFlow {
  flows::NewFlow flow;
  mail::NewMail mail;
  StartedFlow started;
};

/// What a flow and its mail are for.
struct FlowPurpose {
  flows::FlowKind kind;
  mail::MailKind mail;
  std::string_view page;  ///< path of the page that the link leads to
  std::chrono::seconds valid_for;
};

/// To whom, and what the mail says besides its link, its code and how long they are good.
struct FlowMail {
  core::AccountId account;
  std::optional<std::string> locale;
  Email address;  ///< that is to be proven
  /// Of the account, where whoever begins the flow has just shown that they have its credentials; then the flow's
  /// handle says so, too. Nothing where a stranger asks.
  std::optional<std::int64_t> credential_version{};
  mail::Letter letter{};  ///< to that address
};

/// Makes flows together with the mails that prove them. Safe to use from every thread.
class FlowDesk {
 public:
  FlowDesk(const mail::MailDesk& desk, const flows::LinkBase& links, const crypto::Keyring& keyring,
           core::Random& random)
      : desk_(desk), links_(links), keyring_(keyring), random_(random) {}

  /// For the caller to write in one transaction.
  MailedFlow begin(const FlowPurpose& purpose, FlowMail to, core::Timestamp now) const;
  /// The mail of a flow that there is already.
  ProofMail prove(const FlowPurpose& purpose, flows::FlowId id, FlowMail to, core::Timestamp now) const;

 private:
  const mail::MailDesk& desk_;
  const flows::LinkBase& links_;
  const crypto::Keyring& keyring_;
  core::Random& random_;
};

}  // namespace sallyport::accounts
