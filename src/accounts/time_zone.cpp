#include "accounts/time_zone.h"

#include <algorithm>

namespace sallyport::accounts {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_upper(c) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// Parts of letters, digits, `_`, `+` and `-` between slashes, the first character an upper-case letter: stricter than
/// the database's own rule (which allows dots, and uses none), so that no name is a path to anything else.
bool is_zone_name(std::string_view name) {
  if (name.empty() || !is_upper(name.front()) || name.back() == '/' || name.contains("//")) return false;
  return std::ranges::all_of(name, [](char c) { return is_alnum(c) || std::string_view("/_+-").contains(c); });
}

}  // namespace

TimeZoneNames TimeZoneNames::in(const std::filesystem::path& folder) {
  namespace fs = std::filesystem;
  TimeZoneNames known;
  std::error_code ended;
  for (fs::recursive_directory_iterator entry(folder, ended), end; !ended && entry != end; entry.increment(ended)) {
    std::error_code unreadable;
    // The folder's other contents (zone.tab, tzdata.zi, posix/, right/) are all named in lower case.
    auto name = entry->path().lexically_relative(folder).generic_string();
    if (is_zone_name(name) && entry->is_regular_file(unreadable)) known.names_.insert(std::move(name));
  }
  return known;
}

const TimeZoneNames& TimeZoneNames::of_this_machine() {
  static const auto names = in("/usr/share/zoneinfo");
  return names;
}

core::Result<TimeZone> TimeZone::parse(std::string_view text, const TimeZoneNames& known) {
  using core::fail;
  using core::Fault;
  if (text.size() > max_size) return fail(Fault::invalid, "too_long");
  if (!is_zone_name(text)) return fail(Fault::invalid, "time_zone_malformed");
  if (!known.may_have(text)) return fail(Fault::invalid, "time_zone_unknown");
  return TimeZone(text);
}

}  // namespace sallyport::accounts
