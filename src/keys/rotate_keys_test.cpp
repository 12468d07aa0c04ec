#include "keys/rotate_keys.h"

#include "keys/import_keys.h"
#include "keys/key_scene_for_test.h"

namespace sallyport::keys {
namespace {

using namespace std::chrono_literals;
using crypto::SigningAlgorithm;

class RotateKeysTest : public testing::Test, protected KeyScene {
 protected:
  core::Result<Rotated> rotate(Start start = Start::after_notice, crypto::KeyUse use = {}) {
    return run(server.rotate({.use = std::move(use), .start = start, .origin = {}}));
  }
  std::string_view code(const core::Result<Rotated>& result) { return result ? "" : result.error().code; }

  Server server{*this};
};

TEST_F(RotateKeysTest, TheFirstKeySignsAtOnce) {
  const auto first = rotate().value();

  EXPECT_EQ(first.times, crypto::KeyTimes{now()});
  EXPECT_EQ(stored().front().id, first.id);
}

TEST_F(RotateKeysTest, TheNextKeySignsAfterItsNoticeAndTheOldOneVerifiesOn) {
  rotate().value();
  clock.advance(1h);

  const auto next = rotate(Start::after_notice, {.algorithm = SigningAlgorithm::es256}).value();

  const auto keys = stored();
  const auto change = now() + notice;
  EXPECT_EQ(next.algorithm, SigningAlgorithm::es256);
  EXPECT_EQ(next.times, crypto::KeyTimes{change});
  EXPECT_EQ(keys[0].times, (crypto::KeyTimes{now() - 1h, change, change + notice + token_lifetime}));
  EXPECT_EQ(keys[1].algorithm, "ES256");
}

TEST_F(RotateKeysTest, WaitsForAKeyThatHasNotBegun) {
  rotate().value();
  const auto next = rotate().value();

  const auto refused = rotate();

  EXPECT_EQ(code(refused), "signing_key_pending");
  EXPECT_NE(refused.error().log_detail.find(next.id), std::string::npos);
  EXPECT_EQ(stored().size(), 2);
  clock.advance(notice);
  EXPECT_EQ(code(rotate()), "");
}

TEST_F(RotateKeysTest, AKeyThatStartsAtOnceTakesOverFromAllOthers) {
  const auto old = rotate().value(), pending = rotate().value();

  const auto taken = rotate(Start::at_once).value();

  EXPECT_EQ(taken.times, crypto::KeyTimes{now()});
  for (const auto& key : stored()) {
    if (key.id == taken.id) continue;
    EXPECT_EQ(key.times.active_until, now());
    EXPECT_EQ(key.times.published_until, now() + notice + token_lifetime) << "late servers may still sign with it";
  }
  run(server.live.reload()).value();
  for (const auto after : {0s, notice, 2 * notice}) {
    clock.advance(after);
    EXPECT_EQ(server.keys.signer("shop", now())->id(), taken.id);
  }
}

TEST_F(RotateKeysTest, ASharedSecretSucceedsAnOpenKeyAndTheOtherWayRound) {
  rotate().value();
  const auto secret = rotate(Start::after_notice, {.algorithm = SigningAlgorithm::hs256, .audience = "shop"}).value();
  run(server.live.reload()).value();
  clock.advance(notice);
  EXPECT_EQ(server.keys.signer("shop", now())->id(), secret.id);

  const auto open = rotate().value();
  run(server.live.reload()).value();
  clock.advance(notice);

  EXPECT_EQ(server.keys.signer("shop", now())->id(), open.id);
}

class ImportKeysTest : public RotateKeysTest {
 protected:
  std::int64_t import(const crypto::SigningKey& key, crypto::KeyTimes times) {
    std::vector<crypto::KeySet::Member> members;
    members.push_back({crypto::SigningKey::parse(key.use(), key.bytes()).value(), times});
    return run(import_keys(store, keyring, std::move(members), {notice, token_lifetime}, now(), random, {})).value();
  }
  const crypto::SigningKey theirs = crypto::SigningKey::generate(random);
};

TEST_F(ImportKeysTest, AnEmptyStoreTakesKeysAsTheyAre) {
  EXPECT_EQ(import(theirs, {now() - 1h, now() + 1h}), 1);

  EXPECT_EQ(stored().front().times, (crypto::KeyTimes{now() - 1h, now() + 1h}));
}

TEST_F(ImportKeysTest, AKeyThatSignedElsewhereOnlyVerifiesHere) {
  const auto mine = rotate().value();
  const auto token_of_theirs = token(theirs);

  import(theirs, {now() + 1h});
  run(server.live.reload()).value();

  EXPECT_EQ(refusal(server.keys, token_of_theirs), "");
  clock.advance(token_lifetime - 1us);
  EXPECT_EQ(refusal(server.keys, token_of_theirs), "");
  clock.advance(2h);
  EXPECT_EQ(server.keys.signer("shop", now())->id(), mine.id);
  EXPECT_EQ(server.keys.verifier(theirs.id(), now()), nullptr);
}

}  // namespace
}  // namespace sallyport::keys
