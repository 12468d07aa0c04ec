#pragma once

#include <map>
#include <optional>
#include <string>

#include "core/secret.h"
#include "sessions/device_token.h"
#include "sessions/refresh.h"
#include "transport/rest/json_schema.h"

namespace sallyport::sessions::api {

/// The documents of the session routes (design.md 7). Limits are in code points.

struct DeviceRequest {
  std::optional<std::string> id;
  std::optional<std::string> name;
  std::optional<std::string> type;
  std::optional<std::string> client_version;
  std::optional<std::map<std::string, std::string>> metadata;
  static constexpr transport::rest::JsonLimit limits[] = {{"id", 1, 255},      {"name", 0, 255},
                                                          {"type", 0, 50},     {"client_version", 0, 100},
                                                          {"metadata", 0, 16}, {"metadata[]", 0, 255}};
};
BOOST_DESCRIBE_STRUCT(DeviceRequest, (), (id, name, type, client_version, metadata))

struct LoginRequest {
  std::optional<std::string> identifier;
  std::optional<std::string> email;
  core::Secret password{""};
  std::optional<DeviceRequest> device;
  std::optional<std::string> installation_id;
};
BOOST_DESCRIBE_STRUCT(LoginRequest, (), (identifier, email, password, device, installation_id))

struct RefreshRequest {
  std::optional<core::Secret> refresh_token;
  static constexpr transport::rest::JsonLimit limits[] = {{"refresh_token", 1, 512}};
};
BOOST_DESCRIBE_STRUCT(RefreshRequest, (), (refresh_token))

struct UserAnswer {
  std::string id;
  std::string email;
  bool email_verified = false;
  std::optional<std::string> phone;  ///< E.164
  bool phone_verified = false;
  std::optional<std::string> display_name;
  std::optional<std::string> locale;
  std::optional<std::string> timezone;
  std::optional<std::string> avatar_url;  ///< a path of this server
  std::string role;
  std::string status;
  bool has_password = true;
  std::string created_at;  ///< RFC 3339
  std::string updated_at;
};
BOOST_DESCRIBE_STRUCT(UserAnswer, (),
                      (id, email, email_verified, phone, phone_verified, display_name, locale, timezone, avatar_url,
                       role, status, has_password, created_at, updated_at))

struct SessionAnswer {
  std::string id;
  std::string device_id;
  std::string created_at;
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(SessionAnswer, (), (id, device_id, created_at, expires_at))

/// RFC 6749 §5.1's members, with whom and what they are for.
struct TokenAnswer {
  UserAnswer user;
  SessionAnswer session;
  std::string access_token;
  std::string token_type = "Bearer";
  std::int64_t expires_in = 0;
  std::optional<std::string> refresh_token;  ///< absent after a refresh by cookie
  std::optional<std::string> flow;           ///< of a registration, to be given with the code that it mailed
};
BOOST_DESCRIBE_STRUCT(TokenAnswer, (), (user, session, access_token, token_type, expires_in, refresh_token, flow))

UserAnswer to_answer(const accounts::Account& account);
SessionAnswer to_answer(const Session& session);

/// What a client says of its device, completed by its headers and, in a browser, by its device token.
Device to_device(std::optional<DeviceRequest> request, std::optional<std::string> installation_id,
                 const std::optional<DeviceToken>& token, std::string_view user_agent,
                 std::vector<core::FieldError>& wrong);

/// The address of `identifier` or `email`, whichever is given; its errors are named for the one that was.
std::optional<accounts::Email> to_email(const std::optional<std::string>& identifier,
                                        const std::optional<std::string>& email, std::vector<core::FieldError>& wrong);

}  // namespace sallyport::sessions::api
