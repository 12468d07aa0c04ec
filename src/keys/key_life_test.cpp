#include <rapidcheck.h>

#include <list>

#include "keys/key_scene_for_test.h"

namespace sallyport::keys {
namespace {

using namespace std::chrono_literals;
using crypto::SigningAlgorithm;

constexpr std::chrono::seconds reload_interval{30};
constexpr auto key_set_max_age = KeyScene::notice - 2 * reload_interval;

/// Two servers over one store, each of which looks at it when its interval is over and hears of nothing before, and a
/// service that keeps the key set of one of them for its max-age.
class Life : public KeyScene {
 public:
  explicit Life(std::chrono::seconds key_lifetime) {
    for (int i = 0; i < 2; ++i) servers_.emplace_back(std::make_unique<Server>(*this, key_lifetime), now());
    run(servers_.front().first->care.rotate({.use = {}, .start = Start::at_once, .origin = {}})).value();
    for (auto& [server, seen_at] : servers_) look(*server, seen_at);
    fetch();
  }

  void rotate(std::size_t by, SigningAlgorithm algorithm, Start start) {
    const auto rotated = run(servers_[by].first->care.rotate(
        {.use = {.algorithm = algorithm, .audience = algorithm == SigningAlgorithm::hs256 ? "shop" : ""},
         .start = start,
         .origin = {}}));
    const bool waits = !rotated && rotated.error().code == "signing_key_pending";
    RC_ASSERT(rotated.has_value() != waits);
    if (rotated && start == Start::at_once) hurry();
  }
  /// Goes on by `time`, a moment of looking after the other.
  void live_on(std::chrono::seconds time) {
    for (const auto end = now() + time; now() < end;) {
      auto next = end;
      for (const auto& [server, seen_at] : servers_) next = std::min(next, seen_at + reload_interval);
      next = std::max(std::min(next, fetched_at_ + key_set_max_age), now() + 1s);
      clock.advance(next - now());
      for (auto& [server, seen_at] : servers_) {
        if (now() - seen_at >= reload_interval) look(*server, seen_at);
      }
      if (now() - fetched_at_ >= key_set_max_age) fetch();
      sign_and_check();
    }
  }
  void sign_and_check() {
    std::erase_if(issued_, [&](const auto& one) { return one.expires_at <= now(); });
    const auto keys = stored();
    RC_ASSERT(std::ranges::count_if(keys, [&](const auto& key) { return key.times.is_active(now()); }) == 1);
    for (const auto& [server, seen_at] : servers_) {
      const auto* const signer = server->keys.signer("shop", now());
      RC_ASSERT(signer != nullptr);
      const auto text = token(*signer);
      for (const auto& [other, other_seen_at] : servers_) RC_ASSERT(refusal(other->keys, text) == "");
      issued_.push_back({signer->id(), signer->use().algorithm != SigningAlgorithm::hs256, now() + token_lifetime});
    }
    for (const auto& one : issued_) {
      for (const auto& [server, seen_at] : servers_) RC_ASSERT(server->keys.verifier(one.key, now()) != nullptr);
      if (one.is_public) RC_ASSERT(fetched_.find(one.key) != std::string::npos);
    }
  }

 private:
  struct Issued {
    std::string key;
    bool is_public;
    core::Timestamp expires_at;
  };
  void look(Server& server, core::Timestamp& seen_at) {
    RC_ASSERT(run(server.care.round()).has_value());
    seen_at = now();
  }
  void fetch() {
    fetched_ = servers_[fetches_++ % servers_.size()].first->keys.jwks(now());
    fetched_at_ = now();
  }
  /// What a start at once asks for: the others hear of the key by its first token, and services fetch it.
  void hurry() {
    for (auto& [server, seen_at] : servers_) look(*server, seen_at);
    fetch();
  }

  std::vector<std::pair<std::unique_ptr<Server>, core::Timestamp>> servers_;
  std::list<Issued> issued_;
  std::string fetched_;
  core::Timestamp fetched_at_;
  std::size_t fetches_ = 0;
};

TEST(KeyLife, OneKeySignsAndEveryTokenVerifiesWhateverIsRotatedAndWhen) {
  const bool holds = rc::check([] {
    using enum SigningAlgorithm;
    Life life(std::chrono::seconds{*rc::gen::element(0, 1'000, 4'000)});
    const auto steps = *rc::gen::inRange(1, 20);
    for (int i = 0; i < steps; ++i) {
      const bool rotates = *rc::gen::inRange(0, 3) != 0;
      const auto start = *rc::gen::inRange(0, 6) == 0 ? Start::at_once : Start::after_notice;
      if (rotates) life.rotate(*rc::gen::inRange<std::size_t>(0, 2), *rc::gen::element(eddsa, v4_public, hs256), start);
      life.live_on(std::chrono::seconds{*rc::gen::inRange(1, 600)});
    }
  });
  EXPECT_TRUE(holds);
}

}  // namespace
}  // namespace sallyport::keys
