#include "crypto/hash_pool.h"

#include <gtest/gtest.h>

#include <deque>
#include <stdexcept>

#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "core/manual_loop.h"
#include "crypto/argon2_sodium.h"

namespace sallyport::crypto {
namespace {

using core::Fault;
using core::Moment;
using core::Result;
using std::chrono::milliseconds;
using std::chrono::seconds;

/// "Hashes" to SHA-256, and holds each hash back until the test lets it go. Without pepper it sees the passwords.
class GatedArgon2 final : public Argon2 {
 public:
  explicit GatedArgon2(core::FakeClock& clock) : clock_(clock) {}
  Result<void> hash(core::ByteView password, core::ByteView, const Argon2Parameters&,
                    std::span<std::uint8_t> out) override {
    std::unique_lock lock(mutex_);
    begun_.emplace_back(core::as_text(password));
    changed_.notify_all();
    changed_.wait(lock, [this] { return passes_ > 0; });
    --passes_;
    clock_.advance(duration_);
    if (begun_.back() == "throw") throw std::runtime_error("no more");
    std::ranges::copy(sha256(password), out.begin());
    return {};
  }
  void let_pass(int count) {
    const std::lock_guard lock(mutex_);
    passes_ += count;
    changed_.notify_all();
  }
  void open() { let_pass(1'000'000); }
  void take_this_long(milliseconds duration) {
    const std::lock_guard lock(mutex_);
    duration_ = duration;
  }
  /// Waits until `count` hashes have begun in all.
  void await_begun(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return begun_.size() >= count; });
  }
  std::vector<std::string> begun() {
    const std::lock_guard lock(mutex_);
    return begun_;
  }

 private:
  core::FakeClock& clock_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::string> begun_;
  milliseconds duration_{0};
  int passes_ = 0;
};

using Names = std::vector<std::string>;

constexpr HashRequester sign_in(std::uint64_t network) { return {network, HashUrgency::sign_in}; }

class HashPoolTest : public testing::Test {
 protected:
  /// One request: a task with a context of its own.
  struct Check {
    Check(core::Loop& loop, Moment deadline, core::Task<Result<Match>> task) : context(loop, deadline) {
      core::start(context, std::move(task), [this](Result<Match> result) { answer.emplace(std::move(result)); });
    }
    std::string_view code() const { return !answer ? "waits" : *answer ? "" : answer->error().code; }
    core::TaskContext context;
    std::optional<Result<Match>> answer;
  };

  void TearDown() override {
    argon2_.open();
    if (pool_) pool_->stop();
    loop_.turn();
  }
  HashPool& pool(HashPoolLimits limits = {}) {
    if (!pool_) pool_.emplace(recipe_, clock_, random_, limits);
    return *pool_;
  }
  static PasswordVerifier stored(std::string_view password) {
    const auto hash = sha256(core::as_bytes(password));
    return {.salt = core::Bytes(16), .hash = core::Bytes(hash.begin(), hash.end())};
  }
  /// Checks `password` against an account whose password is "right", or of nobody.
  Check& check(std::string_view password, HashRequester requester = sign_in(1), Moment deadline = Moment::max(),
               std::string identifier = "ann@example.org") {
    const auto verifier = identifier == "nobody" ? std::nullopt : std::optional(stored("right"));
    return checks_.emplace_back(loop_, deadline,
                                pool().verify(core::Secret(password), verifier, identifier, requester));
  }
  /// Keeps the pool's one thread busy until the test lets hashes pass.
  Check& occupy() {
    auto& first = check("occupies", sign_in(99));
    argon2_.await_begun(1);
    return first;
  }
  void await(const Check& check) {
    while (!check.answer) loop_.wait_and_turn();
  }

  core::FakeClock clock_;
  core::FakeRandom random_;
  core::ManualLoop loop_{clock_};
  std::deque<Check> checks_;  ///< a task's context outlives the task
  GatedArgon2 argon2_{clock_};
  PasswordRecipe recipe_{argon2_, random_, {}, {}};
  std::optional<HashPool> pool_;
};

}  // namespace

TEST_F(HashPoolTest, MakesVerifiersThatTheirPasswordsMatch) {
  argon2_.open();
  const HashRequester requester{1, HashUrgency::registration};

  const auto made = loop_.run(pool().make_verifier(core::Secret("right"), requester));
  ASSERT_TRUE(made);

  EXPECT_EQ(loop_.run(pool().verify(core::Secret("right"), *made, "ann", requester)).value(), Match::yes);
  EXPECT_EQ(loop_.run(pool().verify(core::Secret("wrong"), *made, "ann", requester)).value(), Match::no);
}

TEST_F(HashPoolTest, AnUnknownAccountCostsAHashAndNeverMatches) {
  argon2_.open();
  EXPECT_EQ(loop_.run(pool().verify(core::Secret("right"), std::nullopt, "nobody", sign_in(1))).value(), Match::no);
  EXPECT_EQ(argon2_.begun(), Names{"right"});
}

TEST_F(HashPoolTest, ServesNetworksInTurn) {
  occupy();
  std::vector<const Check*> checks;
  for (const auto* password : {"a1", "a2", "a3"}) checks.push_back(&check(password, sign_in(1)));
  for (const auto* password : {"b1", "b2"}) checks.push_back(&check(password, sign_in(2)));
  checks.push_back(&check("c1", sign_in(3)));

  argon2_.open();
  for (const auto* each : checks) await(*each);

  EXPECT_EQ(argon2_.begun(), (Names{"occupies", "a1", "b1", "c1", "a2", "b2", "a3"}));
}

TEST_F(HashPoolTest, ServesPeopleBeforeBackgroundWork) {
  occupy();
  auto& background = check("background", {1, HashUrgency::background});
  check("registration", {1, HashUrgency::registration});
  check("sign-in", sign_in(1));

  argon2_.open();
  await(background);

  EXPECT_EQ(argon2_.begun(), (Names{"occupies", "registration", "sign-in", "background"}));
}

TEST_F(HashPoolTest, EqualChecksThatWaitAreOneHash) {
  occupy();
  auto& one = check("right", sign_in(1));
  auto& other = check("right", sign_in(2));
  auto& wrong = check("wrong", sign_in(1));

  argon2_.open();
  await(one), await(other), await(wrong);

  EXPECT_EQ(one.answer->value(), Match::yes);
  EXPECT_EQ(other.answer->value(), Match::yes);
  EXPECT_EQ(wrong.answer->value(), Match::no);
  EXPECT_EQ(argon2_.begun(), (Names{"occupies", "right", "wrong"}));
  EXPECT_EQ(pool().counters().shared, 1U);
  EXPECT_EQ(pool().counters().done, 3U);
}

TEST_F(HashPoolTest, ACheckJoinsAnEqualOneThatRuns) {
  auto& running = occupy();
  auto& late = check("occupies", sign_in(2));

  argon2_.open();
  await(running), await(late);

  EXPECT_EQ(late.code(), "");
  EXPECT_EQ(argon2_.begun(), Names{"occupies"});
}

TEST_F(HashPoolTest, ChecksOfUnknownAccountsAreSharedLikeOthers) {
  occupy();
  auto& one = check("x", sign_in(1), Moment::max(), "nobody");
  auto& other = check("x", sign_in(1), Moment::max(), "nobody");

  argon2_.open();
  await(one), await(other);

  EXPECT_EQ(argon2_.begun(), (Names{"occupies", "x"}));
  EXPECT_EQ(other.answer->value(), Match::no);
}

TEST_F(HashPoolTest, ChecksThatDifferInAnythingAreApart) {
  occupy();
  check("x", sign_in(1), Moment::max(), "ann@example.org");
  auto& bob = check("x", sign_in(1), Moment::max(), "bob@example.org");
  auto& background = check("x", {1, HashUrgency::background});
  auto& changed = checks_.emplace_back(loop_, Moment::max(),
                                       pool().verify(core::Secret("x"), stored("new"), "ann@example.org", sign_in(1)));

  argon2_.open();
  await(background), await(bob), await(changed);

  EXPECT_EQ(argon2_.begun(), (Names{"occupies", "x", "x", "x", "x"}));
}

TEST_F(HashPoolTest, AFollowerSurvivesItsLeadersCancellation) {
  occupy();
  auto& leader = check("right");
  auto& follower = check("right");

  leader.context.interrupt(Fault::cancelled);
  argon2_.open();
  await(follower);

  EXPECT_EQ(leader.code(), "cancelled");
  EXPECT_EQ(follower.answer->value(), Match::yes);
}

TEST_F(HashPoolTest, AJobWhoseTasksHaveAllGoneIsNotStarted) {
  occupy();
  auto& leader = check("gone");
  auto& follower = check("gone");
  auto& last = check("stays");

  leader.context.interrupt(Fault::cancelled);
  follower.context.interrupt(Fault::cancelled);
  argon2_.open();
  await(last);

  EXPECT_EQ(argon2_.begun(), (Names{"occupies", "stays"}));
  EXPECT_EQ(pool().counters().expired, 1U);
  EXPECT_EQ(pool().counters().queued, 0U);
}

TEST_F(HashPoolTest, AnInterruptedTaskDoesNotWaitForAHashThatRuns) {
  auto& running = occupy();

  running.context.interrupt(Fault::cancelled);
  loop_.turn();

  EXPECT_EQ(running.code(), "cancelled");
}

TEST_F(HashPoolTest, AJobIsNotStartedAfterItsDeadline) {
  occupy();
  auto& late = check("late", sign_in(1), clock_.moment() + seconds{1});
  auto& patient = check("patient", sign_in(1));

  clock_.advance(seconds{2});
  argon2_.open();
  await(late), await(patient);

  EXPECT_EQ(late.answer->error().fault, Fault::deadline_exceeded);
  EXPECT_EQ(argon2_.begun(), (Names{"occupies", "patient"}));
  EXPECT_EQ(pool().counters().expired, 1U);
}

TEST_F(HashPoolTest, AFollowerWithMoreTimeKeepsTheJobAlive) {
  occupy();
  auto& late = check("right", sign_in(1), clock_.moment() + seconds{1});
  auto& patient = check("right", sign_in(1));

  clock_.advance(seconds{2});
  argon2_.open();
  await(late), await(patient);

  EXPECT_EQ(late.code(), "deadline_exceeded");
  EXPECT_EQ(patient.answer->value(), Match::yes);
}

TEST_F(HashPoolTest, RefusesAtOnceWhatWouldWaitTooLong) {
  pool({.max_sign_in_wait = seconds{3}, .first_estimate = seconds{1}});
  occupy();
  for (const auto* password : {"a1", "a2", "a3"}) check(password, sign_in(1));

  auto& refused = check("a4", sign_in(1));
  auto& other_network = check("b1", sign_in(2));

  ASSERT_EQ(refused.code(), "overloaded");
  EXPECT_EQ(refused.answer->error().fault, Fault::unavailable);
  EXPECT_EQ(refused.answer->error().retry_after, seconds{4});
  EXPECT_EQ(other_network.code(), "waits");  // its turn comes after the running one and a1
  EXPECT_EQ(pool().counters().rejected, 1U);
  EXPECT_EQ(pool().counters().queued, 4U);
}

TEST_F(HashPoolTest, RefusesAtOnceWhatItsDeadlineLeavesNoTimeFor) {
  pool({.first_estimate = seconds{1}});
  occupy();
  check("before", sign_in(1));

  EXPECT_EQ(check("hasty", sign_in(1), clock_.moment() + milliseconds{1500}).code(), "overloaded");
  auto& patient = check("patient", sign_in(1), clock_.moment() + milliseconds{2500});
  EXPECT_EQ(patient.code(), "waits");
}

TEST_F(HashPoolTest, AFullQueueRefusesButStillSharesWhatWaits) {
  pool({.max_waiting = 3, .max_waiting_per_network = 2, .max_waiting_per_check = 2});
  occupy();
  check("a1", sign_in(1));
  check("a2", sign_in(1));

  EXPECT_EQ(check("a3", sign_in(1)).code(), "overloaded");  // the network's share
  auto& b1 = check("b1", sign_in(2));
  EXPECT_EQ(b1.code(), "waits");
  EXPECT_EQ(check("c1", sign_in(3)).code(), "overloaded");  // the whole queue
  auto& follower = check("a1", sign_in(1));
  EXPECT_EQ(follower.code(), "waits");
  EXPECT_EQ(check("a1", sign_in(1)).code(), "overloaded");  // those who wait for one check
}

TEST_F(HashPoolTest, TasksThatHaveGoneMakeRoom) {
  pool({.max_waiting_per_network = 2});
  occupy();
  auto& a1 = check("a1");
  check("a2");

  a1.context.interrupt(Fault::cancelled);
  auto& a3 = check("a3");

  EXPECT_EQ(a3.code(), "waits");
  EXPECT_EQ(pool().counters().expired, 1U);
  EXPECT_EQ(pool().counters().queued, 2U);
  auto& a1_again = check("a1");
  EXPECT_EQ(a1_again.code(), "overloaded");  // not joined to the job that was dropped
}

TEST_F(HashPoolTest, LearnsHowLongAHashTakes) {
  pool({.first_estimate = milliseconds{10}});
  argon2_.take_this_long(milliseconds{90});
  EXPECT_EQ(pool().estimated_wait(sign_in(1)), milliseconds{0});

  occupy();
  EXPECT_EQ(pool().estimated_wait(sign_in(1)), milliseconds{10});
  check("second");
  argon2_.let_pass(1);
  argon2_.await_begun(2);

  EXPECT_EQ(pool().estimated_wait(sign_in(1)), milliseconds{20});  // 10 + (90 - 10) / 8
  EXPECT_EQ(pool().counters().hash_nanoseconds, 90'000'000U);
}

TEST_F(HashPoolTest, StoppingAnswersWhatWaitsAndFinishesWhatRuns) {
  auto& running = occupy();
  auto& one = check("waits");
  auto& follower = check("waits");

  std::thread stopper([this] { pool().stop(); });
  await(one), await(follower);
  argon2_.open();
  stopper.join();
  await(running);

  EXPECT_EQ(one.code(), "shutting_down");
  EXPECT_EQ(one.answer->error().fault, Fault::unavailable);
  EXPECT_TRUE(one.answer->error().retry_after);
  EXPECT_EQ(follower.code(), "shutting_down");
  EXPECT_EQ(running.code(), "");
  EXPECT_EQ(check("later").code(), "shutting_down");
  EXPECT_EQ(argon2_.begun(), Names{"occupies"});
}

TEST_F(HashPoolTest, AFailingHashIsAnAnswerAndNotTheEnd) {
  argon2_.open();

  auto& failed = check("throw");
  await(failed);

  EXPECT_EQ(failed.code(), "hash_failed");
  EXPECT_EQ(failed.answer->error().log_detail, "no more");
  auto& next = check("right");
  await(next);
  EXPECT_EQ(next.answer->value(), Match::yes);
}

TEST(HashPoolThreads, ManyLoopsAskManyThreads) {
  core::FakeClock clock;
  core::FakeRandom random;
  core::ManualLoop loop(clock), other_loop(clock);
  Argon2Sodium argon2;
  const PasswordRecipe recipe(argon2, random, {.memory_kib = 8, .passes = 1}, {});
  HashPool pool(recipe, clock, random, {.threads = 3});
  const auto stored = recipe.make(core::Secret("right")).value();
  std::atomic<int> answered = 0, right = 0;

  const auto ask = [&](core::ManualLoop& home, std::uint64_t network) {
    int left = 0;
    std::vector<std::unique_ptr<core::TaskContext>> contexts;
    for (int i = 0; i < 120; ++i) {
      contexts.push_back(std::make_unique<core::TaskContext>(home, Moment::max()));
      ++left;
      auto check = pool.verify(core::Secret(i % 3 == 0 ? "right" : "wrong"), stored, "account " + std::to_string(i / 4),
                               sign_in(network));
      core::start(*contexts.back(), std::move(check), [&](const Result<Match>& result) {
        --left;
        ++answered;
        if (result && *result == Match::yes) ++right;
      });
      if (i % 5 == 4) contexts[static_cast<std::size_t>(i - 2)]->interrupt(Fault::cancelled);
      home.turn();
    }
    while (left > 0) home.wait_and_turn();
  };
  std::thread one(ask, std::ref(loop), 1), two(ask, std::ref(other_loop), 2);
  one.join(), two.join();
  pool.stop();

  EXPECT_EQ(answered, 240);
  EXPECT_GT(right, 0);
  EXPECT_LE(right, 80);
  EXPECT_EQ(pool.counters().queued, 0U);
  EXPECT_EQ(pool.counters().running, 0U);
}

}  // namespace sallyport::crypto
