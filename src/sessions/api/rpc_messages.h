#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/v1/auth.pb.h"
#include "sessions/api/wire.h"
#include "sessions/client.h"
#include "sessions/tokens.h"
#include "transport/rpc/services.h"

namespace sallyport::sessions::api {

/// What the RPC faces of all capabilities translate in the same way. Only their .cpp files include it: the messages are
/// slow to compile.

/// Metadata, both ways: the token of the client's device, and the handle of a flow.
inline constexpr std::string_view device_metadata = "sallyport-device";
inline constexpr std::string_view flow_metadata = "sallyport-flow";

/// A handler of a face as `Services::unary` takes it. `to` is what the face's methods call.
template <class Methods, class Request, class Reply>
void add_unary(transport::rpc::Services& services, std::string_view full_name, const Methods& to,
               core::Task<core::Result<Reply>> (*answer)(const Methods&, transport::rpc::Call&, Request)) {
  services.unary<Request, Reply>(full_name, [to, answer](transport::rpc::Call& call, Request request) {
    return answer(to, call, std::move(request));
  });
}

/// --- what clients send ---

/// Nothing for a text that is empty, as one is that was not sent.
std::optional<std::string> given(const std::string& text);
/// Nothing for a UUID that is empty; the rules of fields refuse what is none.
std::optional<core::Uuid> parse(const ::core::v1::UUID& uuid);
/// A secret out of a message, which is wiped there.
core::Secret take_secret(std::string* text);
/// Only e-mail addresses identify somebody here: another type is a wrong field.
void check_identifier_type(::auth::v1::IdentifierType type, std::vector<core::FieldError>& wrong);
/// What a client says of its device; nothing if it says nothing.
std::optional<DeviceRequest> to_request(const ::auth::v1::ClientInfo* info);
/// The device of a sign-in, completed by the call's metadata.
Device to_device(const transport::rpc::Call& call, const ::auth::v1::ClientInfo* info,
                 const ::core::v1::UUID& installation, const std::optional<DeviceToken>& token);
/// The token of the call's device, if it has one that this server made.
std::optional<DeviceToken> device_token_of(const transport::rpc::Call& call, const crypto::Keyring& keyring,
                                           core::Timestamp now);
/// The same error, with fields by the names that the message has for them, each once.
core::Error renamed(core::Error error, std::initializer_list<std::pair<std::string_view, std::string_view>> names);

/// --- what they hear ---

void set(::core::v1::UUID& to, const core::Uuid& uuid);
void set(google::protobuf::Timestamp& to, core::Timestamp time);
void set(google::protobuf::Duration& to, std::chrono::seconds time);
::core::v1::UserRole to_message(accounts::Role role);
::core::v1::UserStatus to_message(accounts::AccountStatus status);
::auth::v1::UserSnapshot to_message(const accounts::Account& account);
::auth::v1::TokenPair token_pair(std::string access_token, std::chrono::seconds lifetime,
                                 const core::Secret& refresh_token, core::Timestamp now);

}  // namespace sallyport::sessions::api
