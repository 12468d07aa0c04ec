#include "mail/sender.h"

#include <gtest/gtest.h>

#include <deque>

#include "adapters/memory/stores.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "core/manual_loop.h"

namespace sallyport::mail {
namespace {

using core::Result;
using core::Task;
using std::chrono::hours, std::chrono::minutes, std::chrono::seconds;
using Verdict = MailAnswer::Verdict;

/// Takes all mails, unless it was told what to answer; keeps them waiting while it is held.
class FakeMailer final : public Mailer {
 public:
  Task<Result<MailAnswer>> send(OutgoingMail mail) override {
    sent.push_back(std::string(mail.message.reveal()));
    auto held_here = [this](std::shared_ptr<core::Handover<MailAnswer>> handover) -> std::optional<core::Error> {
      if (is_held) {
        held.push_back(std::move(handover));
        return std::nullopt;
      }
      handover->take();
      handover->complete(next_answer());
      return std::nullopt;
    };
    co_return co_await core::hand_over<MailAnswer>(held_here);
  }
  Result<MailAnswer> next_answer() {
    if (answers.empty()) return MailAnswer{Verdict::taken, "250 ok"};
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  std::vector<std::string> sent;
  std::deque<Result<MailAnswer>> answers;
  bool is_held = false;
  std::vector<std::shared_ptr<core::Handover<MailAnswer>>> held;  ///< shared with the task that waits
};

class SenderTest : public testing::Test {
 protected:
  SenderTest() {
    bell_.hang(loop_);
    sender_.report_to([this](const AttemptReport& report) { outcomes_.emplace_back(report.outcome); });
  }

  MailId queue(Letter letter, MailKind kind = MailKind::new_device) {
    auto mail = desk_.compose(kind, std::nullopt, std::nullopt, letter, clock_.now());
    run(store_.run<void>([mail](memory::MemoryState& state) -> Result<void> {
      state.insert_mail(mail);
      return {};
    })).value();
    return mail.id;
  }
  template <class T>
  T run(Task<T> task) {
    return loop_.run(std::move(task));
  }
  bool send() { return run(sender_.send_next()).value(); }
  StoredMail find(MailId id) { return run(outbox_.find(id)).value(); }
  void turn() {
    for (int idle = 0; idle < 2;) idle = loop_.turn() ? 0 : idle + 1;  // a timer's turn posts nothing itself
  }

  core::FakeClock clock_;
  core::FakeRandom random_;
  core::ManualLoop loop_{clock_};
  crypto::Keyring keyring_{crypto::MasterKey::generate(random_)};
  memory::MemoryStore store_{audit::Chain({}, keyring_.mac_key(crypto::Purpose::audit_commitment), random_), {}, {}};
  memory::MemoryOutbox outbox_{store_};
  MailDesk desk_{keyring_, random_};
  Templates templates_ = Templates::load({.product = "Acme"}).value();
  FakeMailer mailer_;
  core::Bell bell_;
  Sender sender_{outbox_, desk_,   templates_,          mailer_, *Mailbox::parse("no-reply@acme.example"), bell_,
                 clock_,  random_, {.most_attempts = 4}};
  std::vector<std::string> outcomes_;
};

TEST_F(SenderTest, SendsAMailAndSettlesIt) {
  const auto id = queue({.to = "ann@example.org", .name = "Ann"});

  EXPECT_TRUE(send());
  EXPECT_FALSE(send()) << "once";

  EXPECT_EQ(find(id).state, MailState::delivered);
  ASSERT_EQ(mailer_.sent.size(), 1U);
  EXPECT_NE(mailer_.sent[0].find("To: \"Ann\"\r\n <ann@example.org>"), std::string::npos) << mailer_.sent[0];
  EXPECT_NE(mailer_.sent[0].find("Message-ID: <" + id.str() + "@acme.example>"), std::string::npos);
  EXPECT_EQ(sender_.counters().delivered, 1U);
}

TEST_F(SenderTest, PausesTwiceAsLongAfterEachAttemptAndThenGivesUp) {
  const auto id = queue({.to = "ann@example.org"});
  auto expected = std::chrono::microseconds(seconds{30});
  for (int attempt = 1; attempt < 4; ++attempt, expected *= 2) {
    mailer_.answers.emplace_back(MailAnswer{Verdict::later, "451 greylisted"});
    ASSERT_TRUE(send());
    const auto mail = find(id);
    ASSERT_EQ(mail.state, MailState::waiting);
    EXPECT_EQ(mail.last_error, "451 greylisted");
    const auto pause = *mail.due_at - clock_.now();
    EXPECT_GE(pause, expected * 3 / 4);
    EXPECT_LE(pause, expected * 5 / 4);
    EXPECT_FALSE(send()) << "not before it is due";
    clock_.advance(pause);
  }
  mailer_.answers.emplace_back(MailAnswer{Verdict::later, "451 still"});
  ASSERT_TRUE(send());

  EXPECT_EQ(find(id).state, MailState::failed);
  EXPECT_EQ(outcomes_, (std::vector<std::string>{"postponed", "postponed", "postponed", "given_up"}));
}

TEST_F(SenderTest, PausesNoLongerThanAnHour) {
  const auto id = queue({.to = "ann@example.org"});
  Sender patient(outbox_, desk_, templates_, mailer_, *Mailbox::parse("a@acme.example"), bell_, clock_, random_,
                 {.most_attempts = 100});
  for (int attempt = 0; attempt < 20; ++attempt) {
    mailer_.answers.emplace_back(MailAnswer{Verdict::later, "no"});
    ASSERT_TRUE(run(patient.send_next()).value());
    clock_.advance(*find(id).due_at - clock_.now());
  }
  mailer_.answers.emplace_back(MailAnswer{Verdict::later, "no"});
  ASSERT_TRUE(run(patient.send_next()).value());

  EXPECT_GE(*find(id).due_at - clock_.now(), minutes{45});
  EXPECT_LE(*find(id).due_at - clock_.now(), minutes{75});
}

TEST_F(SenderTest, GivesUpWhatIsRefusedForGoodAndKeepsItForARetry) {
  const auto id = queue({.to = "ann@example.org"});
  mailer_.answers.emplace_back(MailAnswer{Verdict::refused, "550 no such user"});
  ASSERT_TRUE(send());
  ASSERT_EQ(find(id).state, MailState::failed);

  run(outbox_.retry(id, clock_.now())).value();
  ASSERT_TRUE(send());

  EXPECT_EQ(find(id).state, MailState::delivered);
}

TEST_F(SenderTest, DoesNotSendALinkThatHasExpired) {
  const auto id = queue({.to = "ann@example.org",
                         .link = core::Secret("http://localhost:8080/reset-password?token=x"),
                         .valid_for = minutes{30}},
                        MailKind::recovery);
  const auto notice = queue({.to = "ann@example.org", .valid_for = minutes{15}}, MailKind::locked);
  clock_.advance(hours{1});
  ASSERT_TRUE(send());
  ASSERT_TRUE(send());

  EXPECT_EQ(find(id).state, MailState::failed);
  EXPECT_EQ(find(id).last_error, "its link has expired");
  EXPECT_EQ(find(notice).state, MailState::delivered) << "what it tells of has happened all the same";
}

TEST_F(SenderTest, GivesUpWhatCannotBeAddressed) {
  const auto id = queue({.to = "ann@example.org\r\nBcc: eve@example.org"});
  ASSERT_TRUE(send());

  EXPECT_EQ(find(id).state, MailState::failed);
  EXPECT_EQ(find(id).last_error, "mailbox_unusable");
  EXPECT_TRUE(mailer_.sent.empty());
}

TEST_F(SenderTest, KeepsWhatItCannotReadForAnotherServer) {
  auto mail = desk_.compose(MailKind::locked, std::nullopt, std::nullopt, {.to = "ann@example.org"}, clock_.now());
  mail.payload.back() ^= 1;
  run(store_.run<void>([mail](memory::MemoryState& state) -> Result<void> {
    state.insert_mail(mail);
    return {};
  })).value();
  ASSERT_TRUE(send());

  EXPECT_EQ(find(mail.id).state, MailState::waiting);
  EXPECT_NE(find(mail.id).last_error, "");
}

TEST_F(SenderTest, SendsAgainWhatADeadServerHeldOnceItsLeaseIsOver) {
  const auto id = queue({.to = "ann@example.org"});
  run(outbox_.lease(clock_.now(), clock_.now() + minutes{1}, 1)).value();  // and dies
  EXPECT_FALSE(send());
  clock_.advance(minutes{1});

  EXPECT_TRUE(send());
  EXPECT_EQ(find(id).state, MailState::delivered);
}

TEST_F(SenderTest, IsWokenByTheBellAndByTheTimeThatAMailIsDue) {
  core::TaskContext context(loop_, core::Moment::max());
  std::optional<Result<void>> ended;
  core::start(context, sender_.send_forever(), [&](Result<void> result) { ended = std::move(result); });
  turn();

  const auto first = queue({.to = "ann@example.org"});
  mailer_.answers.emplace_back(MailAnswer{Verdict::later, "451"});
  bell_.ring();
  turn();
  ASSERT_EQ(mailer_.sent.size(), 1U);
  clock_.advance(*find(first).due_at - clock_.now() + std::chrono::milliseconds{100});  // and a tick
  turn();
  EXPECT_EQ(mailer_.sent.size(), 2U);
  EXPECT_EQ(find(first).state, MailState::delivered);

  context.interrupt(core::Fault::cancelled);
  turn();
  EXPECT_TRUE(ended);
}

TEST_F(SenderTest, SettlesWhatIsOnItsWayWhenItIsInterrupted) {
  const auto id = queue({.to = "ann@example.org"});
  core::TaskContext context(loop_, core::Moment::max());
  std::optional<Result<void>> ended;
  mailer_.is_held = true;
  core::start(context, sender_.send_forever(), [&](Result<void> result) { ended = std::move(result); });
  turn();
  ASSERT_EQ(mailer_.held.size(), 1U);
  ASSERT_TRUE(mailer_.held[0]->take());  // the mail server has it

  context.interrupt(core::Fault::cancelled);
  turn();
  EXPECT_FALSE(ended) << "it waits for the answer";
  mailer_.held[0]->complete(MailAnswer{Verdict::taken, "250 ok"});
  turn();

  EXPECT_TRUE(ended);
  EXPECT_EQ(find(id).state, MailState::delivered);
}

TEST_F(SenderTest, LeavesWhatWasNotBegunToTheNextStart) {
  const auto id = queue({.to = "ann@example.org"});
  core::TaskContext context(loop_, core::Moment::max());
  std::optional<Result<void>> ended;
  mailer_.is_held = true;
  core::start(context, sender_.send_forever(), [&](Result<void> result) { ended = std::move(result); });
  turn();
  context.interrupt(core::Fault::cancelled);
  turn();

  EXPECT_TRUE(ended);
  EXPECT_EQ(find(id).state, MailState::waiting);
  EXPECT_EQ(find(id).due_at, clock_.now()) << "no lease is in its way";
  mailer_.is_held = false;
  EXPECT_TRUE(send());
}

}  // namespace
}  // namespace sallyport::mail
