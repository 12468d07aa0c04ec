#pragma once

#include <string>
#include <thread>
#include <vector>

#include "adapters/sqlite/connection.h"
#include "adapters/sqlite/work_queue.h"

namespace sallyport::sqlite {

/// Threads that only read. Each drains what waits in one read transaction, since most of a small look-up's cost is the
/// snapshot; none keeps a transaction open across a wait, which would stop checkpoints.
class Readers {
 public:
  static constexpr std::size_t queue_capacity = 10'000;
  static constexpr std::size_t batch_size = 64;

  Readers(const std::string& file, std::size_t threads, const core::Clock& clock, const std::string& vfs = {});
  ~Readers();

  template <class T>
  core::Task<core::Result<T>> submit(std::function<core::Result<T>(Queries&)> work) {
    return queue_.template submit<T>(std::move(work));
  }
  void stop();
  std::size_t queued() const { return queue_.size(); }

 private:
  void run(Connection& connection);
  const core::Clock& clock_;
  WorkQueue<Queries> queue_;
  std::vector<Connection> connections_;
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::sqlite
