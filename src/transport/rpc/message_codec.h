#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "transport/rpc/wire.h"

namespace google::protobuf {
class Message;
}

namespace sallyport::transport::rpc {

/// Reads a whole message: protobuf, or JSON in protobuf's mapping (unknown fields are skipped in both). `malformed` /
/// "message_malformed".
core::Result<void> decode_message(Codec codec, std::string_view bytes, google::protobuf::Message& into);

/// Has protobuf keep to itself what it thinks of clients' messages: it would write that to standard error, between the
/// lines of the log.
void mute_protobuf();

/// Appends a message. JSON names are lowerCamelCase; fields with their default value are left out.
void append_message(Codec codec, std::string& out, const google::protobuf::Message& message);

}  // namespace sallyport::transport::rpc
