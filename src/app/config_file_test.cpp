#include <gtest/gtest.h>

#include "app/config_for_test.h"
#include "app/config_fuzz_target.h"
#include "app/config_report.h"

namespace sallyport::app {
namespace {

using Lines = std::vector<std::string>;

TEST(ConfigFile, SetsKeysInTablesAndDotted) {
  const auto loaded = load_text(R"(
listen = "127.0.0.1:9090"
public_url = "https://auth.example.org"
allowed_origins = ["https://a.example.org", "https://b.example.org"]
session.sliding = "7d"
[http]
body_bytes = 4096
[password]
pepper = false
)");
  ASSERT_EQ(sentences(loaded), Lines{});
  const auto& config = loaded->config;
  EXPECT_EQ(config.listen.port, 9'090);
  EXPECT_EQ(config.allowed_origins, (Lines{"https://a.example.org", "https://b.example.org"}));
  EXPECT_EQ(config.lifetimes.sliding, std::chrono::hours{7 * 24});
  EXPECT_EQ(config.limits.body_bytes, 4'096U);
  EXPECT_FALSE(config.has_pepper);
  EXPECT_EQ(setting(*loaded, "http.body_bytes").where, "a.toml:7");
}

TEST(ConfigFile, NamesLineKeyAndRuleOfWhatIsWrong) {
  static constexpr struct {
    std::string_view toml, sentence;
  } cases[] = {
      {"\nloops = \"2\"", "a.toml:2: loops must be a whole number from 0 to 1024, not a string"},
      {"loops = 2.0", "a.toml:1: loops must be a whole number from 0 to 1024, not a number with a fraction"},
      {"loops = 2000", "a.toml:1: loops must be a whole number from 0 to 1024, not '2000'"},
      {"[password]\n\npepper = 1", "a.toml:3: password.pepper must be true or false, not an integer"},
      {"http.idle_time = 60",
       "a.toml:1: http.idle_time must be a string: a duration from 1s to 1h, in ms, s, m, h or d, "
       "not an integer"},
      {"[listen]",
       "a.toml:1: listen must be an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080, not a table"},
      {"data = 2026-01-01", "a.toml:1: data must be the path of a folder, not a date or time"},
      {"data = \"a\\nb\"", "a.toml:1: data must be the path of a folder, not 'a?b'"},
      {"allowed_origins = \"https://a.example.org\"",
       "a.toml:1: allowed_origins must be an array of strings: origins such as https://app.example.org, in lower case, "
       "without path or default port, not a string"},
      {"allowed_origins = [\"https://a.example.org,https://b.example.org\"]",
       "a.toml:1: allowed_origins must be an array of strings: origins such as https://app.example.org, in lower case, "
       "without path or default port, not an array with other items"},
      {"http.aliases = \"/auth=/v1/auth\"",
       "a.toml:1: http.aliases must be a table of strings: paths such as /auth with the path each stands for, without "
       "a "
       "slash at the end, none twice, not a string"},
      {"[http.aliases]\n\"/auth\" = 1",
       "a.toml:1: http.aliases must be a table of strings: paths such as /auth with the path each stands for, without "
       "a "
       "slash at the end, none twice, not a table with other values"},
      {"lisen = 1", "a.toml:1: there is no setting 'lisen'; did you mean listen?"},
      {"[htpp]\nbody_bytes = 1", "a.toml:2: there is no setting 'htpp.body_bytes'; did you mean http.body_bytes?"},
      {"[htpp]", "a.toml:1: there is no setting 'htpp'; sallyport config keys lists them all"},
      {"[[http]]\nbody_bytes = 1", "a.toml:1: there is no setting 'http'; sallyport config keys lists them all"},
      {"\"http.body_bytes\" = 1", "a.toml:1: there is no setting '\"http.body_bytes\"'; did you mean http.body_bytes?"},
  };
  for (const auto& [toml, sentence] : cases) EXPECT_EQ(sentences(load_text(toml)), Lines{std::string(sentence)});
}

TEST(ConfigFile, ATableOfAliasesIsReadWhole) {
  const auto loaded =
      load_text("[http]\nbody_bytes = 2048\n[http.aliases]\n\"/auth\" = \"/v1/auth\"\n\"/me\" = \"/v1/auth/me\"");

  ASSERT_TRUE(loaded);
  using Aliases = std::vector<std::pair<std::string, std::string>>;
  EXPECT_EQ(loaded->config.aliases, (Aliases{{"/auth", "/v1/auth"}, {"/me", "/v1/auth/me"}}));
  EXPECT_EQ(setting(*loaded, "http.aliases").value, "/auth=/v1/auth,/me=/v1/auth/me");
  EXPECT_TRUE(load_text("[http.aliases]")->config.aliases.empty());
}

TEST(ConfigFile, NamesTheLineThatIsNotToml) {
  for (const std::string_view toml : {"loops = 1\nlisten = ", "loops = 1\nloops = 2", "loops = 1\n\"\xFF\" = 1"}) {
    const auto wrong = sentences(load_text(toml));
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_TRUE(wrong.front().starts_with("a.toml:2: is not TOML: ")) << wrong.front();
  }
}

TEST(ConfigFile, MayBeEmptyOrHaveAnEmptyTable) {
  EXPECT_TRUE(load_text(""));
  EXPECT_TRUE(load_text("[http]"));
}

TEST(ConfigFile, IsRefusedWhereItsReaderWouldMisbehave) {
  std::string dots;
  for (int i = 0; i < 32'000; ++i) dots += "a.";
  const std::pair<std::string, std::string_view> cases[] = {
      {"\n" + dots + "a = 1", "a.toml:2: has more than 1000 dots outside of strings and comments"},
      {"\n\nlo\u00F6ps = 1",
       "a.toml:3: has a character that is not ASCII; only comments, and strings after a space, may"},
      {"loops\u00A0= 1", "a.toml:1: has a character that is not ASCII; only comments, and strings after a space, may"},
      {"data = \"\\\"\"\u00E9",
       "a.toml:1: has a character that is not ASCII; only comments, and strings after a space, may"},
      {"data = '\\'\u00E9",
       "a.toml:1: has a character that is not ASCII; only comments, and strings after a space, may"},
      {"data = 1'\u00E9'",
       "a.toml:1: has a character that is not ASCII; only comments, and strings after a space, may"},
      {"data='\u00E9'", "a.toml:1: has a character that is not ASCII; only comments, and strings after a space, may"},
      {R"(data = """a""")", "a.toml:1: has a multi-line string"},
      {"data = '''a'''", "a.toml:1: has a multi-line string"},
      {"# a\x07", "a.toml:1: has a control character"},
  };
  for (const auto& [toml, sentence] : cases) EXPECT_EQ(sentences(load_text(toml)), Lines{std::string(sentence)});
}

TEST(ConfigFile, MayHaveAnyCharacterInStringsAndComments) {
  const auto loaded = load_text("\uFEFF# \"gr\u00F6\u00DFer\r\ndata = \"\u00E9\\\"'#\\\\\" # '\u00E9\n");
  ASSERT_EQ(sentences(loaded), Lines{});
  EXPECT_EQ(loaded->config.data, "\u00E9\"'#\\");
  EXPECT_TRUE(load_text("data = '.\u00E9\"' #" + std::string(2'000, '.')));
  EXPECT_EQ(sentences(load_text("data = \"\" # \u00E9")), Lines{"a.toml:1: data must be the path of a folder, not ''"});
}

TEST(ConfigFile, MayHaveTheDeepestKeysThatAreNotRefused) {
  std::string dots;
  for (int i = 0; i < 1'000; ++i) dots += "a.";
  EXPECT_TRUE(sentences(load_text(dots + "a = 1")).front().starts_with("a.toml:1: there is no setting 'a.a."));
}

TEST(ConfigFile, OfEveryExampleLoads) {
  const auto loaded = load_text(config_example_toml());
  EXPECT_EQ(sentences(loaded), Lines{});
  for (const auto& [key, value, where] : loaded->settings) EXPECT_TRUE(where.starts_with("a.toml:")) << key->name;
}

TEST(ConfigFile, ThatIsMissingOrTooLargeSaysSo) {
  const TemporaryFolder folder;
  const auto missing = (folder.path() / "none.toml").string();
  EXPECT_EQ(sentences(load_config({.file = missing})),
            Lines{missing + ": the configuration file cannot be read: No such file or directory"});
  EXPECT_EQ(sentences(load_config({.file = folder.path().string()})),
            Lines{folder.path().string() + ": the configuration file cannot be read: Is a directory"});
  const auto large = folder.file("large.toml", std::string(65'537, '#'));
  EXPECT_EQ(sentences(load_config({.file = large})),
            Lines{large + ": the configuration file cannot be read: it is larger than 64 KiB"});
}

TEST(ConfigFuzzTarget, HoldsForItsFirstSeeds) {
  for (const std::string_view seed :
       {"", "loops = 1", "loops=1", "listen", "data=a\nb", "[http]\nbody_bytes = 0x1000", "a.b.c = {d = [1, {e = 2}]}",
        "allowed_origins = []", "allowed_origins=,", "public_url = \"http://localhost\"", "\"\\u0007\" = 1", "= 1"}) {
    fuzz_config(seed);
  }
  fuzz_config(config_example_toml());
}

}  // namespace
}  // namespace sallyport::app
