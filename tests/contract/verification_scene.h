#pragma once

#include "accounts/flow_desk.h"
#include "accounts/taken_address.h"
#include "store_test.h"
#include "verification/verification_store.h"

namespace sallyport::contract {

inline constexpr Outcome flow_invalid{Fault::invalid, "flow_invalid"};

/// A flow with all that proves it, as its starter and the reader of its mail have it.
struct Begun {
  accounts::MailedFlow flow;
  flows::LinkToken link;
  flows::OneTimeCode code;
  flows::FlowHandle handle;

  flows::FlowId id() const { return flow.flow.id; }
  flows::ProofDigests by_link() const { return {.id = id(), .link = link.digest()}; }
};

/// Ann, whose address nobody has proven yet.
class VerificationScene : public StoreTest {
 protected:
  verification::VerificationStore& verification() { return stores->verification(); }

  Begun begin(flows::FlowKind kind, core::AccountId account, std::string_view address,
              std::optional<std::int64_t> credential_version = 1) {
    auto begun = desk.begin({.kind = kind,
                             .mail = mail::MailKind::verification,
                             .page = accounts::verification_page,
                             .valid_for = hours{24}},
                            {.account = account,
                             .locale = {},
                             .address = accounts::Email::parse(address).value(),
                             .credential_version = credential_version},
                            now());
    const auto letter = mail_desk
                            .open({.id = begun.mail.id,
                                   .kind = std::string(to_text(begun.mail.kind)),
                                   .account = {},
                                   .locale = {},
                                   .payload = begun.mail.payload,
                                   .state = mail::MailState::waiting,
                                   .created_at = now(),
                                   .due_at = {},
                                   .settled_at = {},
                                   .last_error = {}})
                            .value();
    const auto link = letter.link->reveal();
    auto handle = flows::FlowHandle::parse(begun.started.handle.reveal()).value();
    return {.flow = std::move(begun),
            .link = flows::LinkToken::parse(link.substr(link.find("spl_"))).value(),
            .code = flows::OneTimeCode::parse(letter.code->reveal()).value(),
            .handle = std::move(handle)};
  }
  /// As a registration under `required` makes it.
  accounts::NewAccount pending_account(std::string_view email) {
    auto account = new_account(email);
    account.status = accounts::AccountStatus::pending;
    account.session.reset();
    return account;
  }
  Begun registered_with_flow(accounts::NewAccount account) {
    auto begun = begin(flows::FlowKind::verification, account.id, account.email.str());
    account.flow = begun.flow.flow;
    account.mail = begun.flow.mail;
    run(accounts().create_account(std::move(account))).value();
    return begun;
  }
  Begun asked_again(const accounts::NewAccount& account) {
    auto begun = begin(flows::FlowKind::verification, account.id, account.email.str());
    run(verification().ask_again({.session = account.session->id, .flow = begun.flow.flow, .mail = begun.flow.mail}))
        .value();
    return begun;
  }
  verification::AskedChange change_to(const accounts::NewAccount& account, const Begun& begun,
                                      std::int64_t credential_version = 1) {
    auto flow = begun.flow.flow;
    flow.credential_version = credential_version;
    const auto owner = run(stores->directory().find(accounts::EmailKey::fold(flow.address->text).value()));
    auto if_taken = accounts::taken_address(flow, account.id, owner ? &*owner : nullptr, mail_desk);
    return {.session = account.session->id,
            .credential_version = credential_version,
            .flow = std::move(flow),
            .mail = begun.flow.mail,
            .if_taken = std::move(if_taken)};
  }
  Begun asked_change(const accounts::NewAccount& account, std::string_view address) {
    auto begun = begin(flows::FlowKind::change_of_address, account.id, address);
    run(verification().ask_change(change_to(account, begun))).value();
    return begun;
  }
  flows::ProofDigests by_code(const Begun& begun) {
    return {
        .id = begun.id(), .handle = begun.handle.digest(), .code_macs = begun.code.macs(mint.keyring(), begun.id())};
  }
  flows::ProofDigests by_wrong_code(const Begun& begun) {
    auto proof = by_code(begun);
    for (auto& mac : proof.code_macs) mac.front() ^= 1;
    return proof;
  }
  verification::Confirmation confirmation(flows::FlowKind kind, flows::ProofDigests proof) {
    return {.kind = kind, .proof = std::move(proof), .now = now(), .origin = origin};
  }
  Outcome verify(flows::ProofDigests proof) {
    return outcome(verification().confirm(confirmation(flows::FlowKind::verification, std::move(proof))));
  }
  Outcome change(flows::ProofDigests proof) {
    return outcome(verification().confirm(confirmation(flows::FlowKind::change_of_address, std::move(proof))));
  }
  Result<verification::Disowned> disown(const Begun& begun) {
    return run(verification().disown(
        {.kind = begun.flow.flow.kind, .proof = begun.by_link(), .now = now(), .origin = origin}));
  }
  accounts::Account account_of(core::AccountId id) { return run(stores->directory().find(id)).value(); }
  bool is_there(core::AccountId id) { return run(stores->directory().find(id)).has_value(); }
  bool is_found(const Begun& begun) { return run(verification().find(begun.id())).value().has_value(); }
  std::vector<std::string> mails() {
    std::vector<std::string> kinds;
    for (auto& mail : run(stores->outbox().list({})).value()) kinds.push_back(std::move(mail.kind));
    return kinds;
  }

  const mail::MailDesk mail_desk{mint.keyring(), mint.random()};
  const flows::LinkBase links{"https://auth.example.org"};
  const accounts::FlowDesk desk{mail_desk, links, mint.keyring(), mint.random()};
};

}  // namespace sallyport::contract
