#include "app/country_watch.h"

#include "core/sleep.h"

namespace sallyport::app {
namespace {

constexpr std::chrono::seconds look_interval{10};

core::Task<core::Result<void>> watch(Services& services, telemetry::Log& log) {
  for (;;) {
    auto slept = co_await core::SleepUntil(services.clock.moment() + look_interval);
    if (!slept) co_return slept;
    // Files block: on a thread that no request waits for.
    const auto read = co_await services.operators_reader.submit<void>(
        [&services](sqlite::Queries&) { return services.countries.reload_if_changed(); });
    if (read || read.error().code != "geo_database_unusable") continue;
    log.write(std::move(telemetry::LogLine(services.clock.now(), telemetry::Level::warning,
                                           "the database of countries cannot be read; the one before stays in use")
                            .text("detail", read.error().log_detail)));
  }
}

}  // namespace

void add_country_watch(Services& services, Background& background, telemetry::Log& log, telemetry::Metrics& metrics) {
  if (!services.config.geo_database) return;
  const auto& counters = services.countries.counters();
  const auto of = [](const auto& atomic) { return [&atomic] { return static_cast<double>(atomic.load()); }; };
  metrics.gauge("sallyport_geo_database_age_seconds", "Time since the database of countries was made.",
                [&services, &counters] {
                  const core::Timestamp at{std::chrono::microseconds{counters.built_at.load()}};
                  return std::chrono::duration<double>(services.clock.now() - at).count();
                });
  metrics.observed_counter("sallyport_geo_database_reloads_total", "Times a changed database of countries was read.",
                           of(counters.reloads));
  metrics.observed_counter("sallyport_geo_database_reload_failures_total", "Times it could not be read.",
                           of(counters.failures));
  background.add(watch(services, log));
}

}  // namespace sallyport::app
