#include "accounts/flow_desk.h"

#include "flows/one_time_code.h"

namespace sallyport::accounts {

ProofMail FlowDesk::prove(const FlowPurpose& purpose, flows::FlowId id, FlowMail to, core::Timestamp now) const {
  const auto link = flows::LinkToken::fresh(id, random_);
  const auto code = flows::OneTimeCode::fresh(random_);
  to.letter.to = to.address.str();
  to.letter.link = links_.link(purpose.page, link);
  to.letter.code = code.text();
  to.letter.valid_for = purpose.valid_for;
  return {.link_digest = link.digest(),
          .code_mac = code.mac(keyring_, id),
          .mail = desk_.compose(purpose.mail, to.account, std::move(to.locale), to.letter, now)};
}

MailedFlow FlowDesk::begin(const FlowPurpose& purpose, FlowMail to, core::Timestamp now) const {
  const auto handle = flows::FlowHandle::fresh(flows::FlowId::fresh(now, random_), random_);
  const auto account = to.account;
  flows::FlowAddress address{std::string(to.address.str()), std::string(to.address.key().str())};
  const auto credential_version = to.credential_version;
  auto proof = prove(purpose, handle.id(), std::move(to), now);
  return {.flow = {.id = handle.id(),
                   .kind = purpose.kind,
                   .account = account,
                   .address = std::move(address),
                   .handle_digest = handle.digest(),
                   .link_digest = proof.link_digest,
                   .code_mac = proof.code_mac,
                   .credential_version = credential_version,
                   .created_at = now,
                   .expires_at = now + purpose.valid_for},
          .mail = std::move(proof.mail),
          .started = {.handle = handle.text(), .expires_in = purpose.valid_for}};
}

}  // namespace sallyport::accounts
