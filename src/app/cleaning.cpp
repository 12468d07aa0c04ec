#include "app/cleaning.h"

namespace sallyport::app {
namespace {

// What about 5 ms are enough for, commit and all: 50 sessions took 0.4 ms to delete and 3.4 ms to commit, 100 took 0.9
// and 7.2 ms (bench/http/retention_load.py shows what others notice).
constexpr int sessions_a_batch = 50;  // random places in six indexes
constexpr int small_rows_a_batch = 250;
/// Where old rows that must stay are looked at each time.
constexpr std::chrono::seconds rare{60};

std::vector<Chore> chores_of(Services& services) {
  auto& sessions = services.sessions;
  auto& attempts = services.attempts;
  const auto now = [&services] { return services.clock.now(); };
  const auto& config = services.config;
  return {
      {.kind = "refresh_nonces",
       .remove = [=, &sessions,
                  &config](int most) { return sessions.wipe_nonces(now() - config.lifetimes.refresh_grace, most); },
       .rows_a_batch = small_rows_a_batch},
      {.kind = "invalidations",
       .remove =
           [=, &sessions](int most) {
             return sessions.remove_invalidations(now() - sessions::invalidation_retention, most);
           },
       .rows_a_batch = small_rows_a_batch},
      {.kind = "reservations",
       .remove = [=, &attempts](int most) { return attempts.remove_reservations(now(), most); },
       .rows_a_batch = small_rows_a_batch},
      {.kind = "throttle_counters",
       .remove = [=, &attempts](int most) { return attempts.remove_counters(now(), most); },
       .rows_a_batch = small_rows_a_batch},
      {.kind = "sessions",
       .remove = [=, &sessions,
                  &config](int most) { return sessions.remove_over(now() - config.session_retention, most); },
       .rows_a_batch = sessions_a_batch},
      {.kind = "idempotency_keys",
       .remove = [=, &services](int most) { return services.done_requests.remove_old(now(), most); },
       .rows_a_batch = small_rows_a_batch},
      {.kind = "mails",
       .remove = [&services](int most) { return services.outbox_upkeep.remove_old(most); },
       .rows_a_batch = small_rows_a_batch,
       .interval = rare},
      {.kind = "flows",
       .remove = [=, &services](int most) { return services.flow_upkeep.remove_old(now(), most); },
       .rows_a_batch = small_rows_a_batch,
       .interval = rare},
  };
}

}  // namespace

void add_cleaning(Services& services, Background& background, telemetry::Metrics& metrics) {
  const auto of = [](const auto& atomic) { return [&atomic] { return static_cast<double>(atomic.load()); }; };
  for (auto& chore : chores_of(services)) {
    const telemetry::Labels labels{{"kind", std::string(chore.kind)}};
    const auto& counters = services.cleaner.add(std::move(chore));
    metrics.observed_counter("sallyport_cleaned_rows_total", "Rows removed since they serve nobody any more.",
                             of(counters.rows), labels);
    metrics.observed_counter("sallyport_cleaning_batches_total", "Writes that removed some, or found none.",
                             of(counters.batches), labels);
    metrics.observed_counter("sallyport_cleaning_failures_total", "Times that this failed, to be tried again.",
                             of(counters.failures), labels);
  }
  background.add(services.cleaner.clean_forever());
}

}  // namespace sallyport::app
