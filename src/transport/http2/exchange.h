#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/signal.h"
#include "transport/exchange.h"
#include "transport/http1/header_field.h"

namespace sallyport::transport::http2 {

class Connection;

/// What a request's head says, kept in one piece of memory. Filled line by line, as HPACK gives them.
class Head {
 public:
  /// False, and no line is kept from then on, once there are more than `max_bytes` (RFC 9113 §10.5.1: each line counts
  /// 32 more than its bytes) or more lines than anybody needs.
  bool add(std::string_view name, std::string_view value, std::size_t max_bytes);
  /// A line that must not be there (RFC 9113 §8.2.1).
  void add_malformed() { is_malformed_ = true; }
  /// After the last line: what is wrong with it, if anything is.
  std::optional<http1::Refusal> complete();
  void clear();

  std::string_view method, path, query, authority;
  http1::HeaderFields fields;  ///< without those that begin with a colon
  std::optional<std::uint64_t> content_length;
  bool expects_continue = false;

 private:
  struct Line {
    std::size_t name, value, end;  ///< where they begin in `bytes_`, and where the value ends
  };
  std::string bytes_;
  std::vector<Line> lines_;
  std::size_t counted_ = 0;
  bool is_too_large_ = false;
  bool is_malformed_ = false;
};

/// A request of an HTTP/2 connection, that is one stream, and its answer (RFC 9113 §8.1). Pooled by the worker. Shared
/// by the connection and the running handler, whichever ends last gives it back.
class Http2Exchange final : public Exchange, private core::Timer {
 public:
  Method method() const override { return method_; }
  std::string_view path() const override { return head_.path; }
  std::string_view query() const override { return head_.query; }
  std::string_view authority() const override { return head_.authority; }
  std::optional<std::string_view> header(std::string_view name) const override { return head_.fields.find(name); }
  void each_header(std::string_view name, void (*visit)(void*, std::string_view), void* context) const override;
  std::string_view protocol() const override { return "http/2"; }
  const Address& peer() const override { return peer_; }
  core::Task<core::Result<std::string_view>> read_body(std::size_t limit) override;
  core::Task<core::Result<std::string_view>> read_piece() override;
  void limit_time(std::chrono::milliseconds from_now) override;
  void lift_time_limit() override;
  void respond(Response response) override;
  void begin(Response head) override;
  core::Task<core::Result<void>> write(std::string_view piece) override;
  void finish(std::vector<ResponseField> trailers) override;
  void abort() override;
  bool is_answered() const override { return is_answered_; }
  /// Makes it as good as new, for the next stream that needs one.
  void recycle();

 private:
  friend class Connection;
  class BodyRead;
  using Trailers = std::vector<std::pair<std::string, std::string>>;

  void expired() override;
  void set_deadline(std::chrono::milliseconds from_now);
  void await_handler();  ///< from now on the handler's time runs
  void begin_body();
  /// Waits for more of the body. An error when nobody wants it any more.
  core::Task<core::Result<void>> more_body();
  void give_up(int status, core::Error error);
  void hand_over(Response&& response);
  bool has_own_time() const { return is_time_unlimited_ || ends_at_.has_value(); }
  std::size_t unsent_size() const { return unsent_.size() - sent_; }

  Connection* connection_ = nullptr;  ///< null once the stream is closed
  std::int32_t stream_ = 0;
  std::size_t position_ = 0;  ///< among the connection's streams
  Head head_;
  Method method_ = Method::other;
  Address peer_;
  std::string received_;            ///< of the body, and not read yet
  std::size_t unacknowledged_ = 0;  ///< of what has come: the client's window is that much smaller
  std::size_t discarded_ = 0;
  std::string piece_;
  std::string unsent_;
  std::size_t sent_ = 0;  ///< how much of `unsent_` has gone
  Trailers trailers_;
  core::Signal input_arrived_;
  core::Signal output_drained_;
  std::optional<core::Moment> ends_at_;  ///< the handler's own time
  bool is_head_complete_ = false;
  bool is_waiting_ = false;  ///< to be started
  bool is_time_unlimited_ = false;
  bool is_body_complete_ = false;
  bool has_begun_body_ = false;
  bool is_reading_body_ = false;
  bool sends_content_ = false;
  bool is_answered_ = false;
  bool is_finished_ = false;  ///< the whole answer has been handed to the connection
  bool is_output_deferred_ = false;
  bool is_handler_running_ = false;
};

}  // namespace sallyport::transport::http2
