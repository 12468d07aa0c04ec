#include "transport/rpc/status.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <array>
#include <memory>

#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "transport/rest/json_writer.h"
#include "transport/rest/problem_catalog.h"
#include "transport/rest/wire_status.h"
#include "transport/rpc/base64.h"

namespace sallyport::transport::rpc {
namespace {

struct CodeInConnect {
  std::string_view name;
  int http_status;
};
constexpr std::array codes_in_connect = std::to_array<CodeInConnect>({
    {"ok", 200},
    {"canceled", 499},
    {"unknown", 500},
    {"invalid_argument", 400},
    {"deadline_exceeded", 504},
    {"not_found", 404},
    {"already_exists", 409},
    {"permission_denied", 403},
    {"resource_exhausted", 429},
    {"failed_precondition", 400},
    {"aborted", 409},
    {"out_of_range", 400},
    {"unimplemented", 501},
    {"internal", 500},
    {"unavailable", 503},
    {"data_loss", 500},
    {"unauthenticated", 401},
});

const CodeInConnect& in_connect(Code code) { return codes_in_connect[static_cast<std::size_t>(code)]; }

void add_detail(Status& status, const google::protobuf::Message& message) {
  status.details.push_back({.type = message.GetDescriptor()->full_name(), .value = message.SerializeAsString()});
}

Code code_of(const core::Error& error) {
  // What the router says of a path that nobody serves, and of a method that it does not serve with this HTTP method.
  if (error.code == "not_found" || error.code == "method_not_allowed") return Code::unimplemented;
  return static_cast<Code>(wire_status(error.fault).grpc);
}

/// The detail as JSON that a person can read; empty for a message this program does not know.
std::string readable(const Detail& detail) {
  const auto* const type = google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(detail.type);
  if (type == nullptr) return {};
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()->GetPrototype(type)->New());
  std::string json;
  const bool is_written =
      message->ParseFromString(detail.value) && google::protobuf::util::MessageToJsonString(*message, &json).ok();
  return is_written ? json : std::string();
}

}  // namespace

std::string_view connect_name(Code code) { return in_connect(code).name; }
int connect_http_status(Code code) { return in_connect(code).http_status; }

Status status_of(int http_status, const core::Error& given, std::string_view request_id) {
  // What exactly is broken inside is for the log; a client can only be told that something is.
  const core::Error internal{.fault = core::Fault::internal, .code = "internal_error"};
  const auto& error = given.fault == core::Fault::internal ? internal : given;
  Status status{.code = code_of(error),
                .message = std::string(rest::find_problem_title(error.code).value_or(rest::reason_phrase(http_status))),
                .http_status = http_status,
                .outcome = given.code,
                .log_detail = given.log_detail,
                .retry_after = error.retry_after};
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(error.code));
  info.set_domain("sallyport");
  if (!request_id.empty()) (*info.mutable_metadata())["request_id"] = std::string(request_id);
  add_detail(status, info);
  if (!error.fields.empty()) {
    google::rpc::BadRequest bad;
    for (const auto& [field, rule] : error.fields) {
      auto& violation = *bad.add_field_violations();
      violation.set_field(std::string(field));
      auto description = std::string(rule);
      if (const auto sentence = rest::find_rule_sentence(rule)) description.append(": ").append(*sentence);
      violation.set_description(std::move(description));
    }
    add_detail(status, bad);
  }
  if (error.retry_after) {
    google::rpc::RetryInfo retry;
    retry.mutable_retry_delay()->set_seconds(error.retry_after->count());
    add_detail(status, retry);
  }
  return status;
}

Status status_of(const core::Error& error, std::string_view request_id) {
  return status_of(wire_status(error.fault).http, error, request_id);
}

std::string serialise(const Status& status) {
  google::rpc::Status message;
  message.set_code(static_cast<int>(status.code));
  message.set_message(status.message);
  for (const auto& [type, value] : status.details) {
    auto& detail = *message.add_details();
    detail.set_type_url("type.googleapis.com/" + type);
    detail.set_value(value);
  }
  return message.SerializeAsString();
}

std::string connect_error_json(const Status& status) {
  std::string out;
  rest::JsonWriter json(out);
  json.begin_object();
  json.member("code");
  json.text(connect_name(status.code));
  if (!status.message.empty()) {
    json.member("message");
    json.text(status.message);
  }
  if (!status.details.empty()) {
    json.member("details");
    json.begin_array();
    for (const auto& detail : status.details) {
      json.begin_object();
      json.member("type");
      json.text(detail.type);
      json.member("value");
      std::string value;
      append_base64(value, detail.value, Padding::no);
      json.text(value);
      if (const auto debug = readable(detail); !debug.empty()) {
        json.member("debug");
        json.embed(debug);
      }
      json.end_object();
    }
    json.end_array();
  }
  json.end_object();
  return out;
}

}  // namespace sallyport::transport::rpc
