#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "adapters/smtp/smtp_settings.h"
#include "core/clock.h"
#include "core/handover.h"
#include "mail/mailer.h"

namespace sallyport::smtp {

/// Hands mails to a mail server by SMTP (RFC 5321), with the certificate checked wherever there is TLS. Two threads of
/// its own, started with the first mail, each keep a connection while there is something to send. Safe to use from
/// every loop.
class SmtpMailer final : public mail::Mailer {
 public:
  static constexpr std::size_t threads = 2;
  static constexpr std::size_t most_waiting = 64;

  SmtpMailer(SmtpSettings settings, const core::Clock& clock) : settings_(std::move(settings)), clock_(clock) {}
  ~SmtpMailer() override { stop(); }

  core::Task<core::Result<mail::MailAnswer>> send(mail::OutgoingMail mail) override;

  /// What runs gets this much time to end, then it is broken off; what waits and what comes is refused with
  /// `unavailable` / "shutting_down". Returns at once.
  void let_go(std::chrono::milliseconds grace);
  /// Lets go without grace and joins the threads. The loops of all who send outlive it.
  void stop();

 private:
  struct Job {
    mail::OutgoingMail mail;
    std::shared_ptr<core::Handover<mail::MailAnswer>> waiter;  ///< shared with the task that waits
  };
  class Connection;
  std::optional<core::Error> submit(Job job);
  void work();
  bool is_broken_off() const { return clock_.moment().time_since_epoch().count() >= break_off_at_; }

  const SmtpSettings settings_;
  const core::Clock& clock_;
  std::atomic<core::Moment::rep> break_off_at_ = core::Moment::max().time_since_epoch().count();
  std::mutex mutex_;
  std::condition_variable arrived_;
  std::deque<Job> queue_;
  bool is_stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace sallyport::smtp
