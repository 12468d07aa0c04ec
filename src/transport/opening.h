#pragma once

#include <optional>

#include "transport/connection.h"
#include "transport/stream.h"
#include "transport/worker.h"

namespace sallyport::transport {

/// A connection of which nobody knows yet what is spoken on it. It reads what a trusted proxy says first (PROXY
/// protocol), looks at the first bytes without taking them, and is replaced by a connection of the protocol they show:
/// TLS, whose handshake begins once the client's first message is there whole, HTTP/2 by its preface (RFC 9113 §3.4,
/// prior knowledge), else HTTP/1.1.
class Opening final : public Connection {
 public:
  /// One over the cap is to hear so in its own protocol.
  Opening(Worker& worker, int socket, const Address& peer, bool is_over_cap);
  void open();
  void drain() override;
  void close() override;
  void pump() override;

 private:
  void ready(std::uint32_t events) override;
  void expired() override { close(); }  // nothing was asked
  /// False while it has not come whole.
  bool read_preamble();
  void look();
  void look_at_tls(std::string_view first);
  template <class Protocol, class... More>
  void become(More&&... more);

  Worker& worker_;
  Stream stream_;
  const Address peer_;
  std::optional<Address> client_;  ///< whom the proxy `peer_` speaks for
  bool is_over_cap_;
  bool is_preamble_due_;
  bool is_done_ = false;
};

}  // namespace sallyport::transport
