#include "keys/live_keys.h"

#include "keys/key_scene_for_test.h"

namespace sallyport::keys {
namespace {

using namespace std::chrono_literals;

class LiveKeysTest : public testing::Test, protected KeyScene {
 protected:
  void rotate(Server& by) { run(by.care.rotate({.use = {}, .start = Start::at_once, .origin = {}})).value(); }
  bool reload() { return run(server.live.reload()).value(); }
  bool look() { return run(server.live.look_for_unknown()); }

  Server server{*this}, other{*this};
};

TEST_F(LiveKeysTest, HandsOverWhatHasChangedAndNothingElse) {
  rotate(other);

  EXPECT_TRUE(reload());
  EXPECT_EQ(server.keys.signer("shop", now())->id(), other.keys.signer("shop", now())->id());
  EXPECT_FALSE(reload());
  rotate(other);
  EXPECT_TRUE(reload());
  EXPECT_EQ(server.live.counters().reloads, 3);
}

TEST_F(LiveKeysTest, AnUnknownKeyIsLookedForOnceInAWhile) {
  EXPECT_FALSE(look()) << "nothing new there";
  rotate(other);
  EXPECT_FALSE(look()) << "too soon";
  EXPECT_EQ(server.live.counters().reloads, 1);

  clock.advance(LiveKeys::look_interval);

  EXPECT_TRUE(look());
  EXPECT_FALSE(look());
}

TEST_F(LiveKeysTest, KeysThatCannotBeReadLeaveTheOldOnesAtWork) {
  rotate(other);
  reload();
  const auto* const before = server.keys.signer("shop", now());
  auto broken = stored().front();
  broken.id = "another";
  run(store.import_keys({{broken}, now(), {}})).value();

  const auto failed = run(server.live.reload());

  EXPECT_EQ(failed.error().code, "signing_key_wrong");
  EXPECT_EQ(server.keys.signer("shop", now()), before);
  EXPECT_EQ(server.live.counters().failures, 1);
  EXPECT_EQ(run(server.live.reload()).error().code, "signing_key_wrong") << "tried again, not stuck";
}

TEST_F(LiveKeysTest, TasksThatAskWhileOneReadsHaveItReadOnceMore) {
  rotate(other);
  std::optional<core::Result<bool>> first, second;
  core::TaskContext context_of_first(loop, core::Moment::max()), context_of_second(loop, core::Moment::max());
  core::start(context_of_first, server.live.reload(), [&](core::Result<bool> done) { first = std::move(done); });
  core::start(context_of_second, server.live.reload(), [&](core::Result<bool> done) { second = std::move(done); });

  ASSERT_TRUE(second) << "does not wait";
  while (!first) loop.wait_and_turn();

  EXPECT_TRUE(first->value());
  EXPECT_FALSE(second->value());
  EXPECT_EQ(server.live.counters().reloads, 2);
}

class KeyCareTest : public LiveKeysTest {
 protected:
  static constexpr auto key_lifetime = std::chrono::seconds{24h};
  void round(Server& by) { ASSERT_TRUE(run(by.care.round())); }
  Server careful{*this, key_lifetime};
};

TEST_F(KeyCareTest, RotatesInTimeForTheNoticeAndOnce) {
  rotate(other);
  const auto start = now();
  clock.advance(key_lifetime - notice - 1us);
  round(careful);
  EXPECT_EQ(stored().size(), 1);

  clock.advance(1us);
  round(careful);
  round(careful);

  const auto keys = stored();
  ASSERT_EQ(keys.size(), 2);
  EXPECT_EQ(keys[1].times.active_from, start + key_lifetime);
  EXPECT_EQ(careful.care.counters().rotations, 1);
}

TEST_F(KeyCareTest, ALifetimeOfZeroNeverRotates) {
  rotate(other);
  clock.advance(std::chrono::days{10'000});

  round(server);

  EXPECT_EQ(stored().size(), 1);
}

TEST_F(KeyCareTest, RemovesWhatHasEndedAndHearsOfWhatOthersDid) {
  rotate(other);
  rotate(other);
  round(server);
  EXPECT_EQ(server.keys.members().size(), 2);
  clock.advance(notice + token_lifetime);

  round(server);

  EXPECT_EQ(stored().size(), 1);
  EXPECT_EQ(server.keys.members().size(), 1);
}

TEST_F(KeyCareTest, GoesOnUntilItIsInterrupted) {
  std::optional<core::Result<void>> ended;
  core::TaskContext context(loop, core::Moment::max());
  core::start(context, careful.care.run_forever(), [&](core::Result<void> done) { ended = std::move(done); });
  for (int round = 0; round < 3; ++round) {
    for (int turn = 0; turn < 20; ++turn) loop.turn();
    clock.advance(31s);
  }
  EXPECT_EQ(careful.live.counters().reloads, 4) << "one with the rotation, since there was no key, and one each round";

  context.interrupt(core::Fault::cancelled);
  while (!ended) loop.wait_and_turn();

  EXPECT_EQ(ended->error().fault, core::Fault::cancelled);
}

}  // namespace
}  // namespace sallyport::keys
