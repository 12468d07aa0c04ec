#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "core/fake_clock.h"
#include "core/manual_loop.h"
#include "sessions/held_hasher_for_test.h"
#include "sessions/mint_for_test.h"
#include "stores.h"

namespace sallyport::contract {

using core::Fault;
using core::Result;
using core::Task;
using sessions::RefreshToken;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

/// How an operation ended, for comparisons that print well.
struct Outcome {
  std::optional<Fault> fault{};
  std::string_view code{};
  friend bool operator==(const Outcome&, const Outcome&) = default;
  friend std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
    if (!outcome.fault) return out << "success";
    return out << "fault " << static_cast<int>(*outcome.fault) << ", " << outcome.code;
  }
};

inline constexpr Outcome success{};
inline constexpr Outcome cancelled{Fault::cancelled, "cancelled"};
inline constexpr Outcome session_expired{Fault::unauthenticated, "session_expired"};
inline constexpr Outcome refresh_token_reused{Fault::unauthenticated, "refresh_token_reused"};
inline constexpr Outcome credentials_changed{Fault::unauthenticated, "credentials_changed"};
inline constexpr Outcome account_not_found{Fault::not_found, "account_not_found"};
inline constexpr Outcome identifier_taken{Fault::conflict, "identifier_taken"};
inline constexpr Outcome last_administrator{Fault::conflict, "last_administrator"};
inline constexpr Outcome verifier_changed{Fault::conflict, "verifier_changed"};

template <class T>
Outcome outcome_of(const Result<T>& result) {
  return result ? success : Outcome{result.error().fault, result.error().code};
}

/// A client's side of a session.
struct Device {
  sessions::NewSession session;
  RefreshToken refresh_token;
};

/// One loop, a clock that stands still, and people to try a store with.
class Scene : public testing::Test {
 protected:
  static constexpr std::size_t sessions_per_account = 3;

  template <class T>
  T run(Task<T> task) {
    return loop.run(std::move(task));
  }
  template <class T>
  Outcome outcome(Task<Result<T>> task) {
    return outcome_of(run(std::move(task)));
  }
  core::Timestamp now() const { return clock.now(); }

  Device new_device(core::AccountId account, std::string_view id) {
    const auto session_id = core::SessionId::fresh(now(), mint.random());
    auto token = RefreshToken::first(mint.keyring(), session_id, mint.random());
    return {.session = {.id = session_id,
                        .account = account,
                        .token_digest = mint.random().bytes<32>(),
                        .refresh_digest = token.digest(),
                        .device = {.id = std::string(id)},
                        .ip = origin.ip,
                        .created_at = now(),
                        .expires_at = now() + lifetimes.sliding,
                        .absolute_expires_at = now() + lifetimes.absolute},
            .refresh_token = std::move(token)};
  }
  accounts::NewAccount new_account(std::string_view email) {
    const auto id = core::AccountId::fresh(now(), mint.random());
    return {.id = id,
            .email = accounts::Email::parse(email).value(),
            .verifier = verifier,
            .created_at = now(),
            .session = new_device(id, "first").session,
            .origin = origin};
  }
  sessions::OpenSession opening_of(const Device& device) {
    return {.session = device.session, .credential_version = 1, .attempt = {}, .origin = origin};
  }
  sessions::RotateRefresh rotation_of(const RefreshToken& token) {
    const auto nonce = mint.random().bytes<32>();
    return {.session = token.session(),
            .generation = token.generation(),
            .presented_digest = token.digest(),
            .nonce = nonce,
            .successor_digest = token.successor(mint.keyring(), nonce).digest(),
            .now = now(),
            .slides_to = now() + lifetimes.sliding,
            .grace = lifetimes.refresh_grace,
            .origin = origin};
  }

  const sessions::Lifetimes lifetimes{.per_account = sessions_per_account};
  const audit::Origin origin{.ip = "192.0.2.7", .user_agent = "a browser", .request_id = "r1"};
  const std::string verifier = sessions::HeldHasher::verifier_of("correct horse").str();
  core::FakeClock clock;
  core::ManualLoop loop{clock};
  sessions::TestMint mint{clock, lifetimes};
};

/// A scene on one adapter.
class StoreTest : public Scene, public testing::WithParamInterface<Adapter> {
 protected:
  accounts::AccountStore& accounts() { return stores->accounts(); }
  sessions::SessionStore& sessions() { return stores->sessions(); }
  throttle::AttemptStore& attempts() { return stores->attempts(); }

  accounts::NewAccount registered(std::string_view email = "ann@example.org") {
    auto account = new_account(email);
    run(accounts().create_account(account)).value();
    return account;
  }
  Device opened(core::AccountId account, std::string_view id = "phone") {
    auto device = new_device(account, id);
    run(sessions().open(opening_of(device))).value();
    return device;
  }
  /// Rotates and gives the successor.
  RefreshToken rotated(const RefreshToken& token) {
    return token.successor(mint.keyring(), run(sessions().rotate_refresh(rotation_of(token))).value().nonce);
  }
  Outcome find(const Device& device) { return outcome(sessions().find(device.session.id, now())); }
  Outcome set_status(core::AccountId account, accounts::AccountStatus status) {
    return outcome(accounts().set_status(account, status, now(), origin));
  }
  std::vector<sessions::Invalidation> invalidations() { return run(sessions().invalidations_after(0)).value(); }
  bool is_invalidated(const core::Uuid& subject) {
    const auto all = invalidations();
    return std::ranges::find(all, subject, &sessions::Invalidation::subject) != all.end();
  }
  /// The events of an account, newest first.
  std::vector<std::string> events(core::AccountId account) {
    std::vector<std::string> names;
    for (auto& row : run(stores->audit_log().recent(account, 100)).value()) names.push_back(std::move(row.event));
    return names;
  }

  std::unique_ptr<Stores> stores = make_stores(GetParam(), clock, lifetimes);
};

inline std::string adapter_name(const testing::TestParamInfo<Adapter>& tested) {
  return tested.param == Adapter::memory ? "Memory" : "Sqlite";
}
inline const auto every_adapter = testing::Values(Adapter::memory, Adapter::sqlite);

}  // namespace sallyport::contract
