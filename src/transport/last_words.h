#pragma once

#include <string_view>

#include "transport/connection.h"
#include "transport/stream.h"
#include "transport/worker.h"

namespace sallyport::transport {

/// A connection that is over before it began: it is told why, in the bytes of whatever it speaks, and closed a little
/// later, so that no reset takes the words away.
class LastWords final : public Connection {
 public:
  LastWords(Worker& worker, Stream stream, const ConnectionOrigin& origin);
  /// Takes over the watch of the socket.
  void open(std::string_view words);
  void drain() override {}
  void close() override;
  void pump() override;

 private:
  void ready(std::uint32_t events) override;
  void expired() override { close(); }

  Worker& worker_;
  Stream stream_;
  std::size_t drained_ = 0;
  bool is_done_ = false;
};

}  // namespace sallyport::transport
