#pragma once

#include "accounts/register_account.h"
#include "idempotency/idempotency_store.h"
#include "sessions/sign_in.h"

namespace sallyport::accounts {

/// Registers, and takes a second try of a request that has a name for what it is: nobody gets two accounts, and whoever
/// lost the answer gets another one. The second try is a sign-in with the password it brings, limited as every other,
/// into a session of its own: the first answer may have arrived after all.
///
/// Fails with `invalid` / "idempotency_key_reused" when the key named another request (draft-ietf-httpapi-idempotency-
/// key-header-07 §2.7: 422); `conflict` / "already_done" ten minutes after the first try, when its account is
/// another by now, or while that waits for a proof of its address; as a sign-in fails; and, like every request without
/// a key, as `RegisterAccountHandler` does.
class RegisterOnceHandler {
 public:
  RegisterOnceHandler(RegisterAccountHandler& register_account, sessions::SignInHandler& sign_in,
                      AccountStore& accounts, idempotency::IdempotencyStore& done, const core::Clock& clock)
      : register_account_(register_account), sign_in_(sign_in), accounts_(accounts), done_(done), clock_(clock) {}
  core::Task<core::Result<Registered>> operator()(RegisterAccount command);

 private:
  core::Task<core::Result<Registered>> answer_again(idempotency::DoneRequest done, core::Digest fingerprint,
                                                    sessions::SignIn again);

  RegisterAccountHandler& register_account_;
  sessions::SignInHandler& sign_in_;
  AccountStore& accounts_;
  idempotency::IdempotencyStore& done_;
  const core::Clock& clock_;
};

}  // namespace sallyport::accounts
