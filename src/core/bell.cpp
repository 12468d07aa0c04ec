#include "core/bell.h"

namespace sallyport::core {

void Bell::run() {
  is_posted_ = false;  // before they look: a ring from here on wakes them again
  const auto sleeping = sleeping_;
  for (auto* const sleep : sleeping) sleep->wake();
}

void Bell::Sleep::wake() {
  if (is_woken_) return;
  is_woken_ = true;
  unlink();
  std::erase(bell_.sleeping_, this);
  context_->home().post(*this);
}

void Bell::Sleep::expired() {
  if (is_woken_) return;
  is_woken_ = true;
  std::erase(bell_.sleeping_, this);
  run();
}

void Bell::Sleep::run() {
  context_->set_waiter(nullptr);
  caller_.resume();
}

}  // namespace sallyport::core
