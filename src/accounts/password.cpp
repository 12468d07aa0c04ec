#include "accounts/password.h"

#include <algorithm>

#include "accounts/code_points.h"

namespace sallyport::accounts {

core::Result<Password> Password::parse(std::string_view text) {
  using core::fail;
  using core::Fault;
  // Composition makes one code point of at most four (UAX #15 §9), each of at most four bytes: a longer text cannot
  // fit, and is not worth normalising.
  constexpr std::size_t max_bytes = max_code_points * 4 * 4;

  if (text.empty()) return fail(Fault::invalid, "missing");
  if (text.size() > max_bytes) return fail(Fault::invalid, "too_long");
  const auto normal = CodePoints::nfkc(text, LetterCase::kept);
  if (!normal) return fail(Fault::invalid, "not_utf8");
  if (normal->size() > max_code_points) return fail(Fault::invalid, "too_long");
  if (std::ranges::find(*normal, 0) != normal->end()) return fail(Fault::invalid, "contains_control_character");
  auto secret = core::Secret::of_size(normal->utf8_size());
  normal->encode(secret.writable());
  return Password(std::move(secret), normal->size());
}

}  // namespace sallyport::accounts
