#pragma once

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "core/handover.h"
#include "core/result.h"

namespace sallyport::sqlite {

/// Results of one batch on their way home: each loop is woken once.
class Deliveries {
 public:
  core::PostedChain& to(core::Loop& loop) {
    for (auto& [known, chain] : chains_) {
      if (known == &loop) return chain;
    }
    return chains_.emplace_back(&loop, core::PostedChain{}).second;
  }
  void send() {
    for (auto& [loop, chain] : chains_) loop->post(chain);
    chains_.clear();
  }

 private:
  std::vector<std::pair<core::Loop*, core::PostedChain>> chains_;
};

/// Something a database thread does for a task, with its own result whatever becomes of its neighbours in the batch.
template <class Context>
class Job {
 public:
  virtual ~Job() = default;
  /// False: nobody wants it any more.
  virtual bool take() = 0;
  virtual core::Moment deadline() const = 0;
  /// Does the work and keeps the result; false if it failed and what it wrote is to be undone.
  virtual bool run(Context& context) = 0;
  virtual void set_error(core::Error error) = 0;
  virtual void deliver(Deliveries& deliveries) = 0;
};

template <class Context, class T>
class TypedJob final : public Job<Context> {
 public:
  using Work = std::function<core::Result<T>(Context&)>;
  TypedJob(std::shared_ptr<core::Handover<T>> handover, Work work)
      : handover_(std::move(handover)), work_(std::move(work)) {}
  bool take() override { return handover_->take(); }
  core::Moment deadline() const override { return handover_->deadline(); }
  bool run(Context& context) override {
    result_.emplace(work_(context));
    return result_->has_value();
  }
  void set_error(core::Error error) override { result_.emplace(std::unexpected(std::move(error))); }
  void deliver(Deliveries& deliveries) override {
    auto& chain = deliveries.to(handover_->home());
    handover_->complete_into(chain, std::move(*result_));
  }

 private:
  std::shared_ptr<core::Handover<T>> handover_;
  Work work_;
  std::optional<core::Result<T>> result_;
};

/// The bounded queue before database threads. Whoever waits takes all there is, up to a limit: batches form by
/// themselves under load, and an idle server still answers at once.
template <class Context>
class WorkQueue {
 public:
  using Batch = std::vector<std::unique_ptr<Job<Context>>>;
  explicit WorkQueue(std::size_t capacity) : capacity_(capacity) {}

  /// Puts work in the queue and waits for its result. `unavailable` / "overloaded" when the queue is full,
  /// "shutting_down" or "store_unavailable" once it has been closed.
  template <class T>
  core::Task<core::Result<T>> submit(typename TypedJob<Context, T>::Work work) {
    co_return co_await core::hand_over<T>(
        [this, &work](std::shared_ptr<core::Handover<T>> handover) -> std::optional<core::Error> {
          {
            const std::lock_guard lock(mutex_);
            if (closed_) return closed_;
            if (jobs_.size() >= capacity_) {
              return core::Error{
                  .fault = core::Fault::unavailable, .code = "overloaded", .retry_after = std::chrono::seconds{1}};
            }
            jobs_.push_back(std::make_unique<TypedJob<Context, T>>(std::move(handover), std::move(work)));
            if (is_waiting_ == 0) return std::nullopt;
          }
          arrived_.notify_one();
          return std::nullopt;
        });
  }

  /// Waits for work, at most until `give_up` if given. An empty batch: closed and empty, or the wait is over.
  Batch take(std::size_t most, std::optional<std::chrono::milliseconds> give_up = std::nullopt) {
    std::unique_lock lock(mutex_);
    const auto has_news = [this] { return !jobs_.empty() || closed_; };
    ++is_waiting_;
    if (give_up) arrived_.wait_for(lock, *give_up, has_news);
    else arrived_.wait(lock, has_news);
    --is_waiting_;
    Batch batch;
    const auto many = std::min(most, jobs_.size());
    batch.reserve(many);
    for (std::size_t i = 0; i < many; ++i) {
      batch.push_back(std::move(jobs_.front()));
      jobs_.pop_front();
    }
    return batch;
  }

  /// New work is refused with `reason`; what waits is still taken.
  void close(core::Error reason) {
    {
      const std::lock_guard lock(mutex_);
      if (!closed_) closed_ = std::move(reason);
    }
    arrived_.notify_all();
  }
  bool is_done() const {
    const std::lock_guard lock(mutex_);
    return closed_ && jobs_.empty();
  }
  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return jobs_.size();
  }

 private:
  const std::size_t capacity_;
  mutable std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<std::unique_ptr<Job<Context>>> jobs_;
  std::optional<core::Error> closed_;
  int is_waiting_ = 0;
};

}  // namespace sallyport::sqlite
