#include "sessions/api/rpc_messages.h"

#include <openssl/crypto.h>

#include <algorithm>

#include "sessions/api/caller.h"

namespace sallyport::sessions::api {

std::optional<std::string> given(const std::string& text) { return text.empty() ? std::nullopt : std::optional(text); }

std::optional<core::Uuid> parse(const ::core::v1::UUID& uuid) { return core::Uuid::parse_digits(uuid.value()); }

core::Secret take_secret(std::string* text) {
  core::Secret secret(*text);
  OPENSSL_cleanse(text->data(), text->size());
  text->clear();
  return secret;
}

void check_identifier_type(::auth::v1::IdentifierType type, std::vector<core::FieldError>& wrong) {
  if (type == ::auth::v1::IDENTIFIER_TYPE_PHONE) wrong.push_back({"identifier_type", "unknown_value"});
}

std::optional<DeviceRequest> to_request(const ::auth::v1::ClientInfo* info) {
  if (info == nullptr) return std::nullopt;
  DeviceRequest request{.id = given(info->device_id()),
                        .name = given(info->device_name()),
                        .type = given(info->device_type()),
                        .client_version = given(info->client_version()),
                        .metadata = {}};
  if (!info->metadata().empty())
    request.metadata = std::map<std::string, std::string>(info->metadata().begin(), info->metadata().end());
  return request;
}

Device to_device(const transport::rpc::Call& call, const ::auth::v1::ClientInfo* info,
                 const ::core::v1::UUID& installation, const std::optional<DeviceToken>& token) {
  std::vector<core::FieldError> wrong;
  auto device = to_device(to_request(info), std::nullopt, token, client_of(call.exchange()).origin.user_agent, wrong);
  device.installation = parse(installation);
  return device;
}

std::optional<DeviceToken> device_token_of(const transport::rpc::Call& call, const crypto::Keyring& keyring,
                                           core::Timestamp now) {
  return DeviceToken::parse(keyring, call.metadata(device_metadata).value_or(""), now);
}

core::Error renamed(core::Error error, std::initializer_list<std::pair<std::string_view, std::string_view>> names) {
  std::vector<core::FieldError> fields;
  for (auto field : error.fields) {
    for (const auto& [from, to] : names)
      if (field.field == from) field.field = to;
    if (std::ranges::find(fields, field) == fields.end()) fields.push_back(field);
  }
  error.fields = std::move(fields);
  return error;
}

void set(::core::v1::UUID& to, const core::Uuid& uuid) { to.set_value(uuid.str()); }

void set(google::protobuf::Timestamp& to, core::Timestamp time) {
  const auto since_epoch = time.time_since_epoch();
  const auto seconds = std::chrono::floor<std::chrono::seconds>(since_epoch);
  to.set_seconds(seconds.count());
  to.set_nanos(
      static_cast<std::int32_t>(std::chrono::duration_cast<std::chrono::nanoseconds>(since_epoch - seconds).count()));
}

void set(google::protobuf::Duration& to, std::chrono::seconds time) { to.set_seconds(time.count()); }

::core::v1::UserRole to_message(accounts::Role role) {
  return static_cast<::core::v1::UserRole>(role);  // by the same numbers, accounts/account.h
}

::core::v1::UserStatus to_message(accounts::AccountStatus status) {
  return static_cast<::core::v1::UserStatus>(status);  // likewise
}

::auth::v1::UserSnapshot to_message(const accounts::Account& account) {
  ::auth::v1::UserSnapshot user;
  set(*user.mutable_user_id(), account.id.uuid());
  user.set_display_name(account.display_name.value_or(""));
  user.set_email(account.email);
  user.set_phone(account.phone.value_or(""));
  user.set_role(to_message(account.role));
  user.set_status(to_message(account.status));
  user.set_email_verified(account.is_email_verified);
  user.set_phone_verified(account.is_phone_verified);
  user.set_avatar_url(avatar_url_of(account).value_or(""));
  user.set_has_password(account.has_password);
  return user;
}

::auth::v1::TokenPair token_pair(std::string access_token, std::chrono::seconds lifetime,
                                 const core::Secret& refresh_token, core::Timestamp now) {
  ::auth::v1::TokenPair pair;
  pair.set_access_token(std::move(access_token));
  pair.set_refresh_token(std::string(refresh_token.reveal()));
  set(*pair.mutable_expires_at(), now + lifetime);
  return pair;
}

}  // namespace sallyport::sessions::api
