#pragma once

#include "core/clock.h"
#include "keys/rotate_keys.h"

namespace sallyport::keys {

/// Takes keys in from elsewhere. Where a key of their purpose signs already they only verify, until all that they may
/// have signed by now has expired; else their times are kept. Gives how many were not there before.
core::Task<core::Result<std::int64_t>> import_keys(SigningKeyStore& store, const crypto::Keyring& keyring,
                                                   std::vector<crypto::KeySet::Member> keys, RotationTerms terms,
                                                   core::Timestamp now, core::Random& random, audit::Origin origin);

}  // namespace sallyport::keys
