#include "accounts/invitation_store.h"

#include "accounts/administration_store.h"
#include "store_test.h"

namespace sallyport::contract {
namespace {

using accounts::Account;
using accounts::AccountStatus;

inline constexpr Outcome flow_invalid{Fault::invalid, "flow_invalid"};
inline constexpr Outcome not_invited{Fault::conflict, "not_invited"};

class InvitationContract : public StoreTest {
 protected:
  static constexpr hours valid_for{24};
  /// An account that waits for its owner, and the link that the owner got.
  struct Invited {
    accounts::NewUser user;
    flows::LinkToken link;
  };
  accounts::Mandate mandate() const { return {.session = std::nullopt, .now = now(), .origin = origin}; }
  flows::NewFlow flow_of(const accounts::NewUser& user, const flows::LinkToken& link) {
    return {.id = link.id(),
            .kind = flows::FlowKind::invitation,
            .account = user.id,
            .address = flows::FlowAddress{std::string(user.email.str()), std::string(user.email.key().str())},
            .handle_digest = mint.random().bytes<32>(),
            .link_digest = link.digest(),
            .credential_version = 1,
            .created_at = now(),
            .expires_at = now() + valid_for};
  }
  flows::LinkToken new_link() {
    return flows::LinkToken::fresh(flows::FlowId::fresh(now(), mint.random()), mint.random());
  }
  mail::NewMail mail_to(core::AccountId account) {
    return {.id = mail::MailId::fresh(now(), mint.random()),
            .kind = mail::MailKind::invitation,
            .account = account,
            .locale = std::nullopt,
            .payload = core::Bytes{1},
            .created_at = now()};
  }
  Invited invited(std::string_view email = "ann@example.org") {
    accounts::NewUser user{.id = core::AccountId::fresh(now(), mint.random()),
                           .email = accounts::Email::parse(email).value(),
                           .mandate = mandate()};
    user.display_name = accounts::DisplayName::parse("Ann").value();
    auto link = new_link();
    user.invitation = flow_of(user, link);
    user.mail = mail_to(user.id);
    run(stores->administration().create_user(user)).value();
    return {std::move(user), std::move(link)};
  }
  flows::LinkToken invited_again(const Invited& earlier) {
    auto link = new_link();
    run(stores->administration().invite({.account = earlier.user.id,
                                         .flow = flow_of(earlier.user, link),
                                         .mail = mail_to(earlier.user.id),
                                         .mandate = mandate()}))
        .value();
    return link;
  }
  static flows::ProofDigests proof_of(const flows::LinkToken& link) { return {.id = link.id(), .link = link.digest()}; }
  Outcome find(const flows::LinkToken& link) { return outcome(stores->invitations().find(proof_of(link), now())); }
  accounts::AcceptInvitation acceptance(core::AccountId account, const flows::LinkToken& link) {
    return {.proof = proof_of(link),
            .verifier = verifier,
            .session = new_device(account, "first").session,
            .origin = origin};
  }
  Outcome accept(core::AccountId account, const flows::LinkToken& link) {
    return outcome(stores->invitations().accept(acceptance(account, link)));
  }
  std::size_t mails() { return run(stores->outbox().list({.most = 100})).value().size(); }
};
INSTANTIATE_TEST_SUITE_P(On, InvitationContract, every_adapter, adapter_name);

TEST_P(InvitationContract, WhoIsInvitedTakesTheAccountAndIsSignedIn) {
  const auto ann = invited();
  EXPECT_EQ(run(stores->invitations().find(proof_of(ann.link), now())).value().email, "ann@example.org");
  auto asked = acceptance(ann.user.id, ann.link);
  asked.display_name = accounts::DisplayName::parse("Anna").value();

  const auto account = run(stores->invitations().accept(asked)).value();

  EXPECT_EQ(account.status, AccountStatus::active);
  EXPECT_TRUE(account.is_email_verified);
  EXPECT_TRUE(account.has_password);
  EXPECT_EQ(account.display_name, "Anna");
  EXPECT_EQ(outcome(sessions().find(asked.session.id, now())), success);
  EXPECT_EQ(run(accounts().find_sign_in(account.id)).value().verifier, verifier);
  EXPECT_EQ(events(account.id), (std::vector<std::string>{"invitation_accepted", "account_created"}));
  EXPECT_EQ(mails(), 1U);
}

TEST_P(InvitationContract, TheNameGivenStaysWhereNoOtherIsChosen) {
  const auto ann = invited();

  EXPECT_EQ(run(stores->invitations().accept(acceptance(ann.user.id, ann.link))).value().display_name, "Ann");
}

TEST_P(InvitationContract, AnInvitationIsTakenOnceAlsoByTwoAtOnce) {
  const auto ann = invited();
  std::vector<Outcome> outcomes;
  core::TaskContext first(loop, core::Moment::max()), second(loop, core::Moment::max());
  for (auto* context : {&first, &second}) {
    core::start(*context, stores->invitations().accept(acceptance(ann.user.id, ann.link)),
                [&](const Result<Account>& done) { outcomes.push_back(outcome_of(done)); });
  }
  while (outcomes.size() < 2) loop.wait_and_turn();

  EXPECT_EQ(outcomes, (std::vector<Outcome>{success, flow_invalid}));
  EXPECT_EQ(find(ann.link), flow_invalid);
}

TEST_P(InvitationContract, AnotherTokenOpensNothing) {
  const auto ann = invited();
  const auto same_id = flows::LinkToken::fresh(ann.link.id(), mint.random());

  EXPECT_EQ(accept(ann.user.id, same_id), flow_invalid);
  EXPECT_EQ(accept(ann.user.id, new_link()), flow_invalid);
  EXPECT_EQ(accept(registered("bob@example.org").id, ann.link), flow_invalid) << "somebody else's session";
  EXPECT_EQ(outcome(stores->invitations().find({.id = ann.link.id(), .handle = ann.link.digest()}, now())),
            flow_invalid);
  EXPECT_EQ(find(ann.link), success);
}

TEST_P(InvitationContract, AnInvitationExpiresAndIsReplacedByTheNext) {
  const auto ann = invited();
  clock.advance(valid_for);
  EXPECT_EQ(find(ann.link), flow_invalid);
  EXPECT_EQ(accept(ann.user.id, ann.link), flow_invalid);

  const auto second = invited_again(ann);
  EXPECT_EQ(find(second), success);
  const auto third = invited_again(ann);
  EXPECT_EQ(accept(ann.user.id, second), flow_invalid);
  EXPECT_EQ(accept(ann.user.id, third), success);
  EXPECT_EQ(mails(), 3U);
  EXPECT_EQ(events(ann.user.id),
            (std::vector<std::string>{"invitation_accepted", "invitation_sent", "invitation_sent", "account_created"}));
}

TEST_P(InvitationContract, ItIsGoodOnlyWhileTheAccountWaitsAtThatAddress) {
  auto& administration = stores->administration();
  const auto suspended = invited("s@example.org"), moved = invited("m@example.org"), removed = invited("r@example.org"),
             settled = invited("p@example.org");
  run(administration.update_user(
          {.account = suspended.user.id, .status = AccountStatus::suspended, .mandate = mandate()}))
      .value();
  run(administration.update_user({.account = moved.user.id,
                                  .email = accounts::Email::parse("other@example.org").value(),
                                  .mandate = mandate()}))
      .value();
  run(administration.remove_user(removed.user.id, mandate())).value();
  run(administration.set_password({.account = settled.user.id, .verifier = "set", .mandate = mandate()})).value();

  for (const auto* invitation : {&suspended, &moved, &removed, &settled}) {
    EXPECT_EQ(find(invitation->link), flow_invalid) << invitation->user.email.str();
    EXPECT_EQ(accept(invitation->user.id, invitation->link), flow_invalid);
  }
  EXPECT_EQ(run(accounts().find_sign_in(settled.user.id)).value().verifier, "set");
}

TEST_P(InvitationContract, NobodyIsInvitedToAnAccountThatWaitsForNobody) {
  const auto moved = invited("m@example.org"), settled = invited("p@example.org");
  run(stores->administration().update_user({.account = moved.user.id,
                                            .email = accounts::Email::parse("other@example.org").value(),
                                            .mandate = mandate()}))
      .value();
  run(stores->administration().set_password({.account = settled.user.id, .verifier = "set", .mandate = mandate()}))
      .value();

  for (const auto* invitation : {&moved, &settled}) {
    EXPECT_EQ(outcome(stores->administration().invite({.account = invitation->user.id,
                                                       .flow = flow_of(invitation->user, new_link()),
                                                       .mail = mail_to(invitation->user.id),
                                                       .mandate = mandate()})),
              not_invited);
  }
  EXPECT_EQ(mails(), 2U);
}

}  // namespace
}  // namespace sallyport::contract
