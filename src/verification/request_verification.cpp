#include "verification/request_verification.h"

namespace sallyport::verification {

core::Task<core::Result<accounts::StartedFlow>> RequestVerificationHandler::operator()(accounts::Email email) {
  const auto now = clock_.now();
  const auto handle = flows::FlowHandle::fresh(flows::FlowId::fresh(now, random_), random_);
  auto written = co_await requests_.request({.id = handle.id(),
                                             .kind = flows::FlowKind::verification,
                                             .address = {{std::string(email.str()), std::string(email.key().str())}},
                                             .handle_digest = handle.digest(),
                                             .created_at = now,
                                             .expires_at = now + valid_for_,
                                             .due_at = now},
                                            std::nullopt);
  if (!written) co_return core::Result<accounts::StartedFlow>(core::fail(std::move(written)));
  bell_.ring();
  co_return accounts::StartedFlow{.handle = handle.text(), .expires_in = valid_for_};
}

std::optional<accounts::RequestMail> VerificationMails::mail_of(const accounts::DueRequest& request,
                                                                const accounts::Account& account,
                                                                core::Timestamp now) const {
  // Who was invited and has no password yet comes in by the invitation.
  if (account.is_email_verified || !account.has_password) return std::nullopt;
  auto address = accounts::Email::parse(account.email);
  if (!address) return std::nullopt;
  // Not greeted: whoever registered the address without proving it chose the name.
  return accounts::RequestMail{
      .account = account.id,
      .credential_version = account.credential_version,
      .proof = flows_.prove(asked_verification(valid_for_), request.id,
                            {.account = account.id, .locale = account.locale, .address = std::move(*address)}, now),
      .expires_at = now + valid_for_};
}

}  // namespace sallyport::verification
