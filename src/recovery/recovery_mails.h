#pragma once

#include "accounts/answer_mail_requests.h"

namespace sallyport::recovery {

/// Where the link of the mail leads.
inline constexpr std::string_view page_path = "/reset-password";

/// What whoever asked for a new password gets: a link and a code, for the password that the account has by then.
class RecoveryMails final : public accounts::RequestMails {
 public:
  RecoveryMails(const accounts::FlowDesk& flows, std::chrono::seconds valid_for)
      : flows_(flows), valid_for_(valid_for) {}
  flows::FlowKind kind() const override { return flows::FlowKind::recovery; }
  std::optional<accounts::RequestMail> mail_of(const accounts::DueRequest& request, const accounts::Account& account,
                                               core::Timestamp now) const override;

 private:
  const accounts::FlowDesk& flows_;
  const std::chrono::seconds valid_for_;
};

}  // namespace sallyport::recovery
