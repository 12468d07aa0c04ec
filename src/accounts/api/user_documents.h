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
  std::optional<std::string> phone;
  std::optional<core::Secret> password;
  static constexpr transport::rest::JsonNote notes[] = {
      {"email", "", "email", "bob@example.org"},
      {"display_name", "What they are called.", "", "Bob Example"},
      {"role", "Without one, user.", "", "user", {"admin", "user", "guest"}},
      {"locale", "A language tag (BCP 47).", "", "en-GB"},
      {"timezone", "A name of the IANA database.", "", "Europe/London"},
      {"phone", "E.164; not verified.", "", "+41443640000"},
      {"password", "Without one, they are mailed a link where they choose it."}};
};
BOOST_DESCRIBE_STRUCT(CreateUserRequest, (), (email, display_name, role, locale, timezone, phone, password))

/// A JSON merge patch (RFC 7396): null clears what can be cleared, absence leaves alone.
struct ChangeUserRequest {
  std::optional<std::optional<std::string>> display_name;
  std::optional<std::optional<std::string>> locale;
  std::optional<std::optional<std::string>> timezone;
  std::optional<std::optional<std::string>> phone;
  std::optional<std::optional<std::string>> email;
  std::optional<std::optional<std::string>> role;
  std::optional<std::optional<std::string>> status;
  static constexpr transport::rest::JsonNote notes[] = {
      {"display_name", "What they are called.", "", "Bob Example"},
      {"locale", "A language tag (BCP 47).", "", "en-GB"},
      {"timezone", "A name of the IANA database.", "", "Europe/London"},
      {"phone", "E.164; another one is not verified.", "", "+41443640000"},
      {"email", "Not verified from then on. Cannot be cleared.", "email"},
      {"role", "Another role ends every session. Cannot be cleared.", "", "guest", {"admin", "user", "guest"}},
      {"status", "Suspended ends every session. Cannot be cleared.", "", "active", {"active", "suspended"}}};
};
BOOST_DESCRIBE_STRUCT(ChangeUserRequest, (), (display_name, locale, timezone, phone, email, role, status))

struct SetPasswordRequest {
  core::Secret password{""};
  static constexpr transport::rest::JsonNote notes[] = {{"password", "", "", "correct-Horse-7-battery"}};
};
BOOST_DESCRIBE_STRUCT(SetPasswordRequest, (), (password))

/// The command of a document, of which `wrong` names the wrong fields already. Fails with `invalid` / "invalid_fields"
/// and all of them.
core::Result<CreateUser> to_command(CreateUserRequest request, const PasswordPolicy& policy, Mandate mandate,
                                    std::uint64_t network, std::vector<core::FieldError> wrong);
core::Result<UserChange> to_command(ChangeUserRequest request, core::AccountId account, Mandate mandate,
                                    std::vector<core::FieldError> wrong);

}  // namespace sallyport::accounts::api
