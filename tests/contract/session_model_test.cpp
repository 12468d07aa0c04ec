#include <algorithm>
#include <array>

#include "story.h"

namespace sallyport::contract {
namespace {

using accounts::AccountStatus;

/// One device as a few lines of arithmetic know it.
struct ModelSession {
  sessions::NewSession session;
  std::vector<RefreshToken> tokens;  ///< all generations, the current one last
  core::Timestamp rotated_at;
  core::Timestamp expires_at;
  bool has_ended = false;
};

/// One account, one random story, its own time. Stories run side by side in one store, so on a database they meet in
/// batches.
class SessionStory final : public Story {
 public:
  SessionStory(Stores& stores, const sessions::TestMint& mint, const sessions::Lifetimes& lifetimes,
               core::Timestamp now, core::AccountId account, std::uint32_t seed)
      : Story(seed),
        stores_(stores),
        mint_(mint),
        lifetimes_(lifetimes),
        now_(now),
        account_(account),
        random_(seed * 1'000'003ULL) {}

  /// What went wrong, with all that led to it; empty if nothing did.
  Task<std::string> run(int steps) {
    for (int i = 0; i < steps && goes_well(); ++i) {
      switch (choose(12)) {
        case 0:
        case 1:
        case 2:
          co_await sign_in();
          break;
        case 3:
        case 4:
        case 5:
        case 6:
          co_await refresh();
          break;
        case 7:
          co_await sign_out();
          break;
        case 8:
          co_await check_all();
          break;
        case 9:
          co_await change_status();
          break;
        default:
          wait();
      }
    }
    if (goes_well()) co_await check_all();
    co_return end();
  }

 private:
  bool is_live(const ModelSession& model) const { return !model.has_ended && is_active_ && now_ < model.expires_at; }

  void wait() {
    static constexpr std::array<microseconds, 7> steps{microseconds{1}, seconds{1}, seconds{9}, seconds{10},
                                                       hours{1},        days{5},    days{13}};
    const auto by = steps[choose(steps.size())];
    note("wait " + std::to_string(by.count()) + " µs");
    now_ += by;
  }

  Task<void> sign_in() {
    const auto device = "device " + std::to_string(choose(4));
    note("sign in on " + device);
    const auto id = core::SessionId::fresh(now_, random_);
    auto token = RefreshToken::first(mint_.keyring(), id, random_);
    ModelSession fresh{.session = {.id = id,
                                   .account = account_,
                                   .token_digest = random_.bytes<32>(),
                                   .refresh_digest = token.digest(),
                                   .device = {.id = device},
                                   .created_at = now_,
                                   .expires_at = now_ + lifetimes_.sliding,
                                   .absolute_expires_at = now_ + lifetimes_.absolute},
                       .tokens = {},
                       .rotated_at = now_,
                       .expires_at = now_ + lifetimes_.sliding};
    fresh.tokens.push_back(std::move(token));
    auto opened = co_await stores_.sessions().open(
        {.session = fresh.session, .credential_version = 1, .attempt = {}, .origin = {}});
    expect("sign in", is_active_ ? success : credentials_changed, outcome_of(opened));
    if (!opened) co_return;
    std::vector<ModelSession*> others;  // oldest first, as far as the limit goes
    for (auto& model : sessions_) {
      if (model.session.device.id == device) model.has_ended = true;
      if (!model.has_ended) others.push_back(&model);
    }
    std::ranges::sort(others, std::ranges::less{},
                      [](const auto* model) { return std::pair(model->session.created_at, model->session.id); });
    while (others.size() + 1 > lifetimes_.per_account) {
      others.front()->has_ended = true;
      others.erase(others.begin());
    }
    sessions_.push_back(std::move(fresh));
  }

  Task<void> refresh() {
    if (sessions_.empty()) co_return;
    // Mostly recent devices and tokens, or every story would be one of reuse.
    auto& model = sessions_[sessions_.size() - 1 - choose(std::min<std::size_t>(sessions_.size(), 3))];
    static constexpr std::array<std::size_t, 8> ages{0, 0, 0, 0, 0, 1, 1, 2};
    const auto age = std::min(ages[choose(ages.size())], model.tokens.size() - 1);
    const auto& token = model.tokens[model.tokens.size() - 1 - age];
    note("refresh " + model.session.device.id + ", " + std::to_string(age) + " generations old");
    const auto nonce = random_.bytes<32>();
    auto rotation = co_await stores_.sessions().rotate_refresh(
        {.session = model.session.id,
         .generation = token.generation(),
         .presented_digest = token.digest(),
         .nonce = nonce,
         .successor_digest = token.successor(mint_.keyring(), nonce).digest(),
         .now = now_,
         .slides_to = now_ + lifetimes_.sliding,
         .grace = lifetimes_.refresh_grace,
         .origin = {}});
    const bool is_retry = age == 1 && now_ < model.rotated_at + lifetimes_.refresh_grace;
    if (!is_live(model)) {
      expect("refresh", session_expired, outcome_of(rotation));
    } else if (age == 0) {
      expect("refresh", success, outcome_of(rotation));
      if (!rotation) co_return;
      model.tokens.push_back(token.successor(mint_.keyring(), rotation->nonce));
      model.rotated_at = now_;
      model.expires_at = std::min(now_ + lifetimes_.sliding, model.session.absolute_expires_at);
      if (rotation->nonce != nonce) complain("rotated with another nonce");
      if (rotation->view.session.expires_at != model.expires_at) complain("rotated to another expiry");
    } else if (is_retry) {
      expect("retry", success, outcome_of(rotation));
      if (!rotation) co_return;
      const auto again = token.successor(mint_.keyring(), rotation->nonce);
      if (again.digest() != model.tokens.back().digest()) complain("a retry got another successor");
    } else {
      expect("reuse", refresh_token_reused, outcome_of(rotation));
      model.has_ended = true;
    }
  }

  Task<void> sign_out() {
    if (sessions_.empty()) co_return;
    auto& model = sessions_[choose(sessions_.size())];
    note("sign out of " + model.session.device.id);
    auto ended = co_await stores_.sessions().end(model.session.id, sessions::EndReason::signed_out, now_, {});
    expect("sign out", success, outcome_of(ended));
    model.has_ended = true;
  }

  Task<void> change_status() {
    is_active_ = !is_active_ || choose(2) == 0;
    note(is_active_ ? "reactivate" : "suspend");
    auto changed = co_await stores_.accounts().set_status(
        account_, is_active_ ? AccountStatus::active : AccountStatus::suspended, now_, {});
    expect("change of status", success, outcome_of(changed));
    for (auto& model : sessions_) model.has_ended = true;
  }

  Task<void> check_all() {
    note("check");
    for (const auto& model : sessions_) {
      auto by_id = co_await stores_.sessions().find(model.session.id, now_);
      expect("check of " + model.session.device.id, is_live(model) ? success : session_expired, outcome_of(by_id));
      if (by_id && by_id->session.expires_at != model.expires_at) complain("another expiry");
      auto by_token = co_await stores_.sessions().find_by_token(model.session.token_digest, now_);
      expect("check by token", outcome_of(by_id), outcome_of(by_token));
    }
  }

  Stores& stores_;
  const sessions::TestMint& mint_;
  const sessions::Lifetimes& lifetimes_;
  core::Timestamp now_;
  core::AccountId account_;
  core::FakeRandom random_;
  std::vector<ModelSession> sessions_;
  bool is_active_ = true;
};

class SessionModel : public StoreTest {};
INSTANTIATE_TEST_SUITE_P(On, SessionModel, every_adapter, adapter_name);

TEST_P(SessionModel, RandomStoriesFromSeveralThreadsGoAsTheModelSays) {
  static constexpr std::size_t stories = 200, threads = 4;
  static constexpr int steps = 40;
  std::vector<std::unique_ptr<SessionStory>> told;
  for (std::size_t seed = 0; seed < stories; ++seed) {
    auto account = registered("p" + std::to_string(seed) + "@example.org");
    run(sessions().end(account.session->id, sessions::EndReason::signed_out, now(), origin)).value();
    told.push_back(std::make_unique<SessionStory>(*stores, mint, lifetimes, now(), account.id, seed + 1));
  }

  const auto ends = tell_at_once(clock, stories, threads, [&](std::size_t seed) { return told[seed]->run(steps); });

  for (std::size_t seed = 0; seed < stories; ++seed) EXPECT_EQ(ends[seed], "") << "story " << seed;
}

}  // namespace
}  // namespace sallyport::contract
