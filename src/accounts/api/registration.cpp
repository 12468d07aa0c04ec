#include "accounts/api/registration.h"

#include "accounts/accept_language.h"
#include "mail/templates.h"
#include "sessions/api/caller.h"
#include "transport/rest/json_body.h"

namespace sallyport::accounts::api {

using core::Result;
using transport::Exchange;
using transport::rest::parse_field;
using transport::rest::parse_optional;

namespace {

/// All that a registration asks for, but the password.
idempotency::NamedRequest named(const idempotency::RequestNamer& name, const idempotency::IdempotencyKey& key,
                                const RegisterRequest& request, const Email& email) {
  using Piece = idempotency::RequestNamer::Piece;
  const auto& device = request.device;
  // By reference: a piece looks into the request, not into a copy of one of its texts.
  const auto of_device = [&](const std::optional<std::string> sessions::api::DeviceRequest::* text) {
    return device && (*device).*text ? Piece(*((*device).*text)) : std::nullopt;
  };
  std::vector<Piece> pieces{email.key().str(),
                            request.display_name,
                            request.username,
                            request.locale,
                            request.timezone,
                            request.installation_id,
                            of_device(&sessions::api::DeviceRequest::id),
                            of_device(&sessions::api::DeviceRequest::name),
                            of_device(&sessions::api::DeviceRequest::type),
                            of_device(&sessions::api::DeviceRequest::client_version)};
  if (device && device->metadata) {
    for (const auto& [key_of_entry, value] : *device->metadata) {
      pieces.emplace_back(key_of_entry);
      pieces.emplace_back(value);
    }
  }
  return name("register", key, pieces);
}

/// Of what the client's browser asks for, what there are mails in (RFC 9110 §12.5.4).
std::optional<Locale> preferred_locale(const Exchange& exchange) {
  std::string header;
  exchange.each_header(
      "Accept-Language",
      [](void* to, std::string_view value) { static_cast<std::string*>(to)->append(value).append(","); }, &header);
  const auto language = AcceptLanguage::parse(header).best_of(mail::languages);
  return language ? std::optional(Locale::parse(*language).value()) : std::nullopt;
}

}  // namespace

Result<RegisterAccount> to_command(const RegistrationGround& on, const Exchange& exchange, RegisterRequest request,
                                   RegistrationMetadata metadata, std::vector<core::FieldError> wrong) {
  auto email = sessions::api::to_email(request.identifier, request.email, wrong);
  if (email) on.rules.domains.check(*email, request.email ? "email" : "identifier", wrong);
  auto password = parse_field<Password>("password", request.password.reveal(), wrong);
  if (password)
    std::ranges::copy(on.policy.violations(*password, email ? &*email : nullptr, "password"),
                      std::back_inserter(wrong));
  auto display_name = request.display_name ? parse_optional<DisplayName>("display_name", request.display_name, wrong)
                                           : parse_optional<DisplayName>("username", request.username, wrong);
  auto locale = request.locale ? parse_optional<Locale>("locale", request.locale, wrong) : preferred_locale(exchange);
  auto time_zone = parse_optional<TimeZone>("timezone", request.timezone, wrong);
  const auto named_request =
      metadata.key && email ? std::optional(named(on.name_request, *metadata.key, request, *email)) : std::nullopt;
  auto client = sessions::api::client_of(exchange);
  auto device = sessions::api::to_device(std::move(request.device), std::move(request.installation_id),
                                         metadata.device_token, client.origin.user_agent, wrong);
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  return RegisterAccount{.email = std::move(*email),
                         .password = std::move(*password),
                         .display_name = std::move(display_name),
                         .locale = std::move(locale),
                         .time_zone = std::move(time_zone),
                         .device = std::move(device),
                         .client = std::move(client),
                         .request = named_request};
}

}  // namespace sallyport::accounts::api
