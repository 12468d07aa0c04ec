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
  static constexpr transport::rest::JsonNote notes[] = {
      {"id",
       "The client's own name for the device. Whoever signs in there again takes the place of the session before.", "",
       "phone-1"},
      {"name", "As the list of devices shows it; without one, the User-Agent.", "", "Ann's phone"},
      {"type", "Such as browser, phone or desktop.", "", "phone"},
      {"client_version", "Of the application.", "", "4.2.0"},
      {"metadata", "Whatever else the client wants to keep with the session."}};
};
BOOST_DESCRIBE_STRUCT(DeviceRequest, (), (id, name, type, client_version, metadata))

struct LoginRequest {
  std::optional<std::string> identifier;
  std::optional<std::string> email;
  core::Secret password{""};
  std::optional<DeviceRequest> device;
  std::optional<std::string> installation_id;
  static constexpr transport::rest::JsonNote notes[] = {
      {"identifier", "The address of the account; another word for `email`.", "email"},
      {"email", "The address of the account, of at most 254 bytes. Either this or `identifier` is needed.", "email",
       "ann@example.org"},
      {"password", "", "", "correct-Horse-7-battery"},
      {"installation_id", "Of this copy of the application.", "uuid"}};
};
BOOST_DESCRIBE_STRUCT(LoginRequest, (), (identifier, email, password, device, installation_id))

struct RefreshRequest {
  std::optional<core::Secret> refresh_token;
  static constexpr transport::rest::JsonLimit limits[] = {{"refresh_token", 1, 512}};
  static constexpr transport::rest::JsonNote notes[] = {
      {"refresh_token", "Of the newest answer. Without it, the session cookie says which session is meant."}};
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
  static constexpr transport::rest::JsonNote notes[] = {
      {"id", "", "uuid"},
      {"email", "", "email", "ann@example.org"},
      {"email_verified", "Whether the account has shown that it reads mails to the address."},
      {"phone", "In the form of E.164.", "", "+41443640000"},
      {"display_name", "", "", "Ann Example"},
      {"locale", "A language tag (BCP 47).", "", "de-CH"},
      {"timezone", "A name of the IANA database.", "", "Europe/Zurich"},
      {"avatar_url", "Where the picture is, as a path of this server.", "uri-reference"},
      {"role", "", "", "user", {"admin", "user", "guest"}},
      {"status", "", "", "active", {"pending", "active", "suspended", "deleted"}},
      {"has_password", "Not yet, for who was invited and did not accept."},
      {"created_at", "", "date-time"},
      {"updated_at", "", "date-time"}};
};
BOOST_DESCRIBE_STRUCT(UserAnswer, (),
                      (id, email, email_verified, phone, phone_verified, display_name, locale, timezone, avatar_url,
                       role, status, has_password, created_at, updated_at))

struct SessionAnswer {
  std::string id;
  std::string device_id;
  std::string created_at;
  std::string expires_at;
  static constexpr transport::rest::JsonNote notes[] = {
      {"id", "", "uuid"},
      {"device_id", "What the client called its device, or a name that this server made."},
      {"created_at", "", "date-time"},
      {"expires_at", "A refresh moves it on, up to the longest life of a session.", "date-time"}};
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
  static constexpr transport::rest::JsonNote notes[] = {
      {"access_token", "For `Authorization: Bearer`."},
      {"token_type", "", "", "Bearer", {"Bearer"}},
      {"expires_in", "Seconds for which the access token is good.", "", "900"},
      {"refresh_token", "Good for one refresh, which brings the next one. Absent after a refresh by cookie."},
      {"flow", "Of a registration that mailed a code: goes with the code to `/v1/auth/verification/confirm`."}};
};
BOOST_DESCRIBE_STRUCT(TokenAnswer, (), (user, session, access_token, token_type, expires_in, refresh_token, flow))

/// Where an account's picture is: a path of this server.
std::optional<std::string> avatar_url_of(const accounts::Account& account);

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
