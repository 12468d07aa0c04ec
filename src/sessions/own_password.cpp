#include "sessions/own_password.h"

namespace sallyport::sessions {

using core::Fault;
using core::Result;
using core::Task;

Task<Result<ProvenPassword>> OwnPassword::prove(SharedView view, core::Secret password, Client client) {
  const auto attempt = guesses_.in_session(view->session.id, password);
  co_return co_await prove(attempt, view->account.id, std::move(password), std::move(client));
}

Task<Result<ProvenPassword>> OwnPassword::prove(accounts::Account account, core::Secret password, Client client) {
  auto name = accounts::EmailKey::fold(account.email);
  if (!name) co_return Result<ProvenPassword>(core::fail(std::move(name)));
  const auto attempt = guesses_.at_name(*name, password);
  co_return co_await prove(attempt, account.id, std::move(password), std::move(client));
}

Task<Result<ProvenPassword>> OwnPassword::prove(throttle::Attempt attempt, core::AccountId account,
                                                core::Secret password, Client client) {
  using Outcome = Result<ProvenPassword>;
  auto reserved = co_await guesses_.reserve(attempt);
  if (!reserved) co_return Outcome(core::fail(std::move(reserved)));
  auto proven = co_await check(account, std::move(password), std::move(client));
  const bool is_wrong = !proven && proven.error().code == "wrong_password";
  auto settled = co_await guesses_.settle(attempt, is_wrong ? throttle::Verdict::failed : throttle::Verdict::refunded);
  if (!settled && is_wrong) co_return Outcome(core::fail(std::move(settled)));  // not counted, so not told
  co_return proven;
}

Task<Result<ProvenPassword>> OwnPassword::check(core::AccountId account, core::Secret password, Client client) {
  using Outcome = Result<ProvenPassword>;
  auto record = co_await accounts_.find_sign_in(account);
  if (!record) {
    if (record.error().fault != Fault::not_found) co_return Outcome(core::fail(std::move(record)));
    co_return Outcome(core::fail(Fault::unauthenticated, "session_expired"));
  }
  auto verifier = crypto::PasswordVerifier::parse(record->verifier);
  if (!verifier) co_return Outcome(core::fail(std::move(verifier)));
  auto match = co_await hasher_.verify(std::move(password), std::move(*verifier), account.str(),
                                       {.network = client.network, .urgency = crypto::HashUrgency::sign_in});
  if (!match) co_return Outcome(core::fail(std::move(match)));
  if (*match == crypto::Match::no) co_return Outcome(core::fail(Fault::forbidden, "wrong_password"));
  co_return ProvenPassword{.verifier = std::move(record->verifier), .credential_version = record->credential_version};
}

}  // namespace sallyport::sessions
