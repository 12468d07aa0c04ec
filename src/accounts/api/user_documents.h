#pragma once

#include "accounts/create_user.h"
#include "accounts/password_policy.h"
#include "transport/rest/json_schema.h"

namespace sallyport::accounts::api {

/// What administrators write of accounts, over REST and, made of its arguments, by the command line.

struct CreateUserRequest {
  std::string email;
  std::optional<std::string> display_name;
  std::optional<std::string> role;
  std::optional<std::string> locale;
  std::optional<std::string> timezone;
  std::optional<core::Secret> password;
};
BOOST_DESCRIBE_STRUCT(CreateUserRequest, (), (email, display_name, role, locale, timezone, password))

/// A JSON merge patch (RFC 7396): null clears what can be cleared, absence leaves alone.
struct ChangeUserRequest {
  std::optional<std::optional<std::string>> display_name;
  std::optional<std::optional<std::string>> locale;
  std::optional<std::optional<std::string>> timezone;
  std::optional<std::optional<std::string>> email;
  std::optional<std::optional<std::string>> role;
  std::optional<std::optional<std::string>> status;
};
BOOST_DESCRIBE_STRUCT(ChangeUserRequest, (), (display_name, locale, timezone, email, role, status))

struct SetPasswordRequest {
  core::Secret password{""};
};
BOOST_DESCRIBE_STRUCT(SetPasswordRequest, (), (password))

/// The command of a document, of which `wrong` names the wrong fields already. Fails with `invalid` / "invalid_fields"
/// and all of them.
core::Result<CreateUser> to_command(CreateUserRequest request, const PasswordPolicy& policy, Mandate mandate,
                                    std::uint64_t network, std::vector<core::FieldError> wrong);
core::Result<UserChange> to_command(ChangeUserRequest request, core::AccountId account, Mandate mandate,
                                    std::vector<core::FieldError> wrong);

}  // namespace sallyport::accounts::api
