#include "core/work_threads.h"

#include <pthread.h>

#include <csignal>

namespace sallyport::core {

std::optional<Error> WorkThreads::push(std::function<void()> job) {
  const std::lock_guard lock(mutex_);
  if (is_stopping_)
    return Error{.fault = Fault::unavailable, .code = "shutting_down", .retry_after = std::chrono::seconds{1}};
  if (jobs_.size() >= most_waiting_)
    return Error{.fault = Fault::unavailable, .code = "overloaded", .retry_after = std::chrono::seconds{1}};
  jobs_.push_back(std::move(job));
  if (idle_ < jobs_.size() && threads_.size() < most_threads_) threads_.emplace_back([this] { run(); });
  arrived_.notify_one();
  return std::nullopt;
}

void WorkThreads::run() {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, nullptr);  // signals are the main thread's
  std::unique_lock lock(mutex_);
  for (;;) {
    ++idle_;
    arrived_.wait(lock, [this] { return is_stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    auto job = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    job();
    job = nullptr;  // what it holds goes before the lock is taken
    lock.lock();
  }
}

void WorkThreads::stop() {
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
  }
  arrived_.notify_all();
  for (auto& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace sallyport::core
