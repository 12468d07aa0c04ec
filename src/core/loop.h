#pragma once

#include "core/clock.h"

namespace sallyport::core {

/// Something a loop runs once, on its own thread. Intrusive, so that handing work over never allocates. The poster
/// keeps it alive until `run` is called, and may post it again afterwards.
class Posted {
 public:
  virtual void run() = 0;
  Posted* next_posted = nullptr;  ///< the queue's; nobody else's

 protected:
  ~Posted() = default;
};

/// Several posted things that wake a loop once. Order is kept.
struct PostedChain {
  Posted* first = nullptr;
  Posted* last = nullptr;
  void append(Posted& item) {
    item.next_posted = nullptr;
    if (last != nullptr) last->next_posted = &item;
    else first = &item;
    last = &item;
  }
  /// Takes over all of `later`, which may be empty.
  void append(PostedChain later) {
    if (later.empty()) return;
    if (last != nullptr) last->next_posted = later.first;
    else first = later.first;
    last = later.last;
  }
  bool empty() const { return first == nullptr; }
  /// Runs each item once. An item may be posted again, elsewhere, from its own `run`.
  void run_all() const {
    for (auto* item = first; item != nullptr;) {
      auto* next = item->next_posted;
      item->run();
      item = next;
    }
  }
};

/// A place in a ring of timers; the ring's head is one too.
class TimerLink {
 public:
  TimerLink() = default;
  TimerLink(const TimerLink&) = delete;
  TimerLink& operator=(const TimerLink&) = delete;
  ~TimerLink() { unlink(); }
  bool is_linked() const { return next_ != this; }
  void unlink() {
    previous_->next_ = next_;
    next_->previous_ = previous_;
    next_ = previous_ = this;
  }

 private:
  friend class TimerWheel;
  TimerLink* next_ = this;
  TimerLink* previous_ = this;
};

/// A moment a loop waits for. In at most one wheel at a time; unlinks itself when destroyed.
class Timer : public TimerLink {
 public:
  /// Called once on the loop's thread, at or up to one tick after `due`; may schedule itself again.
  virtual void expired() = 0;
  Moment due() const { return due_; }

 protected:
  ~Timer() = default;

 private:
  friend class TimerWheel;
  Moment due_{};
};

/// One thread's event loop as the rest of the server sees it: a place to come back to and a place to wait.
class Loop {
 public:
  virtual ~Loop() = default;
  /// Runs the items on the loop's thread, in order, never inside this call. From any thread.
  virtual void post(PostedChain items) = 0;
  void post(Posted& item) {
    PostedChain one;
    one.append(item);
    post(one);
  }
  /// Calls `timer.expired()` once `due` has passed; replaces an earlier due moment. On the loop's thread only.
  virtual void schedule(Timer& timer, Moment due) = 0;
};

}  // namespace sallyport::core
