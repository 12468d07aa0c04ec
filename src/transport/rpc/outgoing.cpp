#include "transport/rpc/outgoing.h"

#include <algorithm>
#include <unordered_set>

#include "transport/rest/json_writer.h"
#include "transport/rpc/base64.h"
#include "transport/rpc/envelope.h"
#include "transport/rpc/percent_encoding.h"

namespace sallyport::transport::rpc {
namespace {

/// Adds `grpc-status` and, for an error, what goes with it.
void add_status(const Status& status, std::vector<ResponseField>& fields) {
  fields.push_back({"grpc-status", std::to_string(static_cast<int>(status.code))});
  if (status.code == Code::ok) return;
  std::string message;
  append_percent_encoded(message, status.message);
  fields.push_back({"grpc-message", std::move(message)});
  if (status.details.empty()) return;
  std::string details;
  append_base64(details, serialise(status), Padding::no);
  fields.push_back({"grpc-status-details-bin", std::move(details)});
}

/// The trailers of gRPC-Web: header lines in an envelope (gRPC-Web, "Message framing").
void append_trailer_lines(std::string& out, const std::vector<ResponseField>& fields) {
  const auto at = open_envelope(out);
  for (const auto& [name, value] : fields) {
    out.append(name).append(": ");
    const auto begin = out.size();
    out.append(value);
    std::ranges::replace_if(
        out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
        [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
    out.append("\r\n");
  }
  close_envelope(out, at, trailers_flag);
}

/// The trailers of a Connect stream (Connect Protocol, "EndStreamResponse").
void append_end_of_stream(std::string& out, const Status& status, const std::vector<ResponseField>& trailing) {
  const auto at = open_envelope(out);
  rest::JsonWriter json(out);
  json.begin_object();
  if (status.code != Code::ok) {
    json.member("error");
    json.embed(connect_error_json(status));
  }
  if (!trailing.empty()) {
    json.member("metadata");
    json.begin_object();
    for (auto field = trailing.begin(); field != trailing.end(); ++field) {
      const auto is_same = [&](const ResponseField& other) { return other.name == field->name; };
      if (std::any_of(trailing.begin(), field, is_same)) continue;
      json.key(field->name);
      json.begin_array();
      for (auto same = field; same != trailing.end(); ++same) {
        if (is_same(*same)) json.text(same->value);
      }
      json.end_array();
    }
    json.end_object();
  }
  json.end_object();
  close_envelope(out, at, end_of_stream_flag);
}

/// A unary Connect answer has its trailers among its headers, under names that begin so. The names that trailers have
/// are literals, so there are only as many of these; a response is sent by the thread that made it.
std::string_view header_of_trailer(std::string_view name) {
  static thread_local std::unordered_set<std::string> names;
  return *names.insert("trailer-" + std::string(name)).first;
}

Response with_outcome(Response response, Status& status) {
  response.http_status = status.http_status;
  response.outcome = status.outcome;
  response.log_detail = std::move(status.log_detail);
  return response;
}

Response unary_connect(const Wire& wire, const Status& status, std::string body, AnswerMetadata metadata) {
  Response response{.content_type = wire.media_type, .body = std::move(body), .fields = std::move(metadata.leading)};
  for (auto& [name, value] : metadata.trailing) response.fields.push_back({header_of_trailer(name), std::move(value)});
  if (status.code == Code::ok) return response;
  response.status = connect_http_status(status.code);
  response.content_type = connect_wire(Codec::json).media_type;
  response.body = connect_error_json(status);
  if (response.status == 401) response.fields.push_back({"www-authenticate", R"(Bearer realm="sallyport")"});
  if (status.retry_after) response.fields.push_back({"retry-after", std::to_string(status.retry_after->count())});
  return response;
}

}  // namespace

Response whole_answer(const Wire& wire, Status status, std::string body, AnswerMetadata metadata) {
  if (wire.protocol == Protocol::connect_unary)
    return with_outcome(unary_connect(wire, status, std::move(body), std::move(metadata)), status);
  Response response{.content_type = wire.media_type, .body = std::move(body), .fields = std::move(metadata.leading)};
  if (wire.protocol == Protocol::grpc) {
    const bool is_trailers_only = status.code != Code::ok && response.body.empty() && response.fields.empty();
    add_status(status, metadata.trailing);
    (is_trailers_only ? response.fields : response.trailers) = std::move(metadata.trailing);
  } else {
    response.body += stream_end(wire, status, metadata.trailing);
  }
  return with_outcome(std::move(response), status);
}

Response stream_head(const Wire& wire, std::vector<ResponseField> leading) {
  return {.content_type = wire.media_type, .fields = std::move(leading)};
}

std::string stream_end(const Wire& wire, const Status& status, const std::vector<ResponseField>& trailing) {
  std::string end;
  if (wire.protocol == Protocol::connect_stream) {
    append_end_of_stream(end, status, trailing);
  } else if (wire.is_grpc_web()) {
    auto fields = trailing;
    add_status(status, fields);
    append_trailer_lines(end, fields);
  }
  if (wire.protocol != Protocol::grpc_web_text) return end;
  std::string text;
  append_base64(text, end, Padding::yes);
  return text;
}

Response stream_result(const Wire& wire, Status status, std::vector<ResponseField> trailing) {
  Response response;
  if (wire.protocol == Protocol::grpc) {
    add_status(status, trailing);
    response.trailers = std::move(trailing);
  }
  return with_outcome(std::move(response), status);
}

}  // namespace sallyport::transport::rpc
