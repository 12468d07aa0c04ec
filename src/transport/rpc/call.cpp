#include "transport/rpc/call.h"

#include <google/protobuf/message.h>
#include <openssl/crypto.h>

#include <algorithm>

#include "transport/http1/header_field.h"
#include "transport/rpc/gzip.h"
#include "transport/rpc/message_codec.h"
#include "transport/rpc/timeout.h"

namespace sallyport::transport::rpc {
namespace {

using http1::equals_ignoring_case;

constexpr std::string_view gzip = "gzip";
/// Below this a compressed answer is hardly smaller, and costs both sides.
constexpr std::size_t least_compressed = 1024;

struct CodingHeaders {
  std::string_view request, accepted, answer;
};
CodingHeaders coding_headers(Protocol protocol) {
  switch (protocol) {
    case Protocol::grpc:
    case Protocol::grpc_web:
    case Protocol::grpc_web_text:
      return {"grpc-encoding", "grpc-accept-encoding", "grpc-encoding"};
    case Protocol::connect_stream:
      return {"connect-content-encoding", "connect-accept-encoding", "connect-content-encoding"};
    case Protocol::connect_unary:
      return {"content-encoding", "accept-encoding", "content-encoding"};
  }
  std::unreachable();
}

/// Whether a list such as `Accept-Encoding` (RFC 9110 §12.5.3) has gzip in it, with a weight above nothing.
bool lists_gzip(std::string_view list) {
  while (!list.empty()) {
    const auto item = list.substr(0, list.find(','));
    list.remove_prefix(std::min(item.size() + 1, list.size()));
    const auto coding = http1::trim_ows(item.substr(0, item.find(';')));
    const bool is_refused = item.contains("q=0") && item.find_first_of("123456789", item.find("q=0")) == item.npos;
    if (equals_ignoring_case(coding, gzip) && !is_refused) return true;
  }
  return false;
}

bool is_binary(std::string_view name) { return name.ends_with("-bin"); }

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
}

std::unexpected<core::Error> malformed() { return core::fail(core::Fault::malformed, "message_malformed"); }
std::unexpected<core::Error> bad_metadata() { return core::fail(core::Fault::malformed, "metadata_malformed"); }
std::unexpected<core::Error> bad_count() { return core::fail(core::Fault::unimplemented, "message_count"); }

}  // namespace

/// Interrupts a call that lasts as long as both sides want it, when the client has had enough.
class Call::TimeLimit final : private core::Timer {
 public:
  TimeLimit(core::TaskContext& context, core::Moment due) : context_(context) { context.home().schedule(*this, due); }

 private:
  void expired() override { context_.interrupt(core::Fault::deadline_exceeded); }
  core::TaskContext& context_;
};

Call::Call(Exchange& exchange, const Method& method, const Wire& wire, const CallRules& rules, Compress compress)
    : exchange_(exchange),
      method_(method),
      wire_(&wire),
      rules_(rules),
      compress_(compress),
      envelopes_(rules.message_bytes) {}

Call::~Call() {
  wipe(decoded_text_);
  wipe(body_);
  if (get_) wipe(get_->message);
}

std::optional<std::string> Call::metadata(std::string_view name) const {
  const auto value = exchange_.header(name);
  if (!value) return std::nullopt;
  return is_binary(name) ? decode_base64(*value) : std::optional<std::string>(*value);
}

void Call::add_field(std::vector<ResponseField>& fields, std::string_view name, std::string value) {
  if (!is_binary(name)) return fields.push_back({name, std::move(value)});
  std::string encoded;
  append_base64(encoded, value, Padding::no);
  fields.push_back({name, std::move(encoded)});
}

// --- the head ---

core::Result<void> Call::open() {
  if (is_safe(exchange_.method())) {
    auto query = read_query();
    if (!query) return query;
  }
  const auto version = wire_->is_connect() ? exchange_.header("connect-protocol-version") : std::nullopt;
  if (version && *version != "1") return bad_metadata();
  auto timeout = read_timeout();
  if (!timeout) return timeout;
  if (is_unary() || method_.requests == Messages::many) begin_time();
  return read_codings();
}

core::Result<void> Call::read_query() {
  auto get = parse_connect_get(exchange_.query());
  if (!get) return core::fail(std::move(get));
  get_ = std::move(*get);
  wire_ = &connect_wire(get_->codec);
  return {};
}

core::Result<void> Call::read_timeout() {
  const auto text = exchange_.header(wire_->is_connect() ? "connect-timeout-ms" : "grpc-timeout");
  if (!text) return {};
  timeout_ = wire_->is_connect() ? parse_connect_timeout(*text) : parse_grpc_timeout(*text);
  if (!timeout_) return bad_metadata();
  return {};
}

/// A call that sends one message each way has the time of any request, or less if its client wants it. A stream has
/// what its client gives it; its steps are limited by the connection.
void Call::begin_time() {
  auto& context = exchange_.context();
  if (is_unary()) {
    if (timeout_ && exchange_.began() + *timeout_ < context.deadline()) exchange_.limit_time(*timeout_);
    return;
  }
  exchange_.lift_time_limit();
  if (timeout_) time_limit_ = std::make_unique<TimeLimit>(context, exchange_.began() + *timeout_);
}

core::Result<void> Call::read_codings() {
  const auto names = coding_headers(wire_->protocol);
  const auto look = [](void* found, std::string_view value) { *static_cast<bool*>(found) |= lists_gzip(value); };
  exchange_.each_header(names.accepted, look, &client_takes_gzip_);
  const auto coding = get_ ? get_->compression : exchange_.header(names.request).value_or("");
  if (equals_ignoring_case(coding, gzip)) {
    request_coding_ = Coding::gzip;
  } else if (!coding.empty() && !equals_ignoring_case(coding, "identity")) {
    metadata_.leading.push_back({names.accepted, std::string(gzip)});
    return core::fail(core::Fault::unimplemented, "compression_unsupported");
  }
  return {};
}

core::Task<core::Result<void>> Call::admit(const google::protobuf::Message* request) {
  using Outcome = core::Result<void>;
  auto caller = co_await rules_.admission->admit(exchange_, method_, request);
  if (!caller) co_return Outcome(core::fail(std::move(caller)));
  caller_ = std::move(*caller);
  co_return Outcome{};
}

// --- what the client says ---

core::Result<void> Call::decode(std::string_view bytes, Coding coding, google::protobuf::Message& into) const {
  if (coding == Coding::identity) {
    if (bytes.size() > rules_.message_bytes) return core::fail(core::Fault::too_large, "body_too_large");
    return decode_message(wire_->codec, bytes, into);
  }
  auto unzipped = gunzip(bytes, rules_.message_bytes);
  if (!unzipped) return core::fail(std::move(unzipped));
  auto decoded = decode_message(wire_->codec, *unzipped, into);
  wipe(*unzipped);
  return decoded;
}

core::Result<void> Call::take(Envelope envelope, google::protobuf::Message& into) {
  if ((envelope.flags & ~compressed_flag) != 0) return malformed();
  const bool is_compressed = (envelope.flags & compressed_flag) != 0;
  if (is_compressed && request_coding_ == Coding::identity) {
    has_broken_protocol_ = true;
    return malformed();
  }
  const bool is_zipped = is_compressed && !envelope.payload.empty();  // nothing is sent as it is
  return decode(envelope.payload, is_zipped ? request_coding_ : Coding::identity, into);
}

core::Result<void> Call::take_only(std::string_view bytes, google::protobuf::Message& into) {
  envelopes_.feed(bytes);
  const auto first = envelopes_.next();
  if (!first) return std::unexpected(first.error());
  if (!*first) return bytes.empty() ? bad_count() : malformed();
  auto taken = take(**first, into);
  if (!taken) return taken;
  const auto second = envelopes_.next();
  if (second && *second) return bad_count();
  if (!second || !envelopes_.is_between_envelopes()) return malformed();
  return {};
}

core::Task<core::Result<std::string_view>> Call::read_whole() {
  using Whole = core::Result<std::string_view>;
  if (get_) co_return Whole(get_->message);
  auto limit = rules_.message_bytes + (wire_->is_enveloped() ? envelope_head_size : 0);
  const bool is_text = wire_->protocol == Protocol::grpc_web_text;
  if (is_text) limit = (limit + 2) / 3 * 4;
  auto body = co_await exchange_.read_body(limit);
  if (!body || !is_text) co_return body;
  decoded_text_.reserve(body->size());
  if (!base64_.feed(*body, decoded_text_) || !base64_.is_whole()) co_return Whole(malformed());
  co_return Whole(decoded_text_);
}

core::Result<void> Call::check(const google::protobuf::Message& message) const {
  if (method_.request_rules == nullptr) return {};
  auto wrong = method_.request_rules->violations(message);
  if (wrong.empty()) return {};
  return std::unexpected(
      core::Error{.fault = core::Fault::invalid, .code = "invalid_fields", .fields = std::move(wrong)});
}

core::Task<core::Result<void>> Call::receive(google::protobuf::Message& into) {
  using Outcome = core::Result<void>;
  auto bytes = co_await read_whole();
  if (!bytes) co_return Outcome(core::fail(std::move(bytes)));
  auto taken = wire_->is_enveloped() ? take_only(*bytes, into) : decode(*bytes, request_coding_, into);
  if (!taken) co_return taken;
  if (needs_admission() && is_admitted_by_request()) {
    auto admitted = co_await admit(&into);
    if (!admitted) co_return admitted;
  }
  if (!is_unary()) begin_time();
  co_return check(into);
}

core::Task<core::Result<bool>> Call::read(google::protobuf::Message& into) {
  using Read = core::Result<bool>;
  for (;;) {
    const auto envelope = envelopes_.next();
    if (!envelope) co_return Read(std::unexpected(envelope.error()));
    if (*envelope) {
      into.Clear();
      auto taken = take(**envelope, into);
      if (taken) taken = check(into);
      if (!taken) co_return Read(core::fail(std::move(taken)));
      co_return Read(true);
    }
    auto piece = co_await exchange_.read_piece();
    if (!piece) co_return Read(core::fail(std::move(piece)));
    if (piece->empty()) {
      if (!envelopes_.is_between_envelopes() || !base64_.is_whole()) co_return Read(malformed());
      co_return Read(false);
    }
    if (wire_->protocol == Protocol::grpc_web_text) {
      wipe(decoded_text_);
      if (!base64_.feed(*piece, decoded_text_)) co_return Read(malformed());
      envelopes_.feed(decoded_text_);
    } else {
      envelopes_.feed(*piece);
    }
  }
}

// --- what the server says ---

void Call::frame(const google::protobuf::Message& message) {
  body_.clear();
  const auto at = wire_->is_enveloped() ? open_envelope(body_) : 0;
  const auto begin = body_.size();
  append_message(wire_->codec, body_, message);
  std::uint8_t flags = 0;
  if (may_compress() && body_.size() - begin >= least_compressed) {
    std::string zipped = body_.substr(0, begin);
    append_gzip(zipped, std::string_view(body_).substr(begin));
    body_.swap(zipped);
    flags = compressed_flag;
  }
  if (wire_->is_enveloped()) close_envelope(body_, at, flags);
  const bool is_unary_connect = wire_->protocol == Protocol::connect_unary;
  if (is_unary_connect ? flags != 0 : may_compress() && !has_begun_)
    metadata_.leading.push_back({coding_headers(wire_->protocol).answer, std::string(gzip)});
  if (wire_->protocol != Protocol::grpc_web_text) return;
  std::string text;
  append_base64(text, body_, Padding::yes);
  body_.swap(text);
}

void Call::answer(const google::protobuf::Message& message) { frame(message); }

Response Call::head() {
  has_begun_ = true;
  return stream_head(*wire_, std::move(metadata_.leading));
}

void Call::begin() {
  if (has_begun_) return;
  if (may_compress()) metadata_.leading.push_back({coding_headers(wire_->protocol).answer, std::string(gzip)});
  exchange_.begin(head());
}

core::Task<core::Result<void>> Call::write(const google::protobuf::Message& message) {
  frame(message);
  if (has_begun_) co_return co_await exchange_.write(body_);
  auto first = head();
  first.body = std::move(body_);
  exchange_.begin(std::move(first));
  co_return co_await exchange_.write({});  // waits, if need be
}

Status Call::status_at_end(const core::Result<void>& outcome) {
  if (outcome) return {.http_status = outcome_http_status_, .outcome = outcome_};
  if (failure_) return std::move(*failure_);
  auto status = status_of(outcome.error(), exchange_.request_id());
  if (has_broken_protocol_) status.code = Code::internal;
  if (rules_.details == ErrorDetails::withheld) status.details.clear();
  return status;
}

core::Task<core::Result<Response>> Call::end(core::Result<void> outcome) {
  using Ended = core::Result<Response>;
  auto status = status_at_end(outcome);
  time_limit_.reset();
  if (!has_begun_) {
    if (!outcome) body_.clear();
    co_return Ended(whole_answer(*wire_, std::move(status), std::move(body_), std::move(metadata_)));
  }
  if (exchange_.context().interruption() == core::Fault::cancelled)
    co_return Ended(core::fail(core::Fault::cancelled, "cancelled"));
  const auto last = stream_end(*wire_, status, metadata_.trailing);
  if (!last.empty()) (void)co_await exchange_.write(last);  // who cannot hear it has gone
  co_return Ended(stream_result(*wire_, std::move(status), std::move(metadata_.trailing)));
}

}  // namespace sallyport::transport::rpc
