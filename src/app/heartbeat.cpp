#include "app/heartbeat.h"

#include <algorithm>

#include "core/sleep.h"

namespace sallyport::app {

core::Task<core::Result<void>> Heartbeat::beat_forever(const core::Clock& clock, std::chrono::microseconds interval,
                                                       std::function<void()> beat) {
  for (;;) {
    send_around();
    auto slept = co_await core::SleepUntil(clock.moment() + interval);
    if (!slept) co_return slept;
    if (are_all_back()) beat();
  }
}

void Heartbeat::send_around() {
  for (auto& visit : visits_) {
    if (!visit.is_back.exchange(false)) continue;  // still queued, and a queue takes an item once
    visit.loop.post(visit);
  }
}

bool Heartbeat::are_all_back() const { return std::ranges::all_of(visits_, &Visit::is_back); }

}  // namespace sallyport::app
