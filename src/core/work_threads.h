#pragma once

#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "core/handover.h"

namespace sallyport::core {

/// Threads for work that blocks, so that no loop does: files, or a library that waits for the network. Started with the
/// first work; a bounded queue before them. Safe to use from every loop.
class WorkThreads {
 public:
  WorkThreads(std::size_t threads, std::size_t most_waiting) : most_threads_(threads), most_waiting_(most_waiting) {}
  WorkThreads(const WorkThreads&) = delete;
  WorkThreads& operator=(const WorkThreads&) = delete;
  ~WorkThreads() { stop(); }

  /// Runs `work` on one of the threads and gives its result. Work that waits is dropped when its task is interrupted;
  /// work that has begun is awaited. Fails with `unavailable` / "overloaded" when too much waits, or "shutting_down".
  template <class T>
  Task<Result<T>> submit(std::function<Result<T>()> work) {
    co_return co_await hand_over<T>([this, &work](std::shared_ptr<Handover<T>> handover) {
      return push([handover = std::move(handover), work = std::move(work)] {
        if (handover->take()) handover->complete(work());
      });
    });
  }

  /// Refuses new work, finishes what was taken in, and joins the threads. The loops of all who wait outlive it.
  void stop();

 private:
  std::optional<Error> push(std::function<void()> job);
  void run();

  const std::size_t most_threads_, most_waiting_;
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::function<void()>> jobs_;
  std::size_t idle_ = 0;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::core
