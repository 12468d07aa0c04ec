#pragma once

#include <memory>
#include <string>

#include "core/signal.h"
#include "transport/connection.h"
#include "transport/exchange.h"
#include "transport/http1/chunked_decoder.h"
#include "transport/http1/request_head.h"
#include "transport/stream.h"
#include "transport/worker.h"

namespace sallyport::transport::http1 {

class Connection;

/// Received bytes between two marks, in memory that is kept for the next request but given back while idle.
class InputBuffer {
 public:
  std::string_view unread() const { return {bytes_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t count) { begin_ += count; }
  /// Wipes all bytes, which may have been passwords and tokens; keeps the memory unless it has grown beyond its usual
  /// size.
  void clear();
  ~InputBuffer() { clear(); }
  /// Keeps what has been consumed where it is, until `compact` or `clear`: a parsed head points into it.
  void hold() { held_end_ = begin_; }
  /// Lets go of what was held and moves the unread bytes to the front, where a new request is parsed.
  void compact();
  /// Takes what the stream has, as far as there is room.
  Stream::Input receive(Stream& stream);

 private:
  static constexpr std::size_t usual_size = 4 * 1024;
  static constexpr std::size_t least_room = 1024;
  void grow();
  void release_held();
  std::unique_ptr<char[]> bytes_;
  std::unique_ptr<char[]> held_;  ///< the former `bytes_`, when there was no room behind what is held
  std::size_t held_size_ = 0;
  std::size_t capacity_ = 0;
  std::size_t used_ = 0;  ///< how far `bytes_` has been written since it was wiped
  std::size_t begin_ = 0;
  std::size_t end_ = 0;
  std::size_t held_end_ = 0;
};

/// A request of an HTTP/1.1 connection and its answer (RFC 9112). Pooled by the worker: an idle connection has none.
/// Shared by the connection and the running handler, whichever ends last gives it back.
class Http1Exchange final : public Exchange {
 public:
  Method method() const override { return method_; }
  std::string_view path() const override { return head_.path; }
  std::string_view query() const override { return head_.query; }
  std::string_view authority() const override { return head_.host; }
  std::optional<std::string_view> header(std::string_view name) const override;
  void each_header(std::string_view name, void (*visit)(void*, std::string_view), void* context) const override;
  std::string_view protocol() const override { return head_.minor_version == 0 ? "http/1.0" : "http/1.1"; }
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
  /// Makes it as good as new, for the next connection that needs one.
  void recycle() {
    reset();
    connection_ = nullptr;
    input_.clear();
  }

 private:
  friend class Connection;
  class BodyRead;
  void start_request(Connection& connection);
  void reset();
  /// Whether the whole body has been taken from the connection; skips what of it has already come.
  bool skip_received_body();
  core::Result<bool> decode_received();  ///< true once the body is complete
  /// Reads until `body_` holds something new or is complete: which of it, is the answer. `limit` as of `read_body`.
  core::Task<core::Result<bool>> read_more(std::size_t limit);
  void append_piece(std::string& out, std::string_view piece) const;
  bool has_own_time() const { return is_time_unlimited_ || ends_at_.has_value(); }
  bool has_body() const { return head_.framing != Framing::none; }

  Connection* connection_ = nullptr;  ///< null once the connection has gone
  InputBuffer input_;
  std::size_t scanned_ = 0;  ///< how much of the input is known to be no whole head
  RequestHead head_;
  Method method_ = Method::other;
  Address peer_;
  ChunkedDecoder chunks_{0};
  std::string body_;
  std::uint64_t body_left_ = 0;
  core::Signal input_arrived_;
  core::Signal output_drained_;
  std::optional<core::Moment> ends_at_;  ///< the handler's own time
  bool is_time_unlimited_ = false;
  bool is_body_complete_ = true;
  bool has_begun_body_ = false;
  bool is_reading_body_ = false;
  bool sends_content_ = false;  ///< what is streamed reaches the client: not so for HEAD
  bool is_answered_ = false;    ///< a status line has been sent
  bool is_finished_ = false;    ///< the whole answer has been handed to the connection
  bool is_streaming_ = false;
  bool is_handler_running_ = false;
};

/// One accepted socket that speaks HTTP/1.1: keep-alive, pipelining, chunked bodies both ways, `Expect`, and an answer
/// before every close (a lingering one, so that the answer is not lost to a reset).
class Connection final : public transport::Connection {
 public:
  Connection(Worker& worker, Stream stream, const ConnectionOrigin& origin);
  enum class Refuse { nothing, preamble, plain };
  /// Takes over the watch of the socket. A connection over the cap answers its first request with 503; one that did not
  /// begin as its proxy's have to is refused, as is a plain one where TLS is required.
  void open(Refuse refused = Refuse::nothing);
  /// The server is ending: an idle connection closes now, a busy one after its answer; a request that is on its way
  /// gets as long as a refused client.
  void drain() override;
  void close() override;
  /// Parses, serves, and again.
  void pump() override;

 private:
  friend class Http1Exchange;
  enum class Phase { idle, head, serving, lingering, closed };
  enum class Persistence { keep, close };

  void ready(std::uint32_t events) override;
  void expired() override;
  bool read_head();
  void serve();
  void give_up(int status, core::Error error);
  /// The answer is out and the handler has ended: on to the next request, or to the end.
  bool next_request();
  void refuse(int status, core::Error error);
  void send_head(const Response& response, std::optional<std::size_t> length, Persistence persistence);
  void send(std::string_view bytes);
  std::size_t transmit(std::string_view bytes);  ///< how much the socket took; may close
  bool flush();                                  ///< false if it had to close
  std::size_t unsent_size() const { return unsent_.size() - sent_; }
  void linger();
  void drain_input();
  void detach_exchange();
  void set_deadline(std::chrono::milliseconds from_now);
  void await_handler();  ///< from now on the handler's time runs

  Worker& worker_;
  Stream stream_;
  const Address peer_;
  const std::optional<Address> client_;      ///< whom the proxy `peer_` speaks for
  std::unique_ptr<Http1Exchange> exchange_;  ///< null while idle
  std::string unsent_;                       ///< empty unless the socket is full
  std::size_t sent_ = 0;                     ///< how much of `unsent_` has gone since
  std::size_t drained_ = 0;
  Phase phase_ = Phase::head;  ///< a client that connects and says nothing is not idle, it is slow
  bool is_input_ready_ = false;
  bool is_peer_done_ = false;  ///< it has shut its sending side
  bool is_shut_ = false;       ///< so have we
  bool must_close_ = false;
  const bool is_over_cap_;
  bool is_pumping_ = false;
};

}  // namespace sallyport::transport::http1
