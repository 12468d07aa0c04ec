#include "keys/signing_key_store.h"

#include "store_test.h"

namespace sallyport::contract {
namespace {

using crypto::KeyTimes;
using crypto::SigningPurpose;
using enum crypto::SigningPurpose;
using keys::Rotation;
using keys::StoredKey;

constexpr Outcome superseded{Fault::conflict, "signing_key_superseded"};

class SigningKeyStoreContract : public StoreTest {
 protected:
  StoredKey new_key(const KeyTimes& times, SigningPurpose purpose = access_token) {
    const auto key = crypto::SigningKey::generate(mint.random(), {.purpose = purpose});
    return StoredKey::of(key, times, now(), mint.keyring(), mint.random());
  }
  std::vector<StoredKey> stored(SigningPurpose purpose = access_token) {
    return run(stores->signing_keys().keys_of(purpose)).value();
  }
  std::vector<std::string> ids(SigningPurpose purpose = access_token) {
    std::vector<std::string> found;
    for (auto& key : stored(purpose)) found.push_back(std::move(key.id));
    return found;
  }
  std::int64_t import(std::vector<StoredKey> keys) {
    return run(stores->signing_keys().import_keys({std::move(keys), now(), origin})).value();
  }
  Rotation rotation_to(StoredKey successor, std::vector<Rotation::Outgoing> outgoing) {
    return {.successor = std::move(successor), .outgoing = std::move(outgoing), .now = now(), .origin = origin};
  }
  Outcome rotate(Rotation rotation) { return outcome(stores->signing_keys().rotate(std::move(rotation))); }
  std::vector<std::string> all_events() {
    std::vector<std::string> names;
    for (auto& row : run(stores->audit_log().recent({}, 100)).value()) names.push_back(std::move(row.event));
    return names;
  }
};
INSTANTIATE_TEST_SUITE_P(On, SigningKeyStoreContract, every_adapter, adapter_name);

TEST_P(SigningKeyStoreContract, AKeyIsReadAsItWasStored) {
  const auto open = new_key({now()}), ended = new_key({now() - hours{2}, now() - hours{1}, now() + microseconds{1}});

  EXPECT_EQ(import({open, ended}), 2);

  const auto found = stored();
  ASSERT_EQ(found.size(), 2);
  for (const auto& [read, written] : {std::pair(found[0], ended), std::pair(found[1], open)}) {
    EXPECT_EQ(read.id, written.id);
    EXPECT_EQ(read.purpose, written.purpose);
    EXPECT_EQ(read.algorithm, "EdDSA");
    EXPECT_EQ(read.public_bytes, written.public_bytes);
    EXPECT_EQ(read.sealed, written.sealed);
    EXPECT_EQ(read.times, written.times);
    EXPECT_EQ(read.created_at, now());
    EXPECT_EQ(read.unseal(mint.keyring()).value().id(), read.id);
  }
}

TEST_P(SigningKeyStoreContract, PurposesAreApart) {
  const auto of_tokens = new_key({now()}), of_audit = new_key({now(), now(), now()}, audit_checkpoint);

  import({of_tokens, of_audit});

  EXPECT_EQ(ids(access_token), std::vector{of_tokens.id});
  EXPECT_EQ(ids(audit_checkpoint), std::vector{of_audit.id});
  EXPECT_EQ(run(stores->signing_keys().remove_ended(access_token, now() + hours{1})).value(), 0);
  EXPECT_EQ(rotate(rotation_to(new_key({now()}, audit_checkpoint), {})), success) << "the other purpose's is not in it";
}

TEST_P(SigningKeyStoreContract, ARotationSetsTheTimesOfAllThatItEnds) {
  const auto old = new_key({now()}), pending = new_key({now() + hours{1}});
  import({old, pending});
  const auto next = new_key({now() + minutes{5}});
  const KeyTimes old_to{old.times.active_from, now() + minutes{5}, now() + minutes{25}},
      pending_to{pending.times.active_from, now() + minutes{5}, now() + minutes{25}};

  EXPECT_EQ(rotate(rotation_to(next, {{old.id, old.times, old_to}, {pending.id, pending.times, pending_to}})), success);

  const auto found = stored();
  ASSERT_EQ(found.size(), 3);
  EXPECT_EQ(found[0].times, old_to);
  EXPECT_EQ(found[1].times, next.times);
  EXPECT_EQ(found[2].times, pending_to);
  EXPECT_EQ(all_events().front(), "signing_key_rotated");
}

TEST_P(SigningKeyStoreContract, OfTwoRotationsAtOnceOneMakesASuccessor) {
  const auto old = new_key({now()});
  import({old});
  const KeyTimes to{old.times.active_from, now() + minutes{5}, now() + minutes{25}};
  const auto first = new_key({now() + minutes{5}}), second = new_key({now() + minutes{5}});

  EXPECT_EQ(rotate(rotation_to(first, {{old.id, old.times, to}})), success);
  EXPECT_EQ(rotate(rotation_to(second, {{old.id, old.times, to}})), superseded);

  EXPECT_EQ(ids(), (std::vector{old.id, first.id}));
  EXPECT_EQ(all_events(), (std::vector<std::string>{"signing_key_rotated", "keys_imported"}));
}

TEST_P(SigningKeyStoreContract, ARotationThatKnowsOfTooFewOrTooManyKeysChangesNothing) {
  const auto old = new_key({now()}), other = new_key({now() - hours{1}}),
             ended = new_key({now() - hours{2}, now(), now() + hours{1}});
  import({old, other, ended});
  const KeyTimes to{old.times.active_from, now(), now() + minutes{20}};
  const auto next = new_key({now()});
  const auto outgoing = [&](const StoredKey& key) { return Rotation::Outgoing{key.id, key.times, to}; };
  auto stale = outgoing(other);
  stale.from.active_until = now() + hours{1};

  EXPECT_EQ(rotate(rotation_to(next, {})), superseded);
  EXPECT_EQ(rotate(rotation_to(next, {outgoing(old)})), superseded);
  EXPECT_EQ(rotate(rotation_to(next, {outgoing(old), outgoing(other), outgoing(ended)})), superseded);
  EXPECT_EQ(rotate(rotation_to(next, {outgoing(old), outgoing(new_key({now()}))})), superseded);
  EXPECT_EQ(rotate(rotation_to(next, {outgoing(old), stale})), superseded);
  EXPECT_EQ(rotate(rotation_to(old, {outgoing(old), outgoing(other)})), superseded) << "a key does not succeed itself";

  EXPECT_EQ(ids(), (std::vector{ended.id, other.id, old.id}));
  EXPECT_EQ(stored().back().times, old.times);
}

TEST_P(SigningKeyStoreContract, WhatIsThereIsNotImportedAgain) {
  const auto mine = new_key({now()});
  import({mine});
  auto theirs = mine;
  theirs.times.active_until = now();
  const auto fresh = new_key({now() - hours{1}});

  EXPECT_EQ(import({theirs, fresh}), 1);

  EXPECT_EQ(ids(), (std::vector{fresh.id, mine.id}));
  EXPECT_EQ(stored().back().times, mine.times);
  EXPECT_EQ(all_events(), (std::vector<std::string>{"keys_imported", "keys_imported"}));
}

TEST_P(SigningKeyStoreContract, AKeyIsRemovedNotBeforeItMayNotVerifyAnyMore) {
  const auto open = new_key({now() - hours{3}}), previous = new_key({now() - hours{2}, now(), now() + seconds{1}});
  import({open, previous});
  const auto remove = [&] { return run(stores->signing_keys().remove_ended(access_token, now())).value(); };

  clock.advance(seconds{1} - microseconds{1});
  EXPECT_EQ(remove(), 0);
  clock.advance(microseconds{1});
  EXPECT_EQ(remove(), 1);

  EXPECT_EQ(ids(), std::vector{open.id});
}

TEST_P(SigningKeyStoreContract, ResealingReplacesWhatIsSealedAndNothingElse) {
  const auto key = new_key({now()}), other = new_key({now() + hours{1}});
  import({key, other});

  EXPECT_EQ(outcome(stores->signing_keys().reseal({{{key.id, {1, 2, 3}}}, now(), origin})), success);

  const auto found = stored();
  EXPECT_EQ(found[0].sealed, (core::Bytes{1, 2, 3}));
  EXPECT_EQ(found[0].times, key.times);
  EXPECT_EQ(found[1].sealed, other.sealed);
  EXPECT_EQ(all_events().front(), "master_key_rotated");
}

TEST_P(SigningKeyStoreContract, AnExportIsNoted) {
  EXPECT_EQ(outcome(stores->signing_keys().note_export(now(), origin)), success);

  EXPECT_EQ(all_events(), std::vector<std::string>{"keys_exported"});
}

TEST_P(SigningKeyStoreContract, AnInterruptedTaskChangesNothing) {
  core::TaskContext context(loop, core::Moment::max());
  context.interrupt(Fault::cancelled);
  auto& store = stores->signing_keys();

  EXPECT_EQ(outcome_of(loop.run(context, store.rotate(rotation_to(new_key({now()}), {})))), cancelled);
  EXPECT_EQ(outcome_of(loop.run(context, store.import_keys({{new_key({now()})}, now(), origin}))), cancelled);

  EXPECT_EQ(ids(), std::vector<std::string>{});
}

}  // namespace
}  // namespace sallyport::contract
