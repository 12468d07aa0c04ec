#include "sessions/sign_in.h"

#include <algorithm>

#include "core/shield.h"
#include "core/sleep.h"

namespace sallyport::sessions {

using core::Fault;
using core::Result;
using core::Task;
using throttle::Verdict;

namespace {

/// How long to wait for another attempt of the same name to be decided before asking again.
constexpr std::chrono::milliseconds first_wait{32};
constexpr std::chrono::milliseconds longest_wait{250};
/// For what must still be written when the client is gone or its time is over.
constexpr std::chrono::seconds settling_time{10};

}  // namespace

SignInHandler::SignInHandler(accounts::AccountStore& accounts, SessionStore& sessions, throttle::AttemptStore& attempts,
                             crypto::PasswordHasher& hasher, SessionCache& cache, const TokenMint& mint,
                             const core::Clock& clock)
    : accounts_(accounts),
      sessions_(sessions),
      attempts_(attempts),
      hasher_(hasher),
      cache_(cache),
      mint_(mint),
      clock_(clock),
      print_key_(mint.random().secret(32)) {}

Task<Result<SignedIn>> SignInHandler::operator()(SignIn command) {
  const auto name = command.email.key().str();
  throttle::Attempt attempt{.key = mint_.keyring().mac_key(crypto::Purpose::throttle).mac({core::as_bytes(name)}),
                            .print = {}};
  static constexpr std::uint8_t separator[] = {0};  // no identifier holds a NUL
  const auto print = print_key_.mac({core::as_bytes(name), separator, command.password.secret().reveal_bytes()});
  std::ranges::copy_n(print.begin(), attempt.print.size(), attempt.print.begin());

  auto reserved = co_await reserve(attempt);
  if (!reserved) co_return core::fail(std::move(reserved));

  bool is_wrong = false;
  auto outcome = co_await check_and_open(std::move(command), attempt, is_wrong);
  if (outcome) co_return outcome;  // refunded in the write that opened the session
  // A wrong password counts; an attempt that was shed, cancelled or overtaken never does. Either way it is settled,
  // also when the client is gone: shielded from the interruption that may have brought us here.
  auto settled = co_await core::Shielded(settle(attempt, is_wrong ? Verdict::failed : Verdict::refunded),
                                         clock_.moment() + settling_time);
  if (!settled && is_wrong) co_return core::fail(std::move(settled));  // not counted, so not told
  co_return outcome;
}

Task<Result<void>> SignInHandler::reserve(throttle::Attempt attempt) {
  for (auto wait = first_wait;; wait = std::min(wait * 2, longest_wait)) {
    auto reservation = co_await attempts_.reserve(attempt, clock_.now());
    if (!reservation) co_return core::fail(std::move(reservation));
    switch (reservation->state) {
      case throttle::Reservation::State::granted:
        co_return Result<void>{};
      case throttle::Reservation::State::locked:
        co_return Result<void>(std::unexpected(
            core::Error{.fault = Fault::throttled, .code = "locked", .retry_after = reservation->locked_for}));
      case throttle::Reservation::State::full:
        break;
    }
    auto slept = co_await core::SleepUntil(clock_.moment() + wait);
    if (!slept) co_return slept;
  }
}

Task<Result<void>> SignInHandler::settle(throttle::Attempt attempt, Verdict verdict) {
  co_return co_await attempts_.settle(attempt, verdict, clock_.now());
}

Task<Result<SignedIn>> SignInHandler::check_and_open(SignIn command, throttle::Attempt attempt, bool& is_wrong) {
  using Outcome = Result<SignedIn>;
  auto record = co_await accounts_.find_sign_in(command.email.key());
  if (!record && record.error().fault != Fault::not_found) co_return Outcome(core::fail(std::move(record)));

  std::optional<crypto::PasswordVerifier> verifier;
  if (record) {
    auto parsed = crypto::PasswordVerifier::parse(record->verifier);
    if (!parsed) co_return Outcome(core::fail(std::move(parsed)));
    verifier.emplace(std::move(*parsed));
  }
  const crypto::HashRequester requester{.network = command.client.network, .urgency = crypto::HashUrgency::sign_in};
  auto match = co_await hasher_.verify(command.password.secret().duplicate(), std::move(verifier),
                                       std::string(command.email.key().str()), requester);
  if (!match) co_return Outcome(core::fail(std::move(match)));
  if (*match == crypto::Match::no || !record) {
    is_wrong = true;
    co_return Outcome(core::fail(Fault::unauthenticated, "invalid_credentials"));
  }
  if (record->status == accounts::AccountStatus::suspended)
    co_return Outcome(core::fail(Fault::forbidden, "account_suspended"));
  if (record->status == accounts::AccountStatus::pending)
    co_return Outcome(core::fail(Fault::forbidden, "account_pending"));

  auto fresh = mint_.fresh_session(record->id, std::move(command.device), command.client.origin.ip, clock_.now());
  auto opened = co_await sessions_.open({.session = fresh.session,
                                         .credential_version = record->credential_version,
                                         .attempt = attempt,
                                         .origin = command.client.origin});
  if (!opened) {
    // The password was changed, or the account suspended, while we hashed: what was verified holds no more.
    if (opened.error().code == "credentials_changed")
      co_return Outcome(core::fail(Fault::unauthenticated, "invalid_credentials"));
    co_return Outcome(core::fail(std::move(opened)));
  }
  for (const auto& replaced : opened->ended) cache_.invalidate(replaced);
  if (*match == crypto::Match::yes_but_outdated) {
    // Best effort: the session is open, and an overloaded pool refuses at once; the next sign-in tries again.
    co_await refresh_verifier(record->id, std::move(command.password).take(), std::move(record->verifier),
                              command.client.network);
  }
  co_return mint_.signed_in(std::move(fresh), std::move(opened->account));
}

Task<Result<void>> SignInHandler::refresh_verifier(core::AccountId account, core::Secret password, std::string previous,
                                                   std::uint64_t network) {
  auto next = co_await hasher_.make_verifier(std::move(password),
                                             {.network = network, .urgency = crypto::HashUrgency::sign_in});
  if (!next) co_return core::fail(std::move(next));
  co_return co_await accounts_.replace_verifier(
      {.account = account, .previous = std::move(previous), .next = next->str(), .now = clock_.now()});
}

}  // namespace sallyport::sessions
