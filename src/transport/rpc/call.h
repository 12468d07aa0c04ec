#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "core/task.h"
#include "transport/exchange.h"
#include "transport/rpc/admission.h"
#include "transport/rpc/base64.h"
#include "transport/rpc/connect_get.h"
#include "transport/rpc/envelope.h"
#include "transport/rpc/method_table.h"
#include "transport/rpc/outgoing.h"
#include "transport/rpc/status.h"
#include "transport/rpc/wire.h"

namespace google::protobuf {
class Message;
}

namespace sallyport::transport::rpc {

/// Whether errors carry messages that say more of them.
enum class ErrorDetails { told, withheld };

/// What all calls of a server have in common.
struct CallRules {
  std::size_t message_bytes = 64 * 1024;  ///< of one message of a client, before and after it is decompressed
  std::size_t streams = 1024;             ///< calls at a time that send more than one message either way: they last
  Admission* admission = nullptr;         ///< null: everybody may call everything
  ErrorDetails details = ErrorDetails::told;
};

enum class Compress { yes, no };

/// One call, whichever wire protocol carries it. Lives as long as its handler, on the exchange's loop.
class Call {
 public:
  Call(Exchange& exchange, const Method& method, const Wire& wire, const CallRules& rules, Compress compress);
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;
  ~Call();

  // --- for handlers ---
  Exchange& exchange() const { return exchange_; }
  const Method& method() const { return method_; }
  /// What admission found out; null for methods that anybody may call.
  const Caller* caller() const { return caller_.get(); }
  /// How long the client waits for the whole call, if it has said so.
  std::optional<std::chrono::milliseconds> timeout() const { return timeout_; }
  /// A header of the request, which is what metadata is. Binary ones (`-bin`) are decoded; nothing for one that is
  /// not there, is repeated, or is no base64.
  std::optional<std::string> metadata(std::string_view name) const;
  /// Leading metadata of the answer, before anything of it has gone. The name is a literal in lower case; the value of
  /// one that ends in `-bin` is any bytes.
  void add_metadata(std::string_view name, std::string value) { add_field(metadata_.leading, name, std::move(value)); }
  /// Trailing metadata of the answer, in the same way.
  void add_trailer(std::string_view name, std::string value) { add_field(metadata_.trailing, name, std::move(value)); }
  /// What log and metrics say of a call that ends well, where its message tells of a refusal (`locked`): the code, a
  /// literal, and the status that REST would have answered with.
  void set_outcome(std::string_view code, int http_status) {
    outcome_ = code;
    outcome_http_status_ = http_status;
  }
  /// The status that the call ends with if the handler fails, instead of what its error says: for codes and details
  /// that no fault stands for.
  void fail_as(Status status) { failure_ = std::move(status); }

  /// The next message of a client that sends many; false at their end. As `Admission::admit` and `Exchange::read_piece`
  /// fail; `too_large` / "body_too_large", `malformed` / "message_malformed", `unimplemented` /
  /// "compression_unsupported", and `invalid` / "invalid_fields" for what breaks the rules of its fields.
  core::Task<core::Result<bool>> read(google::protobuf::Message& into);
  /// Sends a message, the head before the first. Waits while the client takes nothing; fails as `Exchange::write`.
  core::Task<core::Result<void>> write(const google::protobuf::Message& message);
  /// Sends the head now, where a client waits for it before any message comes.
  void begin();

  // --- for `Services` ---
  /// Looks at the head of the request: version, timeout, compression. Then the time of the call runs.
  core::Result<void> open();
  /// Whether admission is asked, and then whether it has to see the request, so that `receive` asks it.
  bool needs_admission() const { return rules_.admission != nullptr && method_.access != Access::anybody; }
  bool is_admitted_by_request() const { return method_.access == Access::self_or_administrator; }
  /// Asks admission; `request` as there.
  core::Task<core::Result<void>> admit(const google::protobuf::Message* request);
  /// The one message of a client that sends one, admitted and checked; fails as `read`, and with `unimplemented` /
  /// "message_count".
  core::Task<core::Result<void>> receive(google::protobuf::Message& into);
  /// The one message of a server that sends one.
  void answer(const google::protobuf::Message& message);
  /// Ends the call: the whole answer, or what is left of it and a response that tells how it went.
  core::Task<core::Result<Response>> end(core::Result<void> outcome);

 private:
  enum class Coding : std::uint8_t { identity, gzip };
  class TimeLimit;

  static void add_field(std::vector<ResponseField>& fields, std::string_view name, std::string value);
  bool is_unary() const { return method_.requests == Messages::one && method_.replies == Messages::one; }
  core::Result<void> read_codings();
  core::Result<void> read_timeout();
  core::Result<void> read_query();
  void begin_time();
  core::Task<core::Result<std::string_view>> read_whole();
  core::Result<void> take_only(std::string_view bytes, google::protobuf::Message& into);
  core::Result<void> take(Envelope envelope, google::protobuf::Message& into);
  core::Result<void> decode(std::string_view bytes, Coding coding, google::protobuf::Message& into) const;
  core::Result<void> check(const google::protobuf::Message& message) const;
  bool may_compress() const { return compress_ == Compress::yes && client_takes_gzip_; }
  void frame(const google::protobuf::Message& message);
  Response head();
  Status status_at_end(const core::Result<void>& outcome);

  Exchange& exchange_;
  const Method& method_;
  const Wire* wire_;
  const CallRules& rules_;
  Compress compress_;
  std::shared_ptr<const Caller> caller_;  ///< shared with whoever caches what admission found out
  std::optional<ConnectGet> get_;
  Coding request_coding_ = Coding::identity;
  bool client_takes_gzip_ = false;
  std::optional<std::chrono::milliseconds> timeout_;
  std::unique_ptr<TimeLimit> time_limit_;
  AnswerMetadata metadata_;
  std::string_view outcome_ = "ok";
  int outcome_http_status_ = 200;
  std::optional<Status> failure_;
  EnvelopeReader envelopes_;
  Base64Stream base64_;
  std::string decoded_text_;  ///< of a piece of base64
  std::string body_;          ///< of a whole answer, or the piece of a stream that is being sent
  bool has_begun_ = false;
  bool has_broken_protocol_ = false;  ///< which gRPC calls INTERNAL, although it is the client's bug
};

}  // namespace sallyport::transport::rpc
