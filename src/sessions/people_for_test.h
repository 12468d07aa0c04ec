#pragma once

#include "adapters/memory/stores.h"
#include "core/fake_clock.h"
#include "core/manual_loop.h"
#include "sessions/held_hasher_for_test.h"
#include "sessions/mint_for_test.h"
#include "sessions/sign_in.h"

namespace sallyport::sessions {

/// Stores in memory with one account in it, and all that the commands of a session need.
struct People {
  static constexpr std::string_view email = "ann@example.org", password = "correct horse";
  static inline const Client client{.origin = {.ip = "192.0.2.7", .user_agent = "a browser", .request_id = "r1"},
                                    .network = 1};

  core::FakeClock clock;
  core::ManualLoop loop{clock};
  TestMint mint{clock};
  crypto::HmacKey commitment_key{mint.random().secret(32)};
  memory::MemoryStore store{audit::Chain(mint.random().bytes<16>(), commitment_key, mint.random()), {}, {}};
  memory::MemoryAccountStore accounts{store};
  memory::MemorySessionStore sessions{store};
  memory::MemoryAttemptStore attempts{store};
  memory::MemoryAuditLog audit_log{store};
  HeldHasher hasher;
  SessionCache cache{sessions, clock};
  SignInHandler sign_in{accounts, sessions, attempts, hasher, cache, *mint, clock};
  const core::AccountId account = register_account(email);

  static SignIn command(std::string_view typed_password = password, std::string device = "phone",
                        std::string_view typed_email = email) {
    return {.email = accounts::Email::parse(typed_email).value(),
            .password = accounts::Password::parse(typed_password).value(),
            .device = {.id = std::move(device)},
            .client = client};
  }
  core::Result<SignedIn> run_sign_in(SignIn asked) { return loop.run(sign_in(std::move(asked))); }
  void set_status(accounts::AccountStatus status) {
    loop.run(accounts.set_status(account, status, clock.now(), client.origin)).value();
  }
  /// Somebody else with the same password, who is on no device yet.
  core::AccountId register_account(std::string_view address) {
    const auto id = core::AccountId::fresh(clock.now(), mint.random());
    loop.run(accounts.create_account({.id = id,
                                      .email = accounts::Email::parse(address).value(),
                                      .verifier = HeldHasher::verifier_of(password).str(),
                                      .created_at = clock.now(),
                                      .session = mint->fresh_session(id, {}, client.origin.ip, clock.now()).session,
                                      .origin = client.origin}))
        .value();
    return id;
  }
};

}  // namespace sallyport::sessions
