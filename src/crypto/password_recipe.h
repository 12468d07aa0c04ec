#pragma once

#include <map>
#include <optional>

#include "core/random.h"
#include "core/secret.h"
#include "crypto/argon2.h"
#include "crypto/digest.h"
#include "crypto/password_hasher.h"

namespace sallyport::crypto {

/// Every pepper a stored verifier may name, and the one for new verifiers.
struct Peppers {
  std::map<std::uint32_t, HmacKey> by_version;
  std::optional<std::uint32_t> current;  ///< one of the versions, or nothing: new verifiers have no pepper
};

/// How this server makes verifiers now and checks those it has made before. Blocks; for the threads of a pool. Safe to
/// call from every thread.
class PasswordRecipe {
 public:
  /// `argon2` and `random` outlive it. Throws `std::invalid_argument` for parameters out of `PasswordVerifier`'s bounds
  /// or a current pepper that is not there.
  PasswordRecipe(Argon2& argon2, core::Random& random, Argon2Parameters parameters, Peppers peppers);

  /// Errors as `PasswordHasher`, without those of queueing.
  core::Result<PasswordVerifier> make(const core::Secret& password) const;
  core::Result<Match> check(const core::Secret& password, const PasswordVerifier& stored) const;

  /// Looks like a new verifier and takes as long to check, but no password matches: its hash is random bytes.
  const PasswordVerifier& dummy() const { return dummy_; }

 private:
  PasswordVerifier with_fresh_salts() const;
  core::Result<void> hash(const core::Secret& password, const PasswordVerifier& verifier,
                          std::span<std::uint8_t> out) const;
  bool is_outdated(const PasswordVerifier& stored) const;

  Argon2& argon2_;
  core::Random& random_;
  Argon2Parameters parameters_;
  Peppers peppers_;
  PasswordVerifier dummy_;
};

}  // namespace sallyport::crypto
