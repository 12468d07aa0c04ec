#include "transport/worker.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "transport/http1/connection.h"
#include "transport/http2/exchange.h"
#include "transport/opening.h"

namespace sallyport::transport {
namespace {

constexpr int accepts_a_turn = 64;
constexpr int handshake_steps_a_turn = 4;  // a signature is 0.05 ms (P-256) to 1 ms (RSA)
constexpr std::chrono::milliseconds descriptor_shortage_pause{10};

/// An accepted socket on its way to another worker's thread.
class Handed final : public core::Posted {
 public:
  Handed(Worker& to, int socket, const Address& peer) : to_(to), socket_(socket), peer_(peer) {}
  void run() override {
    const std::unique_ptr<Handed> self(this);
    to_.adopt(socket_, peer_);
  }

 private:
  Worker& to_;
  int socket_;
  Address peer_;
};

}  // namespace

/// What waits for the end of the turn: busy connections for more of it, closed ones for their destruction, since events
/// of the turn may still name them.
struct Worker::TurnEnd final : core::Posted {
  std::vector<Connection*> busy;
  std::vector<std::unique_ptr<Connection>> dead;
  Worker& worker;
  bool is_posted = false;
  explicit TurnEnd(Worker& owner) : worker(owner) {}
  void run() override {
    is_posted = false;
    worker.handshake_steps_ = 0;
    const auto destroyed_last = std::exchange(dead, {});
    for (auto* const connection : std::exchange(busy, {})) connection->pump();
  }
};

struct Worker::Deafening final : core::Posted {
  Worker& worker;
  std::latch* done = nullptr;
  explicit Deafening(Worker& owner) : worker(owner) {}
  void run() override {
    worker.accept_waiting(1 << 16);
    worker.close_listener();
    worker.is_draining_ = true;
    done->count_down();
  }
};

struct Worker::Drain final : core::Posted, core::Timer {
  Worker& worker;
  std::chrono::milliseconds grace{};
  explicit Drain(Worker& owner) : worker(owner) {}
  void run() override {
    worker.may_stop_ = true;
    // Backwards: `remove` moves the last one down.
    for (auto i = worker.connections_.size(); i-- > 0;) worker.connections_[i]->drain();
    worker.loop_.schedule(*this, worker.loop_.now() + grace);
    worker.stop_when_empty();
  }
  void expired() override {
    for (auto i = worker.connections_.size(); i-- > 0;) worker.connections_[i]->close();
    worker.loop_.stop();
  }
};

/// Listens again after a pause for want of descriptors.
struct Worker::Resume final : core::Timer {
  Worker& worker;
  explicit Resume(Worker& owner) : worker(owner) {}
  void expired() override {
    if (worker.listener_ >= 0) worker.loop_.watch_level(worker.listener_, worker);
  }
};

Worker::Worker(const core::Clock& clock, const Limits& limits, Service& service, const ProxyRules& proxies,
               const Protection& protection, std::size_t connection_share)
    : loop_(clock),
      limits_(limits),
      service_(service),
      proxies_(proxies),
      protection_(protection),
      connection_share_(connection_share),
      turn_end_(std::make_unique<TurnEnd>(*this)),
      deafening_(std::make_unique<Deafening>(*this)),
      drain_(std::make_unique<Drain>(*this)),
      resume_(std::make_unique<Resume>(*this)) {}

Worker::~Worker() { close_listener(); }

void Worker::listen(int listener, const std::vector<std::unique_ptr<Worker>>& peers) {
  listener_ = listener;
  peers_ = &peers;
  loop_.watch_level(listener_, *this);
}

void Worker::close_listener() {
  if (listener_ >= 0) ::close(std::exchange(listener_, -1));
}

void Worker::ready(std::uint32_t) { accept_waiting(accepts_a_turn); }

void Worker::accept_waiting(int most) {
  for (int i = 0; i < most && listener_ >= 0; ++i) {
    sockaddr_storage storage{};
    socklen_t size = sizeof storage;
    auto* const socket_address = reinterpret_cast<sockaddr*>(&storage);
    const int socket = accept4(listener_, socket_address, &size, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0) {
      if (errno == EINTR || errno == ECONNABORTED) continue;
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
        loop_.unwatch(listener_);  // level-triggered: it would spin
        loop_.schedule(*resume_, loop_.now() + descriptor_shortage_pause);
      }
      return;
    }
    const auto peer = Address::from(*socket_address);
    auto& taker = emptiest();
    ++taker.counters_.connections;  // now, or all of a burst would go to the same one
    if (&taker == this) adopt(socket, peer);
    else taker.loop_.post(*new Handed(taker, socket, peer));
  }
}

Worker& Worker::emptiest() {
  const auto least = std::ranges::min_element(
      *peers_, {}, [](const auto& peer) { return peer->counters_.connections.load(std::memory_order_relaxed); });
  const auto mine = counters_.connections.load(std::memory_order_relaxed);
  const auto theirs = (*least)->counters_.connections.load(std::memory_order_relaxed);
  // The kernel spreads by hash: only a real imbalance is worth waking another thread.
  return mine > 16 + theirs + theirs / 4 ? **least : *this;
}

void Worker::adopt(int socket, const Address& peer) {
  const auto open = connections_.size();
  ++counters_.accepted;
  // Beyond the cap a connection is told so with 503; far beyond it there is no memory even for that.
  if (open >= connection_share_ + connection_share_ / 8 + 16) {
    ++counters_.refused;
    --counters_.connections;
    ::close(socket);
    return;
  }
  const bool is_over_cap = open >= connection_share_;
  if (is_over_cap) ++counters_.refused;
  auto opening = std::make_unique<Opening>(*this, socket, peer, is_over_cap);
  auto& opened = *opening;
  opened.set_position(open);
  connections_.push_back(std::move(opening));
  opened.open();
}

Worker::TurnEnd& Worker::at_turn_end() {
  if (!std::exchange(turn_end_->is_posted, true)) loop_.post(*turn_end_);
  return *turn_end_;
}

void Worker::pump_later(Connection& connection) { at_turn_end().busy.push_back(&connection); }

bool Worker::may_shake_hands() {
  if (handshake_steps_ == handshake_steps_a_turn) return false;
  ++handshake_steps_;
  at_turn_end();
  return true;
}

void Worker::replace(Connection& connection, std::unique_ptr<Connection> next) {
  const auto position = connection.position();
  next->set_position(position);
  at_turn_end().dead.push_back(std::exchange(connections_[position], std::move(next)));
}

void Worker::remove(Connection& connection) {
  const auto position = connection.position();
  std::swap(connections_[position], connections_.back());
  connections_[position]->set_position(position);
  at_turn_end().dead.push_back(std::move(connections_.back()));
  connections_.pop_back();
  --counters_.connections;
  stop_when_empty();
}

void Worker::handler_ended() {
  --handlers_;
  stop_when_empty();
}

void Worker::stop_accepting(std::latch& done) {
  deafening_->done = &done;
  loop_.post(*deafening_);
}

void Worker::drain(std::chrono::milliseconds grace) {
  drain_->grace = grace;
  loop_.post(*drain_);
}

void Worker::stop_when_empty() {
  if (may_stop_ && connections_.empty() && handlers_ == 0) loop_.stop();
}

}  // namespace sallyport::transport
