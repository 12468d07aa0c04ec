#include "accounts/password_policy.h"

#include <zxcvbn.h>

#include <algorithm>
#include <iterator>
#include <limits>

#include "accounts/code_points.h"

namespace sallyport::accounts {
namespace {

core::Secret folded(std::string_view text) {
  const auto points = CodePoints::nfkc(text, LetterCase::folded);
  if (!points) return core::Secret(std::string_view{});
  auto secret = core::Secret::of_size(points->utf8_size());
  points->encode(secret.writable());
  return secret;
}

bool contains_word(std::string_view password, std::string_view word) {
  const auto points = CodePoints::decode(word);
  return points && points->size() >= PasswordRules::min_word_code_points && password.contains(word);
}

/// zxcvbn's estimate in bits for at most 64 bytes; infinite if it found no word, sequence, keyboard run or date at all.
double guess_bits(std::string_view part) {
  auto text = core::Secret::of_size(part.size() + 1);  // zero-terminated
  std::ranges::copy(part, text.writable().begin());
  ZxcMatch_t* matches = nullptr;
  const auto bits = ZxcvbnMatch(text.reveal().data(), nullptr, &matches);
  bool has_pattern = false;
  for (const auto* match = matches; match != nullptr; match = match->Next) has_pattern |= match->Type != BRUTE_MATCH;
  ZxcvbnFreeInfo(matches);
  return has_pattern ? bits : std::numeric_limits<double>::infinity();
}

/// zxcvbn's work grows faster than its input (64 bytes of one letter take a millisecond), so of a long password only
/// the stronger end counts; the whole is no weaker.
bool is_common(std::string_view password, double min_bits) {
  constexpr std::size_t judged_bytes = 64;
  if (guess_bits(password.substr(0, judged_bytes)) >= min_bits) return false;
  return password.size() <= judged_bytes || guess_bits(password.substr(password.size() - judged_bytes)) < min_bits;
}

}  // namespace

PasswordPolicy::PasswordPolicy(PasswordRules rules) : rules_(std::move(rules)) {
  const auto fold = [](std::string_view text) {
    const auto secret = folded(text);
    return std::string(secret.reveal());
  };
  folded_product_name_ = fold(rules_.product_name);
  std::ranges::transform(rules_.forbidden_words, std::back_inserter(folded_words_), fold);
}

std::vector<core::FieldError> PasswordPolicy::violations(const Password& password, const Email* owner,
                                                         std::string_view field) const {
  std::vector<core::FieldError> broken;
  const auto lower = folded(password.secret().reveal());
  if (password.code_points() < rules_.min_code_points) broken.push_back({field, "too_short"});
  if (owner != nullptr && !rules_.may_contain_address && contains_word(lower.reveal(), owner->key().local_part()))
    broken.push_back({field, "contains_address"});
  if (contains_word(lower.reveal(), folded_product_name_)) broken.push_back({field, "contains_product_name"});
  if (std::ranges::any_of(folded_words_, [&](const auto& word) { return contains_word(lower.reveal(), word); }))
    broken.push_back({field, "contains_forbidden_word"});
  if (rules_.min_guess_bits > 0 && is_common(password.secret().reveal(), rules_.min_guess_bits))
    broken.push_back({field, "too_common"});
  return broken;
}

}  // namespace sallyport::accounts
