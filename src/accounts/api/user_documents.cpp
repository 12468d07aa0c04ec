#include "accounts/api/user_documents.h"

#include "transport/rest/json_body.h"

namespace sallyport::accounts::api {

using core::Result;
using transport::rest::parse_change;
using transport::rest::parse_field;
using transport::rest::parse_optional;
using Wrong = std::vector<core::FieldError>;

namespace {

std::optional<Role> parse_role_field(const std::string& text, Wrong& wrong) {
  const auto role = parse_role(text);
  if (!role) wrong.push_back({"role", "unknown_value"});
  return role;
}

/// The text of a member that cannot be cleared.
const std::string* given(std::string_view field, const std::optional<std::optional<std::string>>& member,
                         Wrong& wrong) {
  if (!member) return nullptr;
  if (*member) return &**member;
  wrong.push_back({field, "missing"});
  return nullptr;
}

}  // namespace

Result<CreateUser> to_command(CreateUserRequest request, const PasswordPolicy& policy, Mandate mandate,
                              std::uint64_t network, Wrong wrong) {
  auto email = parse_field<Email>("email", request.email, wrong);
  auto display_name = parse_optional<DisplayName>("display_name", request.display_name, wrong);
  auto locale = parse_optional<Locale>("locale", request.locale, wrong);
  auto time_zone = parse_optional<TimeZone>("timezone", request.timezone, wrong);
  auto phone = parse_optional<Phone>("phone", request.phone, wrong);
  const auto role = request.role ? parse_role_field(*request.role, wrong) : Role::user;
  std::optional<Password> password;
  if (request.password) password = parse_field<Password>("password", request.password->reveal(), wrong);
  if (password)
    std::ranges::move(policy.violations(*password, email ? &*email : nullptr, "password"), std::back_inserter(wrong));
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  return CreateUser{.email = std::move(*email),
                    .display_name = std::move(display_name),
                    .locale = std::move(locale),
                    .time_zone = std::move(time_zone),
                    .phone = std::move(phone),
                    .role = *role,
                    .password = std::move(password),
                    .mandate = std::move(mandate),
                    .network = network};
}

Result<UserChange> to_command(ChangeUserRequest request, core::AccountId account, Mandate mandate, Wrong wrong) {
  UserChange change{.account = account,
                    .display_name = parse_change<DisplayName>("display_name", request.display_name, wrong),
                    .locale = parse_change<Locale>("locale", request.locale, wrong),
                    .time_zone = parse_change<TimeZone>("timezone", request.timezone, wrong),
                    .phone = parse_change<Phone>("phone", request.phone, wrong),
                    .mandate = std::move(mandate)};
  if (const auto* email = given("email", request.email, wrong))
    change.email = parse_field<Email>("email", *email, wrong);
  if (const auto* role = given("role", request.role, wrong)) change.role = parse_role_field(*role, wrong);
  if (const auto* text = given("status", request.status, wrong)) {
    change.status = parse_account_status(*text);
    if (change.status != AccountStatus::active && change.status != AccountStatus::suspended)
      wrong.push_back({"status", "unknown_value"});
  }
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  return change;
}

}  // namespace sallyport::accounts::api
