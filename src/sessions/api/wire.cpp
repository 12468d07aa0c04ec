#include "sessions/api/wire.h"

#include "core/base64url.h"
#include "core/timestamp_text.h"
#include "transport/rest/json_body.h"

namespace sallyport::sessions::api {
namespace {

constexpr std::size_t max_name_from_header = 255;

/// A header is bytes of no known charset; a device's name is text.
std::string printable_ascii(std::string_view bytes) {
  std::string text(bytes.substr(0, max_name_from_header));
  std::ranges::replace_if(text, [](char c) { return c < 0x20 || c > 0x7e; }, '?');
  return text;
}

}  // namespace

std::optional<std::string> avatar_url_of(const accounts::Account& account) {
  return account.avatar ? std::optional("/v1/avatars/" + *account.avatar) : std::nullopt;
}

UserAnswer to_answer(const accounts::Account& account) {
  return {.id = account.id.str(),
          .email = account.email,
          .email_verified = account.is_email_verified,
          .phone = account.phone,
          .phone_verified = account.is_phone_verified,
          .display_name = account.display_name,
          .locale = account.locale,
          .timezone = account.time_zone,
          .avatar_url = avatar_url_of(account),
          .role = std::string(accounts::to_text(account.role)),
          .status = std::string(accounts::to_text(account.status)),
          .has_password = account.has_password,
          .created_at = core::to_rfc3339(account.created_at),
          .updated_at = core::to_rfc3339(account.updated_at)};
}

SessionAnswer to_answer(const Session& session) {
  return {.id = session.id.str(),
          .device_id = session.device_id,
          .created_at = core::to_rfc3339(session.created_at),
          .expires_at = core::to_rfc3339(session.expires_at)};
}

Device to_device(std::optional<DeviceRequest> request, std::optional<std::string> installation_id,
                 const std::optional<DeviceToken>& token, std::string_view user_agent,
                 std::vector<core::FieldError>& wrong) {
  auto given = std::move(request).value_or(DeviceRequest{});
  Device device{.id = std::move(given.id).value_or(""),
                .name = std::move(given.name).value_or(printable_ascii(user_agent)),
                .type = std::move(given.type).value_or(user_agent.starts_with("Mozilla/") ? "browser" : ""),
                .client_version = std::move(given.client_version).value_or(""),
                .metadata = std::move(given.metadata).value_or(std::map<std::string, std::string>{}),
                .installation = {}};
  // Whoever's token it is: two people with one browser are on one device.
  if (device.id.empty() && token) device.id = token->device_id().value_or("");
  if (installation_id && !installation_id->empty()) {
    device.installation = core::Uuid::parse(*installation_id);
    if (!device.installation) wrong.push_back({"installation_id", "uuid_malformed"});
  }
  return device;
}

std::optional<accounts::Email> to_email(const std::optional<std::string>& identifier,
                                        const std::optional<std::string>& email, std::vector<core::FieldError>& wrong) {
  using transport::rest::parse_field;
  if (identifier && email && *identifier != *email) {
    wrong.push_back({"identifier", "contradicts_email"});
    return std::nullopt;
  }
  if (email) return parse_field<accounts::Email>("email", *email, wrong);
  if (identifier) return parse_field<accounts::Email>("identifier", *identifier, wrong);
  if (std::ranges::none_of(wrong,
                           [](const auto& error) { return error.field == "email" || error.field == "identifier"; })) {
    wrong.push_back({"email", "missing"});
  }
  return std::nullopt;
}

}  // namespace sallyport::sessions::api
