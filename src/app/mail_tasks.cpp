#include "app/mail_tasks.h"

namespace sallyport::app {
namespace {

void add_metrics(const Services& services, telemetry::Metrics& metrics) {
  const auto of = [](const auto& atomic) { return [&atomic] { return static_cast<double>(atomic.load()); }; };
  const auto& gauges = services.outbox_upkeep.gauges();
  metrics.gauge("sallyport_mails_waiting", "Mails to be sent, or tried again.", of(gauges.waiting));
  metrics.gauge("sallyport_mails_failed", "Mails given up and kept.", of(gauges.failed));
  metrics.gauge("sallyport_mail_oldest_seconds", "Age of the mail that has waited longest.", [&services] {
    const auto oldest = services.outbox_upkeep.gauges().oldest_waiting.load();
    if (oldest == 0) return 0.0;
    const auto age = services.clock.now().time_since_epoch() - std::chrono::microseconds{oldest};
    return std::chrono::duration<double>(age).count();
  });
  if (!services.sender) return;
  const auto& counters = services.sender->counters();
  metrics.observed_counter("sallyport_mails_delivered_total", "Mails taken by the mail server.",
                           of(counters.delivered));
  metrics.observed_counter("sallyport_mails_postponed_total", "Attempts after which a mail waits.",
                           of(counters.postponed));
  metrics.observed_counter("sallyport_mails_given_up_total", "Mails given up.", of(counters.given_up));
}

}  // namespace

void add_mail_tasks(Services& services, Background& background, core::Loop& loop, telemetry::Log& log,
                    telemetry::Metrics& metrics) {
  services.bell.hang(loop);
  background.add(services.outbox_upkeep.look_forever());
  add_metrics(services, metrics);
  if (!services.sender) return;
  services.sender->report_to([&clock = services.clock, &log](const mail::AttemptReport& report) {
    const auto level = report.outcome == "given_up" ? telemetry::Level::warning : telemetry::Level::info;
    log.write(std::move(telemetry::LogLine(clock.now(), level, "mail")
                            .text("mail", report.id.str())
                            .text("kind", report.kind)
                            .text("outcome", report.outcome)
                            .number("attempts", report.attempts)
                            .text("reason", report.reason)));
  });
  for (std::size_t i = 0; i < smtp::SmtpMailer::threads; ++i) background.add(services.sender->send_forever());
}

}  // namespace sallyport::app
