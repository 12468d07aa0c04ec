#include "accounts/email.h"

#include <idn2.h>

#include <algorithm>
#include <memory>
#include <optional>

#include "accounts/code_points.h"

namespace sallyport::accounts {
namespace {

using core::fail;
using core::Fault;
using core::Result;

constexpr std::size_t max_local_part_bytes = 64;  // RFC 5321 §4.5.3.1.1
constexpr std::size_t max_domain_bytes = 253;     // RFC 1035 §2.3.4: 255 on the wire, with lengths and the root label
constexpr std::size_t max_label_bytes = 63;

bool is_ascii_digit(std::int32_t c) { return c >= '0' && c <= '9'; }
bool is_ascii_alnum(std::int32_t c) { return is_ascii_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// atext of RFC 5322 §3.2.3, and what RFC 6531 §3.3 adds as far as it can be seen.
bool is_atext(std::int32_t c) {
  if (c < 0x80)
    return is_ascii_alnum(c) || (c > 0 && std::string_view("!#$%&'*+-/=?^_`{|}~").contains(static_cast<char>(c)));
  return is_visible_letter_mark_or_digit(c);
}

bool is_dot_atom(const CodePoints& text) {
  bool after_dot = true;
  for (const auto c : text) {
    if (c == '.' ? after_dot : !is_atext(c)) return false;
    after_dot = c == '.';
  }
  return !after_dot;
}

bool is_local_part(std::string_view text) {
  const auto points = CodePoints::decode(text);
  return points && text.size() <= max_local_part_bytes && is_dot_atom(*points);
}

/// Case-folded NFKC. Normalised before it is folded as well as after (Unicode §3.13, D145), or marks in another order
/// (U+0345 becomes a letter when folded) would give equivalent texts two keys. Compatibility forms may hide what is
/// refused in plain sight (U+FF20 is an `@`, U+FDFA four words), so the outcome is checked like the input.
std::optional<std::string> fold_local_part(std::string_view typed) {
  if (!is_local_part(typed)) return std::nullopt;
  const auto normal = CodePoints::nfkc(typed, LetterCase::kept)->str();
  auto folded = CodePoints::nfkc(normal, LetterCase::folded)->str();
  return is_local_part(folded) ? std::optional(std::move(folded)) : std::nullopt;
}

std::string in_ascii_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= max_label_bytes && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(label, [](char c) { return is_ascii_alnum(c) || c == '-'; });
}

/// Letters, digits and hyphens (RFC 1123 §2.1), two labels or more. A last label of digits only would be read as an
/// address (RFC 3696 §2).
bool is_domain(std::string_view domain) {
  if (domain.size() > max_domain_bytes || !domain.contains('.')) return false;
  std::string_view label;
  for (std::size_t begin = 0; begin <= domain.size(); begin += label.size() + 1) {
    label = domain.substr(begin, domain.find('.', begin) - begin);
    if (!is_label(label)) return false;
  }
  return !std::ranges::all_of(label, is_ascii_digit);
}

/// IDNA2008 with UTS #46 mapping, non-transitional. Pure ASCII goes by unchanged, since libidn2 refuses some names that
/// exist (hyphens in third and fourth place).
std::optional<std::string> fold_domain(std::string_view typed) {
  const auto points = CodePoints::decode(typed);
  if (!points || std::ranges::any_of(*points, is_invisible)) return std::nullopt;
  auto domain = in_ascii_lower_case(typed);
  if (std::ranges::any_of(*points, [](auto c) { return c >= 0x80; }) || domain.contains("xn--")) {
    char* ascii = nullptr;
    if (idn2_to_ascii_8z(domain.c_str(), &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) return std::nullopt;
    const std::unique_ptr<char, decltype([](char* made) { idn2_free(made); })> owned(ascii);
    domain = in_ascii_lower_case(ascii);
  }
  return is_domain(domain) ? std::optional(std::move(domain)) : std::nullopt;
}

}  // namespace

Result<EmailKey> EmailKey::fold(std::string_view mailbox) {
  if (mailbox.size() > max_bytes) return fail(Fault::invalid, "too_long");
  if (!CodePoints::decode(mailbox)) return fail(Fault::invalid, "not_utf8");
  const auto at = mailbox.rfind('@');
  if (at == mailbox.npos) return fail(Fault::invalid, "email_malformed");
  auto key = fold_local_part(mailbox.substr(0, at));
  const auto domain = fold_domain(mailbox.substr(at + 1));
  if (!key || !domain) return fail(Fault::invalid, "email_malformed");
  const auto key_at = key->size();
  *key += '@';
  *key += *domain;
  if (key->size() > max_bytes) return fail(Fault::invalid, "too_long");
  return EmailKey(std::move(*key), key_at);
}

Result<Email> Email::parse(std::string_view text) {
  auto key = EmailKey::fold(text);
  if (!key) return fail(std::move(key));
  return Email(text, std::move(*key));
}

}  // namespace sallyport::accounts
