#pragma once

#include <string_view>

#include "core/result.h"
#include "core/secret.h"

namespace sallyport::accounts {

/// A password as presented, in NFKC (NIST SP 800-63B-4 §3.1.1.2), so that each keyboard's spelling of a letter is the
/// same password. Never truncated. Whether it is good enough for a new account is for `PasswordPolicy` to say.
class Password {
 public:
  static constexpr std::size_t max_code_points = 128;

  /// `invalid` with "missing" (empty), "too_long" (over 128 code points after NFKC), "not_utf8" or
  /// "contains_control_character" (NUL; others are part of some keyboards' passwords).
  static core::Result<Password> parse(std::string_view text);

  const core::Secret& secret() const& { return secret_; }
  const core::Secret& secret() && = delete;
  core::Secret take() && { return std::move(secret_); }
  /// The one way to a second copy, for who needs it twice.
  Password duplicate() const { return {secret_.duplicate(), code_points_}; }
  /// 1 to 128. NIST SP 800-63B-4 §3.1.1.2: a code point counts as one character.
  std::size_t code_points() const { return code_points_; }

 private:
  Password(core::Secret secret, std::size_t code_points) : secret_(std::move(secret)), code_points_(code_points) {}
  core::Secret secret_;
  std::size_t code_points_;
};

}  // namespace sallyport::accounts
