#include "accounts/register_account.h"

#include "accounts/taken_address.h"

namespace sallyport::accounts {
namespace {

template <class Value>
std::optional<std::string> text_of(const std::optional<Value>& value) {
  return value ? std::optional(std::string(value->str())) : std::nullopt;
}

Account account_of(const NewAccount& fresh) {
  return {.id = fresh.id,
          .email = std::string(fresh.email.str()),
          .display_name = text_of(fresh.display_name),
          .locale = text_of(fresh.locale),
          .time_zone = text_of(fresh.time_zone),
          .role = fresh.role,
          .status = fresh.status,
          .created_at = fresh.created_at,
          .updated_at = fresh.created_at};
}

}  // namespace

core::Task<core::Result<Registered>> RegisterAccountHandler::operator()(RegisterAccount command) {
  using Outcome = core::Result<Registered>;
  auto open = rules_.check_open();
  if (!open) co_return Outcome(core::fail(std::move(open)));
  auto verifier =
      co_await hasher_.make_verifier(std::move(command.password).take(),
                                     {.network = command.client.network, .urgency = crypto::HashUrgency::registration});
  if (!verifier) co_return Outcome(core::fail(std::move(verifier)));

  const auto now = clock_.now();
  const auto id = core::AccountId::fresh(now, mint_.random());
  const bool is_signed_in = rules_.verification != VerificationMode::required;
  NewAccount fresh{.id = id,
                   .email = std::move(command.email),
                   .display_name = std::move(command.display_name),
                   .locale = std::move(command.locale),
                   .time_zone = std::move(command.time_zone),
                   .status = is_signed_in ? AccountStatus::active : AccountStatus::pending,
                   .verifier = verifier->str(),
                   .created_at = now,
                   .session = std::nullopt,
                   .request = command.request,
                   .origin = std::move(command.client.origin)};
  auto account = account_of(fresh);
  std::optional<sessions::FreshSession> session;
  if (is_signed_in) {
    session = mint_.fresh_session(id, std::move(command.device), fresh.origin.ip, now);
    fresh.session = session->session;
  }
  Registered answer{.signed_in = std::nullopt, .flow = add_mail(fresh, account)};
  if (!is_signed_in) {
    auto added = co_await add_notice_if_taken(fresh);
    if (!added) co_return Outcome(core::fail(std::move(added)));
  }
  auto created = co_await accounts_.create_account(std::move(fresh));
  if (!created) co_return Outcome(core::fail(std::move(created)));
  if (session) answer.signed_in = mint_.signed_in(std::move(*session), std::move(account));
  co_return answer;
}

std::optional<StartedFlow> RegisterAccountHandler::add_mail(NewAccount& fresh, const Account& account) const {
  if (rules_.verification != VerificationMode::required && !mails_.is_welcoming) return std::nullopt;
  if (rules_.verification == VerificationMode::off) {
    fresh.mail = mails_.desk.compose(mail::MailKind::welcome, account.id, account.locale,
                                     {.to = account.email, .name = account.display_name}, account.created_at);
    return std::nullopt;
  }
  auto begun = mails_.flows.begin({.kind = flows::FlowKind::verification,
                                   .mail = mail::MailKind::welcome,
                                   .page = verification_page,
                                   .valid_for = mails_.valid_for},
                                  {.account = account.id,
                                   .locale = account.locale,
                                   .address = fresh.email,
                                   .credential_version = account.credential_version,
                                   .letter = {.name = account.display_name}},
                                  account.created_at);
  fresh.mail = std::move(begun.mail);
  fresh.flow = std::move(begun.flow);
  return std::move(begun.started);
}

core::Task<core::Result<void>> RegisterAccountHandler::add_notice_if_taken(NewAccount& fresh) {
  auto owner = co_await directory_.find(fresh.email.key());
  if (!owner && owner.error().fault != core::Fault::not_found) co_return core::fail(std::move(owner));
  fresh.if_taken = taken_address(*fresh.flow, owner ? std::optional(owner->id) : std::nullopt,
                                 owner ? &*owner : nullptr, mails_.desk);
  co_return core::Result<void>{};
}

}  // namespace sallyport::accounts
