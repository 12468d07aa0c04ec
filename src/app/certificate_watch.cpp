#include "app/certificate_watch.h"

#include "core/sleep.h"

namespace sallyport::app {
namespace {

using transport::tls::LiveCertificates;

/// A change is used once it has been seen twice (LiveCertificates::reload_if_changed).
constexpr std::chrono::seconds look_interval{2};

void tell(const Services& services, const LiveCertificates& certificates, const core::Result<void>& reloaded,
          telemetry::Log& log) {
  const auto now = services.clock.now();
  if (!reloaded) {
    log.write(std::move(
        telemetry::LogLine(now, telemetry::Level::error, "the certificates cannot be used; those before stay in use")
            .text("detail", reloaded.error().log_detail)));
    return;
  }
  log.write(telemetry::LogLine(now, telemetry::Level::info, "the certificates were read again"));
  for (const auto& warning : certificates.warnings()) {
    log.write(
        std::move(telemetry::LogLine(now, telemetry::Level::warning, "doubtful certificate").text("detail", warning)));
  }
}

core::Task<core::Result<void>> watch(Services& services, LiveCertificates& certificates, telemetry::Log& log) {
  for (;;) {
    auto slept = co_await core::SleepUntil(services.clock.moment() + look_interval);
    if (!slept) co_return slept;
    // Files block: on a thread that no request waits for.
    const auto looked = co_await services.operators_reader.submit<void>(
        [&services, &certificates, &log](sqlite::Queries&) -> core::Result<void> {
          auto reloaded = certificates.reload_if_changed();
          if (!reloaded) tell(services, certificates, core::fail(std::move(reloaded)), log);
          else if (*reloaded) tell(services, certificates, {}, log);
          return {};
        });
    (void)looked;  // an end of the reader's is the server's, too
  }
}

}  // namespace

void add_certificate_watch(Services& services, LiveCertificates& certificates, Background& background,
                           telemetry::Log& log, telemetry::Metrics& metrics) {
  if (services.config.tls_certificates.empty()) return;
  const auto& counters = certificates.counters();
  const auto of = [](const auto& atomic) { return [&atomic] { return static_cast<double>(atomic.load()); }; };
  metrics.gauge("sallyport_tls_certificate_expiry_seconds",
                "Time until the first certificate in use expires; negative since then.", [&services, &certificates] {
                  const auto context = certificates.current();
                  if (!context) return 0.0;
                  return std::chrono::duration<double>(context->ends_at() - services.clock.now()).count();
                });
  metrics.observed_counter("sallyport_tls_reloads_total", "Times certificates were read again.", of(counters.reloads));
  metrics.observed_counter("sallyport_tls_reload_failures_total",
                           "Times they could not be used, and those before stayed.", of(counters.failures));
  background.add(watch(services, certificates, log));
}

void reload_certificates(const Services& services, LiveCertificates& certificates, telemetry::Log& log) {
  if (services.config.tls_certificates.empty()) {
    log.write(telemetry::LogLine(services.clock.now(), telemetry::Level::info,
                                 "SIGHUP reads certificates again, and there are none; settings need a restart"));
    return;
  }
  tell(services, certificates, certificates.reload(), log);
}

}  // namespace sallyport::app
