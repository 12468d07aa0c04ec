#pragma once

#include "transport/connection.h"
#include "transport/stream.h"
#include "transport/worker.h"

namespace sallyport::transport {

/// A connection whose TLS handshake goes on. It takes steps of it when the worker has time for them, and is replaced by
/// a connection of the protocol that the client chose (ALPN).
class Handshake final : public Connection {
 public:
  /// `stream` is protected already.
  Handshake(Worker& worker, Stream stream, const ConnectionOrigin& origin);
  /// Takes over the watch of the socket.
  void open();
  void drain() override;
  void close() override;
  void pump() override;

 private:
  void ready(std::uint32_t events) override;
  void expired() override { fail(); }
  void fail();
  template <class Protocol>
  void become();

  Worker& worker_;
  Stream stream_;
  ConnectionOrigin origin_;
  bool is_done_ = false;
  bool is_waiting_ = false;  ///< for its turn
};

}  // namespace sallyport::transport
