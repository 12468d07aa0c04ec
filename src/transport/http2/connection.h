#pragma once

#include <memory>
#include <string>
#include <vector>

#include "transport/connection.h"
#include "transport/http2/exchange.h"
#include "transport/http2/frame_budget.h"
#include "transport/http2/session_memory.h"
#include "transport/stream.h"
#include "transport/worker.h"

struct nghttp2_session;
struct nghttp2_session_callbacks;

namespace sallyport::transport::http2 {

/// One accepted socket that speaks HTTP/2 (RFC 9113). Frames, HPACK and flow control are nghttp2's; what may wait, for
/// how long and how much of it, is decided here. Nothing that nghttp2 calls calls nghttp2 back to send or to receive:
/// handlers start once all that was received is known, and their answers leave together.
class Connection final : public transport::Connection {
 public:
  Connection(Worker& worker, Stream stream, const ConnectionOrigin& origin);
  ~Connection() override;
  /// Takes over the watch of the socket. Requests of a connection over the cap are answered 503.
  void open();
  /// Two GOAWAYs (RFC 9113 §6.8): the first announces the end, the second, once the client has heard it, tells which
  /// requests are answered.
  void drain() override;
  void close() override;
  void pump() override;

 private:
  friend class Http2Exchange;
  struct Callbacks;
  enum class Phase { serving, lingering, closed };

  void ready(std::uint32_t events) override;
  void expired() override;
  void receive();
  void start_requests();  ///< as many as there is room for the answers of
  void start(Http2Exchange& exchange);
  void send();
  bool flush();  ///< false while the socket takes no more, or after it had to close
  void pump_soon();
  void begin_head(std::int32_t stream, bool is_whole);
  void end_head(Http2Exchange& exchange);
  void stream_closed(Http2Exchange& exchange);
  void spend(std::int64_t cost);
  void refuse(Http2Exchange& exchange, int status, core::Error error);
  void submit_head(Http2Exchange& exchange, const Response& response, bool has_content);
  void resume_output(Http2Exchange& exchange);
  void acknowledge(Http2Exchange& exchange, std::size_t size);
  void send_continue(const Http2Exchange& exchange);
  void reset(const Http2Exchange& exchange, std::uint32_t error);
  void say_last_goaway();
  void linger();
  void drain_input();
  void set_deadline(std::chrono::milliseconds from_now);
  bool is_idle() const { return streams_.empty(); }

  Worker& worker_;
  Stream stream_;
  const Address peer_;
  const std::optional<Address> client_;
  SessionMemory memory_;
  nghttp2_session* session_ = nullptr;
  FrameBudget budget_;
  std::vector<Http2Exchange*> streams_;  ///< all that are open, with those whose head is not complete yet
  std::vector<Http2Exchange*> waiting_;  ///< to be started
  std::size_t held_ = 0;                 ///< of answers, in all streams
  std::string unsent_;                   ///< empty unless the socket is full
  std::size_t sent_ = 0;
  std::size_t drained_ = 0;
  core::Moment idle_since_;
  Phase phase_ = Phase::serving;
  const bool is_over_cap_;
  bool has_served_ = false;
  bool has_named_an_id_ = false;
  bool has_reset_ = false;  ///< a stream, from our side
  bool is_input_ready_ = false;
  bool is_peer_done_ = false;  ///< it has shut its sending side
  bool is_pumping_ = false;
  bool is_pump_due_ = false;
  bool is_draining_ = false;
  bool is_last_goaway_said_ = false;
  bool is_shut_ = false;
};

}  // namespace sallyport::transport::http2
