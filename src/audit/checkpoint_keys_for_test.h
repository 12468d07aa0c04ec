#pragma once

#include "audit/checkpoint_keys.h"
#include "core/fake_random.h"

namespace sallyport::audit {

/// A key of checkpoints; another seed is another key.
inline CheckpointKeys checkpoint_keys_for_test(std::uint64_t seed = 7) {
  core::FakeRandom random(seed);
  std::vector<crypto::SigningKey> keys;
  keys.push_back(crypto::SigningKey::generate(random, {.purpose = crypto::SigningPurpose::audit_checkpoint}));
  return CheckpointKeys(std::move(keys));
}

}  // namespace sallyport::audit
