#include "transport/server.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>
#include <latch>
#include <system_error>

namespace sallyport::transport {
namespace {

constexpr int listen_backlog = 4096;

struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&storage); }
};

SocketAddress socket_address(const Endpoint& endpoint) {
  SocketAddress result;
  const auto ip = endpoint.address.ip();
  if (ip.find(':') == std::string::npos) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(endpoint.port);
    inet_pton(AF_INET, ip.c_str(), &v4.sin_addr);
    std::memcpy(&result.storage, &v4, sizeof v4);
    result.size = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(endpoint.port);
    inet_pton(AF_INET6, ip.c_str(), &v6.sin6_addr);
    std::memcpy(&result.storage, &v6, sizeof v6);
    result.size = sizeof v6;
  }
  return result;
}

core::Error bind_error(int error) {
  const auto fault = error == EADDRINUSE ? core::Fault::conflict : core::Fault::unavailable;
  return {.fault = fault,
          .code = error == EADDRINUSE ? "address_in_use" : "address_unavailable",
          .log_detail = std::generic_category().message(error)};
}

/// What accepted sockets inherit: answers leave at once, and a peer that has vanished is noticed within two minutes,
/// which streams without a time limit of their own need.
void set_for_all_accepted(int listener) {
  static constexpr int yes = 1, idle_seconds = 60, interval_seconds = 15, probes = 4;
  setsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  setsockopt(listener, SOL_SOCKET, SO_KEEPALIVE, &yes, sizeof yes);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPIDLE, &idle_seconds, sizeof idle_seconds);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPINTVL, &interval_seconds, sizeof interval_seconds);
  setsockopt(listener, IPPROTO_TCP, TCP_KEEPCNT, &probes, sizeof probes);
}

enum class Sharing { probe, shared };

/// A bound socket, or why not. A probe binds without SO_REUSEPORT, which fails if anybody listens there.
core::Result<int> bound_socket(const Endpoint& endpoint, Sharing sharing) {
  const auto to = socket_address(endpoint);
  const int socket = ::socket(to.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (socket < 0) return std::unexpected(bind_error(errno));
  const int yes = 1;
  setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  if (sharing == Sharing::shared) {
    setsockopt(socket, SOL_SOCKET, SO_REUSEPORT, &yes, sizeof yes);
    set_for_all_accepted(socket);
  }
  if (::bind(socket, to.get(), to.size) != 0) {
    const auto error = bind_error(errno);
    ::close(socket);
    return std::unexpected(error);
  }
  return socket;
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  getsockname(socket, reinterpret_cast<sockaddr*>(&storage), &size);
  return Address::from(*reinterpret_cast<const sockaddr*>(&storage)).port();
}

}  // namespace

core::Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto malformed = core::fail(core::Fault::invalid, "endpoint_malformed");
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return malformed;
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (digits.empty() || error != std::errc{} || end != digits.data() + digits.size()) return malformed;
  const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
  if (is_bracketed) host = host.substr(1, host.size() - 2);
  if (is_bracketed != (host.find(':') != std::string_view::npos)) return malformed;
  const auto address = Address::parse_ip(host == "localhost" ? "127.0.0.1" : host, port);
  if (!address) return malformed;
  return Endpoint{*address, port};
}

std::string Endpoint::str() const {
  const auto ip = address.ip();
  return (ip.find(':') == std::string::npos ? ip : "[" + ip + "]") + ":" + std::to_string(port);
}

Server::Server(const core::Clock& clock, const Limits& limits, Service& service, std::size_t threads,
               ProxyRules proxies, const Protection& protection)
    : proxies_(std::move(proxies)), protection_(protection) {
  const auto share = std::max<std::size_t>(1, limits.connections / threads);
  for (std::size_t i = 0; i < threads; ++i)
    workers_.push_back(std::make_unique<Worker>(clock, limits, service, proxies_, protection_, share));
}

Server::~Server() {
  for (const int listener : listeners_) ::close(listener);
}

core::Result<void> Server::bind(const Endpoint& endpoint) {
  endpoint_ = endpoint;
  // SO_REUSEPORT alone would let a second server share the port unnoticed: a probe without it fails if anybody listens.
  auto probe = bound_socket(endpoint, Sharing::probe);
  if (!probe) return core::fail(std::move(probe));
  endpoint_.port = bound_port(*probe);
  ::close(*probe);
  for (std::size_t i = 0; i < workers_.size(); ++i) {
    auto listener = bound_socket(endpoint_, Sharing::shared);
    if (!listener) return core::fail(std::move(listener));
    listeners_.push_back(*listener);
    if (::listen(*listener, listen_backlog) != 0) return std::unexpected(bind_error(errno));
  }
  return {};
}

void Server::start() {
  for (std::size_t i = 0; i < workers_.size(); ++i) workers_[i]->listen(listeners_[i], workers_);
  listeners_.clear();  // the workers close them from here
  for (const auto& worker : workers_) threads_.emplace_back([&worker] { worker->loop().run(); });
}

void Server::stop(std::chrono::milliseconds grace) {
  if (threads_.empty()) return;
  // Only once nobody accepts any more is nobody handed another's connection after its loop has ended.
  std::latch still_accepting(static_cast<std::ptrdiff_t>(workers_.size()));
  for (const auto& worker : workers_) worker->stop_accepting(still_accepting);
  still_accepting.wait();
  for (const auto& worker : workers_) worker->drain(grace);
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Server::run_leftovers() {
  for (const auto& worker : workers_) worker->loop().run_leftovers();
}

}  // namespace sallyport::transport
