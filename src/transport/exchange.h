#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/ids.h"
#include "core/result.h"
#include "core/task.h"
#include "transport/address.h"

namespace sallyport::transport {

enum class Method : std::uint8_t { get, head, post, put, patch, delete_, options, other };
Method parse_method(std::string_view text);
std::string_view to_text(Method method);
/// Whether a request of that method changes nothing (RFC 9110 §9.2.1); unknown ones may.
constexpr bool is_safe(Method method) {
  return method == Method::get || method == Method::head || method == Method::options;
}

/// One header line of a response. The name points at a literal.
struct ResponseField {
  std::string_view name;
  std::string value;
};

struct Response;

/// How the errors of a request are written: as a problem document, or as the RPC protocol of the request has it.
class ErrorFormat {
 public:
  /// The answer to `error`. `status` is what HTTP would say of it: the fault's own, or one that only the transport
  /// gives (405, 408, 415, 421).
  virtual Response encode(int status, const core::Error& error, std::string_view request_id) const = 0;

 protected:
  ~ErrorFormat() = default;
};

/// Everything a handler says to a client, in no protocol's words. The protocol adds framing, `Date` and the security
/// headers that every answer carries.
struct Response {
  int status = 200;
  std::string_view content_type{};  ///< points at a literal; empty when there is no body
  std::string body{};
  std::string_view cache_control = "no-store";  ///< outlives the answer
  std::vector<ResponseField> fields{};
  /// The domain outcome for metrics and the log line (a code such as `locked`); points at a literal.
  std::string_view outcome = "ok";
  std::string log_detail{};  ///< for the log only
  /// After the body, where the protocol has a place for them: HTTP/2 has, HTTP/1.1 drops them.
  std::vector<ResponseField> trailers{};
  /// What HTTP would have said, where a protocol puts its status elsewhere; 0: that is `status`. For log and metrics.
  int http_status = 0;

  static Response json(int status, std::string body) {
    return {.status = status, .content_type = "application/json", .body = std::move(body)};
  }
  static Response no_content() { return {.status = 204}; }
  int status_for_log() const { return http_status != 0 ? http_status : status; }
};

/// One request and its one answer, whatever protocol carries them. Lives on one loop; the handler that runs in it and
/// the connection share it, so it outlives whichever of them ends first.
class Exchange {
 public:
  virtual ~Exchange() = default;

  /// --- the request; all views live as long as the exchange ---
  virtual Method method() const = 0;
  /// The path as sent, percent-encoding kept, without the query.
  virtual std::string_view path() const = 0;
  virtual std::string_view query() const = 0;
  /// The authority the client meant: HTTP/1.1 Host or HTTP/2 :authority.
  virtual std::string_view authority() const = 0;
  /// The value of a header; nothing if it is absent or, where a list makes no sense of it, repeated.
  virtual std::optional<std::string_view> header(std::string_view name) const = 0;
  /// Calls `visit(context, value)` for each line of that name, in order.
  virtual void each_header(std::string_view name, void (*visit)(void*, std::string_view), void* context) const = 0;
  virtual std::string_view protocol() const = 0;  ///< "http/1.1"
  virtual const Address& peer() const = 0;
  /// Whether it came through TLS to this server.
  bool is_secure() const { return is_secure_; }

  /// The whole body, read when asked for (that is when a client hears `100 Continue`). Fails with `too_large` /
  /// "body_too_large" as soon as more than `limit` bytes are announced or have come, with `malformed` /
  /// "request_malformed" for broken framing, and with `cancelled` when the client goes away.
  virtual core::Task<core::Result<std::string_view>> read_body(std::size_t limit) = 0;
  /// The next piece of a body that is read as it comes, instead of `read_body`; valid until the next call, empty at the
  /// end of the body. The client sends no more than a window ahead of what is read. Fails as `read_body`, and with
  /// `deadline_exceeded` when nothing comes for too long.
  virtual core::Task<core::Result<std::string_view>> read_piece() = 0;

  /// --- its time ---
  /// Ends the request so long after now, instead of `Limits::request_time`: the task is interrupted, and a little later
  /// the protocol answers by itself. Also the deadline of the context.
  virtual void limit_time(std::chrono::milliseconds from_now) = 0;
  /// For a stream that lasts as long as both want it: only its steps are limited, a read by `Limits::idle_time` and a
  /// write by `Limits::send_time`.
  virtual void lift_time_limit() = 0;

  /// --- the answer; once ---
  virtual void respond(Response response) = 0;
  /// Begins an answer of unknown length; `write` and `finish` follow. `head.body` is sent first.
  virtual void begin(Response head) = 0;
  /// Sends a piece. Waits while more than a high-water mark is unsent. `cancelled` when the client is gone.
  virtual core::Task<core::Result<void>> write(std::string_view piece) = 0;
  /// Ends an answer that was begun; the trailers go where the protocol has a place for them.
  virtual void finish(std::vector<ResponseField> trailers) = 0;
  /// Breaks off an answer that was begun, in a way that the client cannot take for its end.
  virtual void abort() = 0;
  virtual bool is_answered() const = 0;
  /// Whether the protocol has answered by itself, with `Service::refusal`, while the handler was still at work.
  bool is_given_up() const { return is_given_up_; }

  core::TaskContext& context() { return *context_; }

  /// --- what middleware has found out ---
  std::string_view request_id() const { return request_id_; }
  void set_request_id(std::string id) { request_id_ = std::move(id); }
  /// The client as the rest of the server knows it: the peer, or what a trusted proxy says.
  const Address& client() const { return client_ ? *client_ : peer(); }
  void set_client(Address client) { client_ = client; }
  /// The account the request turned out to speak for; for the log line.
  const std::optional<core::Uuid>& account() const { return account_; }
  void set_account(const core::Uuid& account) { account_ = account; }
  /// A header of every answer to this request, whoever makes it. Both outlive the exchange, and hold no control bytes.
  void add_answer_field(std::string_view name, std::string_view value) { answer_fields_.emplace_back(name, value); }
  const std::vector<std::pair<std::string_view, std::string_view>>& answer_fields() const { return answer_fields_; }
  /// Whether cookies of the request are not to be looked at, since nobody has checked where it comes from.
  bool are_cookies_withheld() const { return are_cookies_withheld_; }
  void withhold_cookies() { are_cookies_withheld_ = true; }
  core::Moment began() const { return began_; }

 protected:
  std::optional<core::TaskContext> context_;
  core::Moment began_{};
  bool is_given_up_ = false;
  bool is_secure_ = false;
  void reset_findings() {
    is_given_up_ = false;
    request_id_.clear();
    account_.reset();
    client_.reset();
    answer_fields_.clear();
    are_cookies_withheld_ = false;
  }

 private:
  std::string request_id_;
  std::optional<core::Uuid> account_;
  std::optional<Address> client_;
  std::vector<std::pair<std::string_view, std::string_view>> answer_fields_;
  bool are_cookies_withheld_ = false;
};

/// Whoever answers exchanges: the pipeline of middleware, router and handlers. Called on the exchange's loop; must
/// answer sooner or later, and must not throw. The task keeps no reference to the exchange after it ends.
class Service {
 public:
  virtual ~Service() = default;
  virtual core::Task<void> serve(Exchange& exchange) = 0;
  /// The answer for a request that the protocol refused or gave up before `serve` could answer it, with the same
  /// problem document, metrics and log line as any other.
  virtual Response refusal(const Exchange* exchange, int status, core::Error error) = 0;
};

}  // namespace sallyport::transport
