#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"
#include "crypto/password_verifier.h"

namespace sallyport::crypto {

/// What somebody waits for while a hash is made. Background work goes last.
enum class HashUrgency { sign_in, registration, background };

/// On whose behalf a hash is made: machines are fair between networks.
struct HashRequester {
  std::uint64_t network;  ///< equal for clients of one network (/24 or /64) and, but for chance, for no others
  HashUrgency urgency;
};

/// Whether a password is the one a verifier was made of.
enum class Match {
  no,
  yes,
  yes_but_outdated,  ///< made with other parameters or another pepper than new ones are: make a new verifier
};

/// Makes and checks password verifiers, slowly on purpose. Called on the caller's loop and resumed there; the work is
/// done elsewhere. Both fail with `unavailable` / "overloaded" or "shutting_down" (with `retry_after`),
/// `deadline_exceeded` and `cancelled`, and when the machine or the configuration is broken with `unavailable` /
/// "out_of_memory", `unimplemented` / "argon2_unsupported", `internal` / "pepper_unknown" or "hash_failed". An
/// interrupted task resumes at once, even if the hash has begun.
class PasswordHasher {
 public:
  virtual ~PasswordHasher() = default;

  virtual core::Task<core::Result<PasswordVerifier>> make_verifier(core::Secret password, HashRequester requester) = 0;

  /// `stored` is nothing for an account that does not exist: the answer is `no`, after the same work as for one that
  /// does. `canonical_identifier` is what the account was looked up by; equal checks that wait at once are made once.
  virtual core::Task<core::Result<Match>> verify(core::Secret password, std::optional<PasswordVerifier> stored,
                                                 std::string canonical_identifier, HashRequester requester) = 0;
};

}  // namespace sallyport::crypto
