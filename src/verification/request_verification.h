#pragma once

#include "accounts/answer_mail_requests.h"
#include "verification/ask_verification.h"

namespace sallyport::verification {

/// Writes down that somebody who is not signed in asks for another link and code. Fails as the store does.
class RequestVerificationHandler {
 public:
  RequestVerificationHandler(accounts::MailRequestStore& requests, core::Bell& bell, const core::Clock& clock,
                             core::Random& random, std::chrono::seconds valid_for)
      : requests_(requests), bell_(bell), clock_(clock), random_(random), valid_for_(valid_for) {}
  core::Task<core::Result<accounts::StartedFlow>> operator()(accounts::Email email);

 private:
  accounts::MailRequestStore& requests_;
  core::Bell& bell_;
  const core::Clock& clock_;
  core::Random& random_;
  const std::chrono::seconds valid_for_;
};

/// What they get: nothing where the address is proven already.
class VerificationMails final : public accounts::RequestMails {
 public:
  VerificationMails(const accounts::FlowDesk& flows, std::chrono::seconds valid_for)
      : flows_(flows), valid_for_(valid_for) {}
  flows::FlowKind kind() const override { return flows::FlowKind::verification; }
  std::optional<accounts::RequestMail> mail_of(const accounts::DueRequest& request, const accounts::Account& account,
                                               core::Timestamp now) const override;

 private:
  const accounts::FlowDesk& flows_;
  const std::chrono::seconds valid_for_;
};

}  // namespace sallyport::verification
