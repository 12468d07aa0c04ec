#include "sessions/password_guesses.h"

#include <algorithm>

#include "core/shield.h"
#include "core/sleep.h"

namespace sallyport::sessions {

using core::Result;
using core::Task;

namespace {

/// How long to wait for another attempt of the same name to be decided before asking again.
constexpr std::chrono::milliseconds first_wait{32};
constexpr std::chrono::milliseconds longest_wait{250};

constexpr std::uint8_t separator[] = {0};  // no identifier holds a NUL

}  // namespace

throttle::AttemptKey name_key(const crypto::Keyring& keyring, const accounts::EmailKey& name) {
  return keyring.mac_key(crypto::Purpose::throttle).mac({core::as_bytes(name.str())});
}

PasswordGuesses::PasswordGuesses(throttle::AttemptStore& attempts, const TokenMint& mint, const core::Clock& clock)
    : attempts_(attempts),
      clock_(clock),
      key_(mint.keyring().mac_key(crypto::Purpose::throttle)),
      print_key_(mint.random().secret(32)) {}

throttle::Attempt PasswordGuesses::attempt(core::ByteView subject, const core::Secret& password) const {
  throttle::Attempt attempt{.key = key_.mac({subject}), .print = {}};
  const auto print = print_key_.mac({subject, separator, password.reveal_bytes()});
  std::ranges::copy_n(print.begin(), attempt.print.size(), attempt.print.begin());
  return attempt;
}

throttle::Attempt PasswordGuesses::at_name(const accounts::EmailKey& name, const core::Secret& password) const {
  return attempt(core::as_bytes(name.str()), password);
}

throttle::Attempt PasswordGuesses::at_device(const DeviceToken& device, const core::Secret& password) const {
  const auto known = device.counter_subject();
  std::string subject("\0device ", 8);  // begins as no identifier does
  subject.append(known.begin(), known.end());
  return attempt(core::as_bytes(subject), password);
}

throttle::Attempt PasswordGuesses::in_session(core::SessionId session, const core::Secret& password) const {
  const auto subject = std::string("\0session ", 9) + session.str();  // begins as no identifier does
  return attempt(core::as_bytes(subject), password);
}

throttle::AttemptKey PasswordGuesses::notice_key(const accounts::EmailKey& name) const {
  static constexpr std::string_view label("\0lock notice ", 13);
  return key_.mac({core::as_bytes(label), core::as_bytes(name.str())});
}

Task<Result<void>> PasswordGuesses::reserve(throttle::Attempt attempt) {
  for (auto wait = first_wait;; wait = std::min(wait * 2, longest_wait)) {
    auto reservation = co_await attempts_.reserve(attempt, clock_.now());
    if (!reservation) co_return core::fail(std::move(reservation));
    switch (reservation->state) {
      case throttle::Reservation::State::granted:
        co_return Result<void>{};
      case throttle::Reservation::State::locked:
        co_return Result<void>(std::unexpected(
            core::Error{.fault = core::Fault::throttled, .code = "locked", .retry_after = reservation->locked_for}));
      case throttle::Reservation::State::full:
        break;
    }
    auto slept = co_await core::SleepUntil(clock_.moment() + wait);
    if (!slept) co_return slept;
  }
}

Task<Result<void>> PasswordGuesses::settle(throttle::Attempt attempt, throttle::Verdict verdict) {
  co_return co_await core::Shielded(write(attempt, verdict), clock_.moment() + settling_time);
}

Task<Result<void>> PasswordGuesses::write(throttle::Attempt attempt, throttle::Verdict verdict) {
  co_return co_await attempts_.settle(attempt, verdict, clock_.now());
}

}  // namespace sallyport::sessions
