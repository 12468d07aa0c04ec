#pragma once

#include <gtest/gtest.h>

#include <algorithm>

#include "adapters/memory/stores.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "core/manual_loop.h"
#include "crypto/access_token.h"
#include "keys/key_care.h"

namespace sallyport::keys {

/// A store in memory, a clock that stands still, and what the tests of keys do with them.
struct KeyScene {
  static constexpr std::chrono::seconds notice{300}, token_lifetime{900};

  /// A server of its own over the shared store: it knows the keys that it has loaded.
  struct Server {
    explicit Server(KeyScene& scene, std::chrono::seconds key_lifetime = {})
        : live(scene.store, scene.keyring, scene.clock, [this](crypto::KeySet set) { keys = std::move(set); }),
          rotate(scene.store, scene.keyring, scene.clock, scene.random, {notice, token_lifetime},
                 [&random = scene.random](crypto::KeyUse use) { return make(random, std::move(use)); }),
          care(scene.store, live, rotate, scene.clock, {std::chrono::seconds{30}, key_lifetime, {}}) {}
    static core::Task<core::Result<crypto::SigningKey>> make(core::Random& random, crypto::KeyUse use) {
      co_return core::Result<crypto::SigningKey>(crypto::SigningKey::generate(random, std::move(use)));
    }
    crypto::KeySet keys{{}};
    LiveKeys live;
    RotateKeysHandler rotate;
    KeyCare care;
  };

  template <class T>
  T run(core::Task<T> task) {
    return loop.run(std::move(task));
  }
  std::vector<StoredKey> stored() { return run(store.keys_of(crypto::SigningPurpose::access_token)).value(); }
  core::Timestamp now() const { return clock.now(); }

  std::string token(const crypto::SigningKey& key) {
    return crypto::issue(key, {.subject = core::AccountId::fresh(now(), random),
                               .session = core::SessionId::fresh(now(), random),
                               .issuer = "us",
                               .audience = "shop",
                               .token_id = "1",
                               .role = "user",
                               .issued_at = now(),
                               .not_before = now(),
                               .expires_at = now() + token_lifetime});
  }
  /// Why a set refuses a token; empty if it does not.
  std::string_view refusal(const crypto::KeySet& keys, std::string_view text) const {
    const auto verified = crypto::verify_access_token(keys, text, {"us", "shop", now()});
    return verified ? "" : verified.error().code;
  }

  core::FakeClock clock;
  core::FakeRandom random;
  core::ManualLoop loop{clock};
  crypto::Keyring keyring{crypto::MasterKey::generate(random)};
  crypto::HmacKey commitment_key{random.secret(32)};
  memory::MemoryStore memory{audit::Chain(random.bytes<16>(), commitment_key, random), {}, {}};
  memory::MemorySigningKeyStore store{memory};
};

}  // namespace sallyport::keys
