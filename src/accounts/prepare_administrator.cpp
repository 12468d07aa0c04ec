#include "accounts/prepare_administrator.h"

#include <algorithm>
#include <iterator>

namespace sallyport::accounts {

core::Task<core::Result<NewAdministrator>> PrepareAdministrator::operator()(CreateAdministrator command,
                                                                            std::uint64_t network) {
  using Outcome = core::Result<NewAdministrator>;
  core::Error wrong{
      .fault = core::Fault::invalid, .code = "invalid_fields", .log_detail = "the administrator cannot be made"};
  auto email = Email::parse(command.email);
  if (!email) wrong.fields.push_back({"email", email.error().code});
  auto password = Password::parse(command.password.reveal());
  if (!password) wrong.fields.push_back({"password", password.error().code});
  else
    std::ranges::copy(policy_.violations(*password, email ? &*email : nullptr, "password"),
                      std::back_inserter(wrong.fields));
  std::optional<DisplayName> display_name;
  if (command.display_name) {
    auto parsed = DisplayName::parse(*command.display_name);
    if (parsed) display_name = std::move(*parsed);
    else wrong.fields.push_back({"display_name", parsed.error().code});
  }
  if (!wrong.fields.empty()) co_return Outcome(std::unexpected(std::move(wrong)));

  auto verifier = co_await hasher_.make_verifier(std::move(*password).take(),
                                                 {.network = network, .urgency = crypto::HashUrgency::registration});
  if (!verifier) co_return Outcome(core::fail(std::move(verifier)));
  const auto now = clock_.now();
  co_return NewAdministrator{.id = core::AccountId::fresh(now, random_),
                             .email = std::move(*email),
                             .display_name = std::move(display_name),
                             .verifier = verifier->str(),
                             .created_at = now,
                             .origin = std::move(command.origin)};
}

}  // namespace sallyport::accounts
