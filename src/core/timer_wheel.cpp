#include "core/timer_wheel.h"

#include <algorithm>

namespace sallyport::core {

void TimerWheel::link_before(TimerLink& ring, TimerLink& item) {
  item.previous_ = ring.previous_;
  item.next_ = &ring;
  ring.previous_->next_ = &item;
  ring.previous_ = &item;
}

void TimerWheel::schedule(Timer& timer, Moment due) {
  timer.unlink();
  timer.due_ = due;
  is_empty_ = false;
  link_before(slot_of(std::max(tick_of(due) + 1, current_ + 1)), timer);  // + 1: never before its moment
}

void TimerWheel::advance(Moment now) {
  const auto target = tick_of(now);
  if (target <= current_) return;
  const auto turns = std::min<std::int64_t>(target - current_, slot_count);
  const auto first = target - turns + 1;
  current_ = target;
  TimerLink due;  // moved aside first: what expires may schedule into the very slots we walk
  for (auto at = first; at <= target; ++at) {
    auto& slot = slot_of(at);
    for (auto* link = slot.next_; link != &slot;) {
      auto& timer = static_cast<Timer&>(*link);
      link = link->next_;
      if (timer.due_ > now) continue;  // another turn of the wheel
      timer.unlink();
      link_before(due, timer);
    }
  }
  is_empty_ = std::ranges::none_of(slots_, [](const TimerLink& slot) { return slot.is_linked(); });
  while (due.is_linked()) {
    auto& timer = static_cast<Timer&>(*due.next_);
    timer.unlink();
    timer.expired();
  }
}

}  // namespace sallyport::core
