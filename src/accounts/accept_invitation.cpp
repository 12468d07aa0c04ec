#include "accounts/accept_invitation.h"

namespace sallyport::accounts {

using core::Result;
using core::Task;

namespace {

flows::ProofDigests proof_of(const flows::LinkToken& token) { return {.id = token.id(), .link = token.digest()}; }

}  // namespace

Task<Result<Account>> AcceptInvitationHandler::look(const flows::LinkToken& token) {
  return store_.find(proof_of(token), clock_.now());
}

Task<Result<sessions::SignedIn>> AcceptInvitationHandler::operator()(TakeInvitation command) {
  using Outcome = Result<sessions::SignedIn>;
  auto invited = co_await look(command.token);
  if (!invited) co_return Outcome(core::fail(std::move(invited)));
  const auto owner = Email::parse(invited->email);
  auto wrong = policy_.violations(command.password, owner ? &*owner : nullptr, "password");
  if (!wrong.empty())
    co_return Outcome(std::unexpected(
        core::Error{.fault = core::Fault::invalid, .code = "invalid_fields", .fields = std::move(wrong)}));

  auto verifier =
      co_await hasher_.make_verifier(std::move(command.password).take(),
                                     {.network = command.client.network, .urgency = crypto::HashUrgency::registration});
  if (!verifier) co_return Outcome(core::fail(std::move(verifier)));
  auto fresh = mint_.fresh_session(invited->id, std::move(command.device), command.client.origin.ip, clock_.now());
  auto accepted = co_await store_.accept({.proof = proof_of(command.token),
                                          .verifier = verifier->str(),
                                          .display_name = std::move(command.display_name),
                                          .session = fresh.session,
                                          .origin = std::move(command.client.origin)});
  if (!accepted) co_return Outcome(core::fail(std::move(accepted)));
  co_return mint_.signed_in(std::move(fresh), std::move(*accepted));
}

}  // namespace sallyport::accounts
