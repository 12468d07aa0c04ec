// The server side of the conformance tests of connectrpc.com/conformance, on the transport that the product serves
// with. The runner says on standard input what server it wants, hears on standard output where that is, and ends it
// with SIGTERM; tests/conformance/rpc/run.sh starts the runner.

#include <google/protobuf/descriptor.pb.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "adapters/system/system_clock.h"
#include "adapters/system/system_random.h"
#include "connectrpc/conformance/v1/server_compat.pb.h"
#include "connectrpc/conformance/v1/service.pb.h"
#include "core/sleep.h"
#include "transport/http1/uri.h"
#include "transport/pipeline.h"
#include "transport/rpc/services.h"
#include "transport/server.h"
#include "transport/tls/live_certificates.h"

namespace sallyport::conformance {
namespace {

namespace wire = connectrpc::conformance::v1;
namespace rpc = transport::rpc;
using core::Result;
using core::Task;
using RequestInfo = wire::ConformancePayload::RequestInfo;
using Requests = std::vector<google::protobuf::Any>;

const system_adapter::SystemClock clock;

/// The server takes names that are literals; those of a test come with the test.
std::string_view literal(const std::string& name) {
  static thread_local std::set<std::string> names;
  std::string lower;
  for (const char c : name) lower += c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  return *names.insert(lower).first;
}

template <class Fields, class Add>
void each_field(const Fields& fields, Add add) {
  for (const auto& field : fields) {
    for (const auto& value : field.value()) add(literal(field.name()), value);
  }
}

template <class Definition>
void add_metadata(rpc::Call& call, const Definition& definition) {
  each_field(definition.response_headers(), [&](auto name, auto value) { call.add_metadata(name, std::move(value)); });
  each_field(definition.response_trailers(), [&](auto name, auto value) { call.add_trailer(name, std::move(value)); });
}

RequestInfo info_of(const rpc::Call& call, const Requests& requests) {
  RequestInfo info;
  // An exchange is asked for headers by name: these are the names that the suites send.
  static constexpr std::array names{
      "x-custom-header", "x-conformance-test", "foo", "content-type", "connect-protocol-version", "te", "user-agent"};
  for (const auto* name : names) {
    wire::Header header;
    call.exchange().each_header(
        name, [](void* to, std::string_view value) { static_cast<wire::Header*>(to)->add_value(std::string(value)); },
        &header);
    if (header.value().empty()) continue;
    header.set_name(name);
    *info.add_request_headers() = std::move(header);
  }
  if (const auto timeout = call.timeout()) info.set_timeout_ms(timeout->count());
  for (const auto& request : requests) *info.add_requests() = request;
  transport::http1::for_each_query_parameter(call.exchange().query(), [&](auto name, auto value) {
    auto& parameter = *info.mutable_connect_get_info()->add_query_params();
    parameter.set_name(std::string(name));
    transport::http1::percent_decode_query(value, *parameter.add_value());
  });
  return info;
}

google::protobuf::Any any_of(const google::protobuf::Message& message) {
  google::protobuf::Any any;
  any.PackFrom(message);
  return any;
}

/// Fails the call as a test wants it; with what was asked among the details, if nothing was answered yet.
std::unexpected<core::Error> fail(rpc::Call& call, const wire::Error& wanted, const RequestInfo* info) {
  rpc::Status status{.code = static_cast<rpc::Code>(wanted.code()), .message = wanted.message(), .http_status = 500};
  const auto add = [&](const google::protobuf::Any& any) {
    status.details.push_back({.type = any.type_url().substr(any.type_url().rfind('/') + 1), .value = any.value()});
  };
  for (const auto& detail : wanted.details()) add(detail);
  if (info != nullptr) add(any_of(*info));
  call.fail_as(std::move(status));
  return core::fail(core::Fault::internal, "wanted");
}

Task<Result<void>> delay(std::uint32_t milliseconds) {
  if (milliseconds == 0) co_return Result<void>{};
  co_return co_await core::SleepUntil(clock.moment() + std::chrono::milliseconds(milliseconds));
}

/// What an answer of one message says, after the requests that came.
template <class Reply>
Task<Result<Reply>> answer_once(rpc::Call& call, wire::UnaryResponseDefinition definition, Requests requests) {
  using Outcome = Result<Reply>;
  add_metadata(call, definition);
  auto waited = co_await delay(definition.response_delay_ms());
  if (!waited) co_return Outcome(core::fail(std::move(waited)));
  const auto info = info_of(call, requests);
  if (definition.has_error()) co_return Outcome(fail(call, definition.error(), &info));
  Reply reply;
  reply.mutable_payload()->set_data(definition.response_data());
  *reply.mutable_payload()->mutable_request_info() = info;
  co_return Outcome(std::move(reply));
}

template <class Request, class Reply>
Task<Result<Reply>> unary(rpc::Call& call, Request request) {
  co_return co_await answer_once<Reply>(call, request.response_definition(), {any_of(request)});
}

template <class Reply>
Task<Result<void>> send(rpc::Call& call, const wire::StreamResponseDefinition& definition, int at, RequestInfo info) {
  auto waited = co_await delay(definition.response_delay_ms());
  if (!waited) co_return waited;
  Reply reply;
  reply.mutable_payload()->set_data(definition.response_data(at));
  *reply.mutable_payload()->mutable_request_info() = std::move(info);
  co_return co_await call.write(reply);
}

/// Sends what is left of a stream, and its error if it has one.
template <class Reply>
Task<Result<void>> send_rest(rpc::Call& call, wire::StreamResponseDefinition definition, int at, Requests requests) {
  if (at < definition.response_data_size()) call.begin();
  const auto info = info_of(call, requests);
  const bool is_first = at == 0;
  for (; at < definition.response_data_size(); ++at) {
    auto sent = co_await send<Reply>(call, definition, at, at == 0 ? info : RequestInfo{});
    if (!sent) co_return sent;
  }
  const bool tells_info = is_first && definition.response_data_size() == 0;
  if (definition.has_error()) co_return Result<void>(fail(call, definition.error(), tells_info ? &info : nullptr));
  co_return Result<void>{};
}

Task<Result<void>> server_stream(rpc::Call& call, wire::ServerStreamRequest request) {
  add_metadata(call, request.response_definition());
  co_return co_await send_rest<wire::ServerStreamResponse>(call, request.response_definition(), 0, {any_of(request)});
}

Task<Result<void>> client_stream(rpc::Call& call) {
  wire::UnaryResponseDefinition definition;
  Requests requests;
  for (;;) {
    wire::ClientStreamRequest request;
    auto more = co_await call.read(request);
    if (!more) co_return Result<void>(core::fail(std::move(more)));
    if (!*more) break;
    if (requests.empty()) definition = request.response_definition();
    requests.push_back(any_of(request));
  }
  auto reply = co_await answer_once<wire::ClientStreamResponse>(call, std::move(definition), std::move(requests));
  if (!reply) co_return Result<void>(core::fail(std::move(reply)));
  co_return co_await call.write(*reply);
}

Task<Result<void>> bidi_stream(rpc::Call& call) {
  wire::StreamResponseDefinition definition;
  Requests requests;
  bool is_first = true;
  bool is_full_duplex = false;
  int sent = 0;
  for (;;) {
    wire::BidiStreamRequest request;
    auto more = co_await call.read(request);
    if (!more) co_return Result<void>(core::fail(std::move(more)));
    if (!*more) break;
    requests.push_back(any_of(request));
    if (std::exchange(is_first, false)) {
      definition = request.response_definition();
      is_full_duplex = request.full_duplex();
      add_metadata(call, definition);
      if (is_full_duplex && definition.response_data_size() > 0) call.begin();
    }
    if (!is_full_duplex) continue;
    if (sent == definition.response_data_size()) break;
    RequestInfo info;
    if (sent == 0) info = info_of(call, requests);
    else *info.add_requests() = requests.back();
    auto written = co_await send<wire::BidiStreamResponse>(call, definition, sent++, std::move(info));
    if (!written) co_return written;
    requests.clear();
  }
  co_return co_await send_rest<wire::BidiStreamResponse>(call, std::move(definition), sent, std::move(requests));
}

Task<Result<wire::UnimplementedResponse>> unimplemented(rpc::Call& call, wire::UnimplementedRequest) {
  co_return fail(
      call,
      [] {
        wire::Error error;
        error.set_code(wire::CODE_UNIMPLEMENTED);
        return error;
      }(),
      nullptr);
}

/// The suites want errors of the protocol itself to come without details, and the product's say their stable code.
class BareErrors final : public transport::ErrorFormat {
 public:
  explicit BareErrors(const rpc::Wire& wire) : wire_(wire) {}
  transport::Response encode(int status, const core::Error& error, std::string_view request_id) const override {
    if (wire_.protocol == rpc::Protocol::connect_unary) return transport::problem_response(status, error, request_id);
    auto told = rpc::status_of(status, error, request_id);
    told.details.clear();
    return rpc::whole_answer(wire_, std::move(told), {}, {});
  }

 private:
  const rpc::Wire& wire_;
};

const transport::ErrorFormat* bare_error_format_of(const transport::Exchange& exchange) {
  const auto* const wire = rpc::wire_of(exchange);
  if (wire == nullptr) return nullptr;
  static std::map<const rpc::Wire*, BareErrors> formats;  // one thread serves
  return &formats.try_emplace(wire, *wire).first->second;
}

std::vector<rpc::Method> methods_of(const google::protobuf::ServiceDescriptor& service,
                                    std::vector<std::string>& paths) {
  std::vector<rpc::Method> methods;
  paths.reserve(static_cast<std::size_t>(service.method_count()));
  for (int i = 0; i < service.method_count(); ++i) {
    const auto& method = *service.method(i);
    const std::string_view path = paths.emplace_back("/" + service.full_name() + "/" + method.name());
    using rpc::Messages;
    methods.push_back({.full_name = path.substr(1),
                       .path = path,
                       .descriptor = &method,
                       .requests = method.client_streaming() ? Messages::many : Messages::one,
                       .replies = method.server_streaming() ? Messages::many : Messages::one,
                       .access = rpc::Access::anybody,
                       .rate = transport::RateClass::other,
                       .is_free_of_side_effects =
                           method.options().idempotency_level() == google::protobuf::MethodOptions::NO_SIDE_EFFECTS,
                       .request_rules = nullptr});
  }
  return methods;
}

bool read_exactly(char* to, std::size_t size) { return std::fread(to, 1, size, stdin) == size; }

bool read_delimited(google::protobuf::Message& message) {
  std::array<char, 4> prefix;
  if (!read_exactly(prefix.data(), prefix.size())) return false;
  std::size_t size = 0;
  for (const char c : prefix) size = size << 8 | static_cast<unsigned char>(c);
  std::string bytes(size, '\0');
  return read_exactly(bytes.data(), size) && message.ParseFromString(bytes);
}

void write_delimited(const google::protobuf::Message& message) {
  const auto bytes = message.SerializeAsString();
  std::array<char, 4> prefix;
  for (int i = 0; i < 4; ++i) prefix[static_cast<std::size_t>(i)] = static_cast<char>(bytes.size() >> (24 - 8 * i));
  std::fwrite(prefix.data(), 1, prefix.size(), stdout);
  std::fwrite(bytes.data(), 1, bytes.size(), stdout);
  std::fflush(stdout);
}

/// The runner's certificate, where the server reads one from: in files, for as long as this lives.
class CertificateOfTheRunner {
 public:
  explicit CertificateOfTheRunner(const wire::TLSCreds& given) {
    std::string name = std::filesystem::temp_directory_path() / "sallyport-conformance-XXXXXX";
    folder_ = mkdtemp(name.data());
    write(files().chain, given.cert());
    write(files().key, given.key());
  }
  ~CertificateOfTheRunner() { std::filesystem::remove_all(folder_); }
  CertificateOfTheRunner(const CertificateOfTheRunner&) = delete;
  CertificateOfTheRunner& operator=(const CertificateOfTheRunner&) = delete;

  transport::tls::CertificateFiles files() const { return {.chain = folder_ / "cert.pem", .key = folder_ / "key.pem"}; }

 private:
  static void write(const std::filesystem::path& file, const std::string& pem) { std::ofstream(file) << pem; }
  std::filesystem::path folder_;
};

int serve() {
  wire::ServerCompatRequest wanted;
  if (!read_delimited(wanted)) return 64;
  constexpr std::string_view service = "connectrpc.conformance.v1.ConformanceService/";
  const auto name = [&](std::string_view method) { return std::string(service).append(method); };
  std::vector<std::string> paths;
  const auto methods = methods_of(*wire::UnaryRequest::descriptor()->file()->service(0), paths);
  constexpr std::size_t ample = 16 * 1024 * 1024;
  const auto limit = wanted.message_receive_limit();
  rpc::Services services(methods,
                         {.message_bytes = limit != 0 ? limit : ample, .details = rpc::ErrorDetails::withheld});
  services.unary<wire::UnaryRequest, wire::UnaryResponse>(name("Unary"),
                                                          unary<wire::UnaryRequest, wire::UnaryResponse>);
  services.unary<wire::IdempotentUnaryRequest, wire::IdempotentUnaryResponse>(
      name("IdempotentUnary"), unary<wire::IdempotentUnaryRequest, wire::IdempotentUnaryResponse>);
  services.server_stream<wire::ServerStreamRequest, wire::ServerStreamResponse>(name("ServerStream"), server_stream);
  services.stream(name("ClientStream"), client_stream);
  services.stream(name("BidiStream"), bidi_stream);
  services.unary<wire::UnimplementedRequest, wire::UnimplementedResponse>(name("Unimplemented"), unimplemented);
  transport::Router router;
  services.mount(router);
  transport::Pipeline pipeline(router, {}, bare_error_format_of);
  const transport::Limits limits;
  system_adapter::SystemRandom random;
  transport::tls::LiveCertificates certificates(clock, random);
  transport::Protection protection;
  if (wanted.use_tls()) {
    const CertificateOfTheRunner given(wanted.server_creds());
    if (!certificates.open({.certificates = {given.files()}})) return 78;
    protection = {.certificates = &certificates, .is_required = true};
  }
  transport::Server server(clock, limits, pipeline, 1, {}, protection);
  if (!server.bind(*transport::Endpoint::parse("127.0.0.1:0"))) return 69;

  sigset_t ended;
  sigemptyset(&ended);
  sigaddset(&ended, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ended, nullptr);
  server.start();
  wire::ServerCompatResponse where;
  where.set_host("127.0.0.1");
  where.set_port(server.endpoint().port);
  if (wanted.use_tls()) where.set_pem_cert(wanted.server_creds().cert());
  write_delimited(where);
  int signal = 0;
  sigwait(&ended, &signal);
  server.stop(std::chrono::milliseconds(100));
  server.run_leftovers();
  return 0;
}

}  // namespace
}  // namespace sallyport::conformance

int main() { return sallyport::conformance::serve(); }
