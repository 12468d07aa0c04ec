#pragma once

#include "accounts/setup_store.h"
#include "core/random.h"
#include "crypto/keyring.h"

namespace sallyport::accounts {

/// A token for whoever asked. There is no other copy of it.
struct MadeSetupToken {
  core::Secret text;
  core::Timestamp expires_at;
};

/// Makes the setup token of a database without an administrator; the one before is dead then. Fails as
/// `SetupStore::replace_token`.
class MakeSetupTokenHandler {
 public:
  MakeSetupTokenHandler(SetupStore& setup, const crypto::Keyring& keyring, const core::Clock& clock,
                        core::Random& random)
      : setup_(setup), keyring_(keyring), clock_(clock), random_(random) {}
  core::Task<core::Result<MadeSetupToken>> operator()(SetupTokenMaker maker, audit::Origin origin);

 private:
  SetupStore& setup_;
  const crypto::Keyring& keyring_;
  const core::Clock& clock_;
  core::Random& random_;
};

}  // namespace sallyport::accounts
