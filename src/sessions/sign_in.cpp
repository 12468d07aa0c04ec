#include "sessions/sign_in.h"

#include "core/shield.h"

namespace sallyport::sessions {

using core::Fault;
using core::Result;
using core::Task;
using throttle::Verdict;

SignInHandler::SignInHandler(accounts::AccountStore& accounts, SessionStore& sessions, throttle::AttemptStore& attempts,
                             crypto::PasswordHasher& hasher, SessionCache& cache, const TokenMint& mint,
                             const core::Clock& clock, const mail::MailDesk* new_devices, const mail::MailDesk* locks)
    : accounts_(accounts),
      sessions_(sessions),
      hasher_(hasher),
      cache_(cache),
      mint_(mint),
      clock_(clock),
      guesses_(attempts, mint, clock),
      new_devices_(new_devices),
      locks_(locks) {}

Task<Result<SignedIn>> SignInHandler::operator()(SignIn command) {
  const auto device = co_await knows_device(command);
  if (!device) co_return std::unexpected(device.error());
  const auto attempt = *device == Known::yes ? guesses_.at_device(*command.device_token, command.password.secret())
                                             : guesses_.at_name(command.email.key(), command.password.secret());
  auto reserved = co_await guesses_.reserve(attempt);
  if (!reserved) co_return core::fail(std::move(reserved));

  std::optional<FailedSignIn> failure;
  auto outcome = co_await check_and_open(std::move(command), attempt, *device, failure);
  if (outcome) co_return outcome;  // refunded in the write that opened the session
  if (!failure) {
    (void)co_await guesses_.settle(attempt, Verdict::refunded);
    co_return outcome;
  }
  // Shielded: a wrong password counts also when its client has gone.
  auto counted = co_await core::Shielded(count(std::move(*failure)), clock_.moment() + PasswordGuesses::settling_time);
  if (!counted) co_return core::fail(std::move(counted));  // not counted, so not told
  co_return outcome;
}

Task<Result<void>> SignInHandler::count(FailedSignIn failure) {
  co_return co_await sessions_.fail_sign_in(std::move(failure));
}

FailedSignIn SignInHandler::failed(const SignIn& command, throttle::Attempt attempt,
                                   const Result<accounts::SignInRecord>& record) const {
  const auto now = clock_.now();
  FailedSignIn failure{.attempt = attempt,
                       .notice_key = guesses_.notice_key(command.email.key()),
                       .now = now,
                       .origin = command.client.origin};
  if (locks_ == nullptr) return failure;
  // Whether this locks is not known before it is written, so every failure pays for a letter, with an account or not.
  mail::Letter letter{.to = std::string(command.email.str()), .at = now, .ip = command.client.origin.ip};
  if (record) {
    failure.account = record->id;
    letter.to = record->email;
    letter.name = record->display_name;
  }
  auto notice =
      locks_->compose(mail::MailKind::locked, failure.account, record ? record->locale : std::nullopt, letter, now);
  if (record) failure.notice = std::move(notice);
  return failure;
}

Task<Result<SignInHandler::Known>> SignInHandler::knows_device(const SignIn& command) {
  // Only who holds a token of this server's causes the look-up, which is the same for names with an account and
  // without.
  if (!command.device_token) co_return Known::no;
  const auto record = co_await accounts_.find_sign_in(command.email.key());
  if (!record && record.error().fault != Fault::not_found) co_return std::unexpected(record.error());
  const bool is_known = record && record->id == command.device_token->account() &&
                        record->credential_version == command.device_token->credential_version();
  co_return is_known ? Known::yes : Known::no;
}

Task<Result<SignedIn>> SignInHandler::check_and_open(SignIn command, throttle::Attempt attempt, Known device,
                                                     std::optional<FailedSignIn>& failure) {
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
    failure = failed(command, attempt, record);
    co_return Outcome(core::fail(Fault::unauthenticated, "invalid_credentials"));
  }
  if (record->status == accounts::AccountStatus::suspended)
    co_return Outcome(core::fail(Fault::forbidden, "account_suspended"));
  if (record->status == accounts::AccountStatus::pending)
    co_return Outcome(core::fail(Fault::forbidden, "account_pending"));

  const auto now = clock_.now();
  auto notice = device == Known::yes ? std::nullopt : notice_of_new_device(*record, command, now);
  auto fresh = mint_.fresh_session(record->id, std::move(command.device), command.client.origin.ip, now);
  auto opened = co_await sessions_.open({.session = fresh.session,
                                         .credential_version = record->credential_version,
                                         .attempt = attempt,
                                         .mail = std::move(notice),
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

std::optional<mail::NewMail> SignInHandler::notice_of_new_device(const accounts::SignInRecord& record,
                                                                 const SignIn& command, core::Timestamp now) const {
  if (new_devices_ == nullptr) return std::nullopt;
  const auto& name = command.device.name;
  return new_devices_->compose(mail::MailKind::new_device, record.id, record.locale,
                               {.to = record.email,
                                .name = record.display_name,
                                .at = now,
                                .device = name.empty() ? std::nullopt : std::optional(name),
                                .ip = command.client.origin.ip},
                               now);
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
