#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/bytes.h"
#include "core/result.h"
#include "crypto/argon2.h"

namespace sallyport::crypto {

/// What is stored of a password, in PHC style:
///
///     verifier   = [ pepper ] "$argon2id$v=19$m=" number ",t=" number ",p=" number "$" [ mac-salt "$" ] salt "$" hash
///     pepper     = "$sp1$k=" number                  ; present together with mac-salt
///     number     = "0" / ( %x31-39 *DIGIT )          ; below 2^32
///     mac-salt   = salt                              ; the salts and the hash are base64 (RFC 4648 §4), no padding
///
/// Without pepper it is the PHC string of the Argon2 reference and of libsodium: hash = Argon2id(password, salt). With
/// pepper, k names the pepper's version: hash = Argon2id(HMAC-SHA-256(pepper, mac-salt ‖ password), salt). Other
/// schemes may come to stand in the same column; each begins with a word of its own.
///
/// Bounds, so that no stored string can exhaust the machine: m of 8·p KiB to 1 GiB, t of 1 to 64, m·t at most 4 GiB, p
/// of 1 to 16, salts of 8 to 64 bytes, hash of 16 to 64.
struct PasswordVerifier {
  struct Pepper {
    std::uint32_t version;
    core::Bytes salt;
    friend bool operator==(const Pepper&, const Pepper&) = default;
  };

  std::optional<Pepper> pepper;
  Argon2Parameters parameters;
  core::Bytes salt;
  core::Bytes hash;

  /// Reads a stored string; `str()` of the result is that string again. `unimplemented` / "verifier_scheme_unknown" for
  /// one of another scheme; `internal` / "verifier_malformed" for what breaks grammar or bounds.
  static core::Result<PasswordVerifier> parse(std::string_view stored);
  std::string str() const;
  friend bool operator==(const PasswordVerifier&, const PasswordVerifier&) = default;
};

/// Whether parameters keep the bounds above; what configuration is held to as well.
bool is_within_bounds(const Argon2Parameters& parameters);

}  // namespace sallyport::crypto
