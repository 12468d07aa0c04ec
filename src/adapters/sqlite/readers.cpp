#include "adapters/sqlite/readers.h"

#include "adapters/sqlite/writer.h"

namespace sallyport::sqlite {

Readers::Readers(const std::string& file, std::size_t threads, const core::Clock& clock, const std::string& vfs)
    : clock_(clock), queue_(queue_capacity) {
  for (std::size_t i = 0; i < threads; ++i) connections_.emplace_back(file, Access::read_only, vfs);
  for (auto& connection : connections_) threads_.emplace_back([this, &connection] { run(connection); });
}

Readers::~Readers() { stop(); }

void Readers::stop() {
  queue_.close({.fault = core::Fault::unavailable, .code = "shutting_down", .retry_after = std::chrono::seconds{1}});
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

void Readers::run(Connection& connection) {
  while (!queue_.is_done()) {
    auto batch = queue_.take(batch_size);
    std::erase_if(batch, [](const auto& job) { return !job->take(); });
    if (batch.empty()) continue;
    const auto now = clock_.moment();
    const bool is_shared = batch.size() > 1;
    try {
      if (is_shared) connection.execute("BEGIN");
    } catch (const DatabaseError&) {
      // Each query below starts its own transaction then, and reports what is wrong.
    }
    for (const auto& job : batch) {
      try {
        if (job->deadline() <= now) job->set_error(core::interrupted(core::Fault::deadline_exceeded));
        else job->run(connection.queries());
      } catch (const DatabaseError& error) {
        job->set_error(to_error(error));
      }
    }
    try {
      if (is_shared) connection.execute("END");
    } catch (const DatabaseError&) {
      // Nothing was written; the results stand.
    }
    Deliveries deliveries;
    for (const auto& job : batch) job->deliver(deliveries);
    deliveries.send();
  }
}

}  // namespace sallyport::sqlite
