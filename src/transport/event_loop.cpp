#include "transport/event_loop.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <utility>

namespace sallyport::transport {
namespace {

[[noreturn]] void throw_errno(const char* what) { throw std::system_error(errno, std::generic_category(), what); }

std::string format_http_date(std::int64_t second) {
  static constexpr std::array days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr std::array months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::time_t time = second;
  std::tm utc{};
  gmtime_r(&time, &utc);
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%s, %02d %s %04d %02d:%02d:%02d GMT",
                days[static_cast<std::size_t>(utc.tm_wday)], utc.tm_mday, months[static_cast<std::size_t>(utc.tm_mon)],
                utc.tm_year + 1900, utc.tm_hour, utc.tm_min, utc.tm_sec);
  return text.data();
}

}  // namespace

EventLoop::EventLoop(const core::Clock& clock) : clock_(clock), now_(clock.moment()), wheel_(now_) {
  epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_ < 0) throw_errno("epoll_create1");
  wake_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_ < 0) throw_errno("eventfd");
  epoll_event event{};
  event.events = EPOLLIN | EPOLLET;
  event.data.ptr = nullptr;  // the wake-up itself: nothing to call
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, wake_, &event) != 0) throw_errno("epoll_ctl");
  begin_turn();
}

EventLoop::~EventLoop() {
  close(wake_);
  close(epoll_);
}

void EventLoop::watch(int descriptor, Pollable& pollable) { control(EPOLL_CTL_ADD, descriptor, pollable); }

void EventLoop::hand_watch(int descriptor, Pollable& pollable) { control(EPOLL_CTL_MOD, descriptor, pollable); }

void EventLoop::control(int operation, int descriptor, Pollable& pollable) const {
  epoll_event event{};
  event.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET;
  event.data.ptr = &pollable;
  if (epoll_ctl(epoll_, operation, descriptor, &event) != 0) throw_errno("epoll_ctl");
}

void EventLoop::watch_level(int descriptor, Pollable& pollable) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &pollable;
  if (epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event) != 0) throw_errno("epoll_ctl");
}

void EventLoop::unwatch(int descriptor) { epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr); }

void EventLoop::post(core::PostedChain items) {
  if (items.empty()) return;
  bool must_wake;
  {
    const std::lock_guard lock(posted_mutex_);
    posted_.append(items);
    must_wake = std::exchange(is_asleep_, false);
  }
  if (must_wake) eventfd_write(wake_, 1);
}

void EventLoop::stop() {
  is_stopping_ = true;
  eventfd_write(wake_, 1);
}

void EventLoop::begin_turn() {
  now_ = clock_.moment();
  const auto second = core::unix_seconds(clock_.now());
  if (second == http_date_second_) return;
  http_date_second_ = second;
  http_date_ = format_http_date(second);
}

void EventLoop::run_leftovers() {
  while (run_posted()) {
  }
}

bool EventLoop::run_posted() {
  core::PostedChain chain;
  {
    const std::lock_guard lock(posted_mutex_);
    chain = std::exchange(posted_, {});
  }
  chain.run_all();
  return !chain.empty();
}

void EventLoop::run() {
  std::array<epoll_event, 128> events;
  while (!is_stopping_) {
    int timeout = wheel_.is_empty() ? -1 : static_cast<int>(core::TimerWheel::tick.count());
    {
      const std::lock_guard lock(posted_mutex_);
      if (posted_.empty()) is_asleep_ = true;
      else timeout = 0;
    }
    const int many = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), timeout);
    if (many < 0 && errno != EINTR) throw_errno("epoll_wait");
    {
      const std::lock_guard lock(posted_mutex_);
      is_asleep_ = false;
    }
    begin_turn();
    for (int i = 0; i < many; ++i) {
      auto& event = events[static_cast<std::size_t>(i)];
      if (event.data.ptr != nullptr) static_cast<Pollable*>(event.data.ptr)->ready(event.events);
    }
    wheel_.advance(now_);
    run_posted();
  }
  run_posted();
}

}  // namespace sallyport::transport
