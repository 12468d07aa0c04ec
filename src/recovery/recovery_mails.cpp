#include "recovery/recovery_mails.h"

namespace sallyport::recovery {

std::optional<accounts::RequestMail> RecoveryMails::mail_of(const accounts::DueRequest& request,
                                                            const accounts::Account& account,
                                                            core::Timestamp now) const {
  auto address = accounts::Email::parse(account.email);
  if (!address) return std::nullopt;
  // Whoever registered the address without proving it chose the name; its owner is not greeted by it.
  auto name = account.is_email_verified ? account.display_name : std::nullopt;
  const accounts::FlowPurpose purpose{
      .kind = flows::FlowKind::recovery, .mail = mail::MailKind::recovery, .page = page_path, .valid_for = valid_for_};
  return accounts::RequestMail{.account = account.id,
                               .credential_version = account.credential_version,
                               .ends_with_credentials = true,
                               .proof = flows_.prove(purpose, request.id,
                                                     {.account = account.id,
                                                      .locale = account.locale,
                                                      .address = std::move(*address),
                                                      .letter = {.name = std::move(name), .at = request.created_at}},
                                                     now),
                               .expires_at = now + valid_for_};
}

}  // namespace sallyport::recovery
