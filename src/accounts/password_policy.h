#pragma once

#include <string>
#include <vector>

#include "accounts/email.h"
#include "accounts/password.h"
#include "core/error.h"

namespace sallyport::accounts {

/// Which rules a new password is held to. No composition rules (NIST SP 800-63B-4 §3.1.1.2).
struct PasswordRules {
  static constexpr std::size_t min_word_code_points = 4;  ///< shorter ones are found in good passwords by chance

  std::size_t min_code_points = 8;
  /// Below this many bits of guessing work, by zxcvbn's estimate, a password made of known patterns is refused; 0 turns
  /// the rule off. The default is 10^8 guesses, where zxcvbn's scale begins to say "safely unguessable".
  double min_guess_bits = 26.6;
  std::string product_name;  ///< must not be part of a password; looked for if it has four characters or more
  std::vector<std::string> forbidden_words{};  ///< likewise, such as the names of a company and its places
  bool may_contain_address = false;            ///< whether the local part of the owner's address may be part of it
};

/// Judges new passwords. Immutable, safe to call from every thread: libzxcvbn 2.5 with its dictionary compiled in has
/// no writable static data (its object file has neither .data nor .bss symbols), and its answer is freed by the caller.
/// One call takes up to about two milliseconds for the longest repetitive password, usually a few tenths of one.
class PasswordPolicy {
 public:
  explicit PasswordPolicy(PasswordRules rules);

  /// Every rule broken: "too_short", "contains_address" (the local part, in any letter case, if it has four characters
  /// or more), "contains_product_name", "contains_forbidden_word", "too_common". `owner` may be null; `field` points at
  /// a literal.
  std::vector<core::FieldError> violations(const Password& password, const Email* owner, std::string_view field) const;

 private:
  PasswordRules rules_;
  std::string folded_product_name_;
  std::vector<std::string> folded_words_;
};

}  // namespace sallyport::accounts
