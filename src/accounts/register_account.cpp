#include "accounts/register_account.h"

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

core::Task<core::Result<sessions::SignedIn>> RegisterAccountHandler::operator()(RegisterAccount command) {
  using Outcome = core::Result<sessions::SignedIn>;
  auto verifier =
      co_await hasher_.make_verifier(std::move(command.password).take(),
                                     {.network = command.client.network, .urgency = crypto::HashUrgency::registration});
  if (!verifier) co_return Outcome(core::fail(std::move(verifier)));

  const auto now = clock_.now();
  const auto id = core::AccountId::fresh(now, mint_.random());
  auto session = mint_.fresh_session(id, std::move(command.device), command.client.origin.ip, now);
  NewAccount fresh{.id = id,
                   .email = std::move(command.email),
                   .display_name = std::move(command.display_name),
                   .locale = std::move(command.locale),
                   .time_zone = std::move(command.time_zone),
                   .verifier = verifier->str(),
                   .created_at = now,
                   .session = session.session,
                   .request = command.request,
                   .origin = std::move(command.client.origin)};
  auto account = account_of(fresh);
  if (welcome_ != nullptr) {
    fresh.mail = welcome_->compose(mail::MailKind::welcome, id, account.locale,
                                   {.to = account.email, .name = account.display_name}, now);
  }
  auto created = co_await accounts_.create_account(std::move(fresh));
  if (!created) co_return Outcome(core::fail(std::move(created)));
  co_return mint_.signed_in(std::move(session), std::move(account));
}

}  // namespace sallyport::accounts
