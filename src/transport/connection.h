#pragma once

#include <cstddef>
#include <optional>

#include "core/loop.h"
#include "transport/address.h"
#include "transport/event_loop.h"

namespace sallyport::transport {

/// Where a connection comes from.
struct ConnectionOrigin {
  Address peer;
  std::optional<Address> client;  ///< whom the proxy `peer` speaks for
  bool is_over_cap = false;       ///< it is to hear so, and nothing else
  core::Moment due;               ///< by when its first request must have come
};

/// One accepted socket, whatever is spoken on it, in its worker's list. The worker owns it and destroys it between
/// turns, after `Worker::remove` or `Worker::replace`.
class Connection : public Pollable, protected core::Timer {
 public:
  virtual ~Connection() = default;
  /// The server is ending: closes once what runs has been answered, and at once where nothing does.
  virtual void drain() = 0;
  virtual void close() = 0;
  /// Does all that can be done without waiting; after a fair share, others have their turn.
  virtual void pump() = 0;

  std::size_t position() const { return position_; }  ///< in the worker's list
  void set_position(std::size_t position) { position_ = position; }

 private:
  std::size_t position_ = 0;
};

}  // namespace sallyport::transport
