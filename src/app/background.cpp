#include "app/background.h"

#include <memory>

namespace sallyport::app {

struct Background::Start final : core::Posted {
  Background& background;
  explicit Start(Background& owner) : background(owner) {}
  void run() override {
    const std::unique_ptr<Start> self(this);
    for (auto& owned : background.tasks_) {
      ++background.running_;
      core::start(owned.context, std::move(owned.task),
                  [&owner = background, &owned](const core::Result<void>&) { owner.ended(owned); });
    }
  }
};

struct Background::Stop final : core::Posted {
  Background& background;
  std::latch ended{1};
  explicit Stop(Background& owner) : background(owner) {}
  void run() override {
    background.all_ended_ = &ended;
    if (background.running_ == 0) return ended.count_down();
    for (auto& owned : background.tasks_) {
      if (!owned.has_ended) owned.context.interrupt(core::Fault::cancelled);
    }
  }
};

void Background::add(core::Task<core::Result<void>> task) { tasks_.emplace_back(loop_, std::move(task)); }

void Background::run() { loop_.post(*new Start(*this)); }

void Background::stop() {
  Stop stop(*this);
  loop_.post(stop);
  stop.ended.wait();
}

void Background::ended(Owned& owned) {
  owned.has_ended = true;
  if (--running_ == 0 && all_ended_ != nullptr) all_ended_->count_down();
}

}  // namespace sallyport::app
