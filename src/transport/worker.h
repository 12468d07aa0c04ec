#pragma once

#include <atomic>
#include <cstdint>
#include <latch>
#include <memory>
#include <vector>

#include "core/signal.h"
#include "transport/event_loop.h"
#include "transport/exchange.h"
#include "transport/limits.h"
#include "transport/proxy/rules.h"

namespace sallyport::transport {

class Connection;
namespace tls {
class LiveCertificates;
}
namespace http1 {
class Http1Exchange;
}
namespace http2 {
class Http2Exchange;
}

/// Exchanges that are between two requests, ready for the next.
template <class Kind>
class ExchangePool {
 public:
  std::unique_ptr<Kind> take() {
    if (spare_.empty()) return std::make_unique<Kind>();
    auto exchange = std::move(spare_.back());
    spare_.pop_back();
    return exchange;
  }
  void give_back(std::unique_ptr<Kind> exchange) {
    exchange->recycle();
    if (spare_.size() < most_kept) spare_.push_back(std::move(exchange));
  }

 private:
  static constexpr std::size_t most_kept = 64;
  std::vector<std::unique_ptr<Kind>> spare_;
};

/// What the loops of one server count, readable from every thread.
struct WorkerCounters {
  std::atomic<std::int64_t> connections = 0;  ///< open now, or on the way from another worker
  std::atomic<std::uint64_t> accepted = 0;
  std::atomic<std::uint64_t> refused = 0;             ///< over the cap
  std::atomic<std::uint64_t> handshakes = 0;          ///< of TLS, that were completed
  std::atomic<std::uint64_t> handshakes_resumed = 0;  ///< those of them that went on with an earlier session
  std::atomic<std::uint64_t> handshakes_failed = 0;
};

/// What of TLS a port speaks.
struct Protection {
  const tls::LiveCertificates* certificates = nullptr;  ///< without any, TLS is refused
  bool is_required = false;                             ///< plain HTTP is refused
};

/// One thread's share of the server: its loop, its listener, its connections. Touched by its own thread only, save
/// where said. Connections are destroyed between turns, never inside an event.
class Worker final : private Pollable {
 public:
  Worker(const core::Clock& clock, const Limits& limits, Service& service, const ProxyRules& proxies,
         const Protection& protection, std::size_t connection_share);
  ~Worker();

  EventLoop& loop() { return loop_; }
  const Limits& limits() const { return limits_; }
  Service& service() { return service_; }
  const ProxyRules& proxies() const { return proxies_; }
  const Protection& protection() const { return protection_; }
  WorkerCounters& counters() { return counters_; }   ///< from any thread
  bool is_draining() const { return is_draining_; }  ///< whether every answer is its connection's last

  /// Takes over a listening socket. `peers` are all workers of the server, this one too: a loop far above its share of
  /// connections gives new sockets to the emptiest. Before `run`.
  void listen(int listener, const std::vector<std::unique_ptr<Worker>>& peers);
  /// Adopts an accepted socket, already counted in `counters().connections`; on this worker's thread.
  void adopt(int socket, const Address& peer);

  /// Accepts what waits, then no more, then counts `done` down. Every answer is its connection's last from then on.
  /// From any thread, once.
  void stop_accepting(std::latch& done);
  /// Lets running requests finish, then stops the loop; after `grace` what is left is closed. From any thread, once all
  /// workers of the server have stopped accepting: one of them could still hand a connection over.
  void drain(std::chrono::milliseconds grace);

  // --- for connections ---
  ExchangePool<http1::Http1Exchange>& http1_exchanges() { return http1_exchanges_; }
  ExchangePool<http2::Http2Exchange>& http2_exchanges() { return http2_exchanges_; }
  void handler_started() { ++handlers_; }
  void handler_ended();
  void pump_later(Connection& connection);  ///< once the others have had their turn
  /// Whether a step of a handshake can be taken in this turn; then it is counted.
  bool may_shake_hands();
  void remove(Connection& connection);  ///< destroys it after this turn
  /// Puts `next` in the place of `connection`, which is destroyed after this turn.
  void replace(Connection& connection, std::unique_ptr<Connection> next);

 private:
  struct TurnEnd;
  struct Deafening;
  struct Drain;
  struct Resume;
  void ready(std::uint32_t events) override;
  void accept_waiting(int most);
  void close_listener();
  void stop_when_empty();
  TurnEnd& at_turn_end();
  Worker& emptiest();

  EventLoop loop_;
  const Limits& limits_;
  Service& service_;
  const ProxyRules& proxies_;
  const Protection& protection_;
  const std::size_t connection_share_;
  WorkerCounters counters_;
  int listener_ = -1;
  const std::vector<std::unique_ptr<Worker>>* peers_ = nullptr;
  std::vector<std::unique_ptr<Connection>> connections_;
  ExchangePool<http1::Http1Exchange> http1_exchanges_;
  ExchangePool<http2::Http2Exchange> http2_exchanges_;
  std::unique_ptr<TurnEnd> turn_end_;
  std::unique_ptr<Deafening> deafening_;
  std::unique_ptr<Drain> drain_;
  std::unique_ptr<Resume> resume_;
  std::size_t handlers_ = 0;
  int handshake_steps_ = 0;  ///< in this turn
  bool is_draining_ = false;
  bool may_stop_ = false;
};

}  // namespace sallyport::transport
