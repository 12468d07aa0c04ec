#include "accounts/display_name.h"

#include <algorithm>

#include "accounts/code_points.h"

namespace sallyport::accounts {
namespace {

bool is_refused(std::int32_t c) {
  const bool moves_text = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);  // UAX #9 §2
  return is_control(c) || moves_text;
}

}  // namespace

core::Result<DisplayName> DisplayName::parse(std::string_view text) {
  using core::fail;
  using core::Fault;
  if (text.empty()) return fail(Fault::invalid, "too_short");
  if (text.size() > max_code_points * 4) return fail(Fault::invalid, "too_long");
  const auto points = CodePoints::decode(text);
  if (!points) return fail(Fault::invalid, "not_utf8");
  if (points->size() > max_code_points) return fail(Fault::invalid, "too_long");
  if (std::ranges::any_of(*points, is_refused)) return fail(Fault::invalid, "contains_control_character");
  if (std::ranges::all_of(*points, [](auto c) { return is_space(c) || is_invisible(c); }))
    return fail(Fault::invalid, "blank");
  return DisplayName(text);
}

}  // namespace sallyport::accounts
