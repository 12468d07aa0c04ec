#include "transport/rpc/message_codec.h"

#include <google/protobuf/message.h>
#include <google/protobuf/stubs/logging.h>
#include <google/protobuf/util/json_util.h>

#include <stdexcept>

namespace sallyport::transport::rpc {

core::Result<void> decode_message(Codec codec, std::string_view bytes, google::protobuf::Message& into) {
  bool is_read = false;
  if (codec == Codec::protobuf) {
    is_read = into.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()));
  } else {
    google::protobuf::util::JsonParseOptions options;
    options.ignore_unknown_fields = true;
    is_read = google::protobuf::util::JsonStringToMessage({bytes.data(), bytes.size()}, &into, options).ok();
  }
  if (!is_read) return core::fail(core::Fault::malformed, "message_malformed");
  return {};
}

void mute_protobuf() { google::protobuf::SetLogHandler(nullptr); }

void append_message(Codec codec, std::string& out, const google::protobuf::Message& message) {
  if (codec == Codec::protobuf) {
    const auto begin = out.size();
    out.resize(begin + message.ByteSizeLong());
    message.SerializeWithCachedSizesToArray(reinterpret_cast<std::uint8_t*>(out.data() + begin));
    return;
  }
  std::string json;
  const auto written = google::protobuf::util::MessageToJsonString(message, &json);
  if (!written.ok()) throw std::logic_error("a message that cannot be JSON: " + message.GetTypeName());
  out.append(json);
}

}  // namespace sallyport::transport::rpc
