#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "core/result.h"
#include "transport/worker.h"

namespace sallyport::transport {

/// Where to listen: an IP address and a port; port 0 lets the kernel choose one.
struct Endpoint {
  Address address;
  std::uint16_t port = 0;
  /// "127.0.0.1:8080", "[::1]:8080". Fails with `invalid` / "endpoint_malformed".
  static core::Result<Endpoint> parse(std::string_view text);
  std::string str() const;
};

/// The listeners and threads of one endpoint: a worker a thread, each with its own listener (SO_REUSEPORT).
class Server {
 public:
  /// `limits`, `clock` and `service` outlive the server. `threads` is at least 1. Where `proxies` speak the PROXY
  /// protocol, their connections begin with it. The certificates of `protection` outlive the server as well.
  Server(const core::Clock& clock, const Limits& limits, Service& service, std::size_t threads, ProxyRules proxies = {},
         const Protection& protection = {});
  ~Server();

  /// Binds. Fails with `conflict` / "address_in_use" when another process, this program included, has the port already,
  /// or with `unavailable` / "address_unavailable".
  core::Result<void> bind(const Endpoint& endpoint);
  /// Starts the threads.
  void start();
  /// Ends gracefully (Worker::drain) and joins the threads. Needed before the end of a server that was started.
  void stop(std::chrono::milliseconds grace);
  /// After `stop`, and after every other thread that completes work has been joined: lets the tasks that were left see
  /// their results.
  void run_leftovers();

  const Endpoint& endpoint() const { return endpoint_; }  ///< as bound, the real port in it
  const std::vector<std::unique_ptr<Worker>>& workers() const { return workers_; }

 private:
  const ProxyRules proxies_;
  const Protection protection_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::vector<int> listeners_;
  Endpoint endpoint_;
};

}  // namespace sallyport::transport
