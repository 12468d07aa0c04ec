#include "accounts/time_zone.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <fstream>

namespace sallyport::accounts {
namespace {

std::string_view code_of(std::string_view text, const TimeZoneNames& known) {
  const auto zone = TimeZone::parse(text, known);
  return zone ? "" : zone.error().code;
}

/// A folder of zone files that disappears with the test.
class ZoneFolder {
 public:
  explicit ZoneFolder(std::initializer_list<std::string_view> files)
      : path_(std::filesystem::path(testing::TempDir()) / "sallyport_zone_folder") {
    for (const auto file : files) {
      std::filesystem::create_directories((path_ / file).parent_path());
      std::ofstream(path_ / file) << "TZif2";
    }
  }
  ~ZoneFolder() { std::filesystem::remove_all(path_); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

TEST(TimeZoneParse, KnowsTheZonesOfTheMachineAndNothingElseInTheirFolder) {
  const ZoneFolder folder{"UTC",       "Europe/Berlin", "America/Argentina/Buenos_Aires",
                          "Etc/GMT+5", "zone.tab",      "posix/UTC"};
  const auto known = TimeZoneNames::in(folder.path());

  for (const std::string_view text : {"UTC", "Europe/Berlin", "America/Argentina/Buenos_Aires", "Etc/GMT+5"})
    EXPECT_EQ(code_of(text, known), "") << text;
  for (const std::string_view text : {"Europe/Atlantis", "europe", "Europe", "EUROPE/BERLIN", "Etc"})
    EXPECT_NE(code_of(text, known), "") << text;
  EXPECT_EQ(code_of("Europe/Atlantis", known), "time_zone_unknown");
}

TEST(TimeZoneParse, LooksAtTheNameAloneWhereNoZonesAreInstalled) {
  const auto known = TimeZoneNames::in("/nonexistent");

  EXPECT_EQ(code_of("Europe/Atlantis", known), "");
  for (const std::string_view text :
       {"", "/", "../etc/passwd", "Europe/../../etc/passwd", "/etc/passwd", "Europe//Berlin", "Europe/", "zone.tab",
        "Europe/Berlin\n", "Europe/./Berlin", "Europe\\Berlin", "posix/UTC", ":UTC"})
    EXPECT_EQ(code_of(text, known), "time_zone_malformed") << text;
  EXPECT_EQ(code_of({"UTC\0", 4}, known), "time_zone_malformed");
  EXPECT_EQ(code_of("A" + std::string(63, 'a'), known), "");
  EXPECT_EQ(code_of("A" + std::string(64, 'a'), known), "too_long");
}

RC_GTEST_PROP(TimeZoneParse, KeepsWhatItAcceptsAndNeverLeavesTheZonesFolder, ()) {
  const auto part =
      rc::gen::elementOf(std::vector<std::string>{"Europe", "Berlin", "Etc", "GMT+1", "America", "Port-au-Prince", "/",
                                                  "..", ".", "_", " ", "\n", "posix", "\xC3\xA9", "0"});
  const auto parts = *rc::gen::container<std::vector<std::string>>(part);
  std::string text;
  for (const auto& one : parts) text += one;

  const auto zone = TimeZone::parse(text, TimeZoneNames::in("/nonexistent"));

  if (!zone) return;
  RC_ASSERT(zone->str() == text);
  RC_ASSERT(text.size() <= TimeZone::max_size);
  RC_ASSERT(text.find("..") == std::string::npos);
  RC_ASSERT(text.front() != '/');
  RC_ASSERT(std::ranges::all_of(text, [](unsigned char c) { return c > ' ' && c < 0x7F; }));
}

}  // namespace sallyport::accounts
