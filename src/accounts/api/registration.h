#pragma once

#include "accounts/password_policy.h"
#include "accounts/register_account.h"
#include "accounts/registration_rules.h"
#include "idempotency/request_namer.h"
#include "sessions/api/wire.h"
#include "transport/exchange.h"

namespace sallyport::accounts::api {

/// A registration as clients ask for it, over REST or RPC.
struct RegisterRequest {
  std::optional<std::string> identifier;
  std::optional<std::string> email;
  core::Secret password{""};
  std::optional<std::string> display_name;
  std::optional<std::string> username;  ///< another word for `display_name`, which wins
  std::optional<std::string> locale;
  std::optional<std::string> timezone;
  std::optional<sessions::api::DeviceRequest> device;
  std::optional<std::string> installation_id;
  static constexpr transport::rest::JsonNote notes[] = {
      {"identifier", "The address of the account; another word for `email`.", "email"},
      {"email", "Of at most 254 bytes. Either this or `identifier` is needed.", "email", "ann@example.org"},
      {"password", "Long and not easy to guess.", "", "correct-Horse-7-battery"},
      {"display_name", "What they are called.", "", "Ann Example"},
      {"username", "Another word for `display_name`, which wins."},
      {"locale", "A language tag (BCP 47); without one, what Accept-Language asks for.", "", "de-CH"},
      {"timezone", "A name of the IANA database.", "", "Europe/Zurich"},
      {"installation_id", "Of this copy of the application.", "uuid"}};
};
BOOST_DESCRIBE_STRUCT(RegisterRequest, (),
                      (identifier, email, password, display_name, username, locale, timezone, device, installation_id))

/// What a registration is held against. All of it outlives the routes.
struct RegistrationGround {
  const PasswordPolicy& policy;
  const idempotency::RequestNamer& name_request;
  const RegistrationRules& rules;
};

/// What a registration brings besides its document, wherever its protocol has it.
struct RegistrationMetadata {
  std::optional<idempotency::IdempotencyKey> key;
  std::optional<sessions::DeviceToken> device_token;
};

/// The command of a document, of which `wrong` names the wrong fields already. Fails with `invalid` / "invalid_fields"
/// and all of them.
core::Result<RegisterAccount> to_command(const RegistrationGround& on, const transport::Exchange& exchange,
                                         RegisterRequest request, RegistrationMetadata metadata,
                                         std::vector<core::FieldError> wrong);

}  // namespace sallyport::accounts::api
