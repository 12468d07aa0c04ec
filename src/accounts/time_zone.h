#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::accounts {

/// The zones a machine knows, read once: a request must not wait for a disk.
class TimeZoneNames {
 public:
  /// The zones below a folder of compiled zone files; none if there is no such folder.
  static TimeZoneNames in(const std::filesystem::path& folder);
  /// Those of `/usr/share/zoneinfo`. The first call reads the folder (some milliseconds); safe from every thread.
  static const TimeZoneNames& of_this_machine();

  /// Whether the zone exists. A machine that has no zones cannot tell and says yes.
  bool may_have(std::string_view name) const { return names_.empty() || names_.contains(name); }

 private:
  std::set<std::string, std::less<>> names_;
};

/// The name of a time zone (the IANA database's `theory.html`, "Timezone identifiers") such as `Europe/Berlin`, at most
/// 64 characters.
class TimeZone {
 public:
  static constexpr std::size_t max_size = 64;

  /// `invalid` with "too_long", "time_zone_malformed" or "time_zone_unknown".
  static core::Result<TimeZone> parse(std::string_view text,
                                      const TimeZoneNames& known = TimeZoneNames::of_this_machine());

  std::string_view str() const& { return text_; }
  std::string_view str() && = delete;
  friend bool operator==(const TimeZone&, const TimeZone&) = default;

 private:
  explicit TimeZone(std::string_view text) : text_(text) {}
  std::string text_;
};

}  // namespace sallyport::accounts
