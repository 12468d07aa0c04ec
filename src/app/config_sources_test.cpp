#include "app/config_sources.h"

#include <gtest/gtest.h>

#include "app/config_for_test.h"

namespace sallyport::app {
namespace {

using Lines = std::vector<std::string>;

Lines refused(std::vector<std::string> environment) {
  return sentences(load_config({.environment = std::move(environment)}));
}

TEST(ConfigEnvironment, SetsKeysAndLeavesOtherVariablesAlone) {
  const auto loaded = load_config({.environment = {"PATH=/bin", "SALLYPORTER=1", "SALLYPORT_LOOPS=3", "HOME"}});
  ASSERT_EQ(sentences(loaded), Lines{});
  EXPECT_EQ(loaded->config.loops, 3U);
  EXPECT_EQ(setting(*loaded, "loops").where, "SALLYPORT_LOOPS");
}

TEST(ConfigEnvironment, RefusesUnknownVariablesAndNamesTheNearest) {
  EXPECT_EQ(
      refused({"SALLYPORT_HTTP_BODY_BYTE=1"}),
      Lines{"environment: there is no setting 'SALLYPORT_HTTP_BODY_BYTE'; did you mean SALLYPORT_HTTP_BODY_BYTES?"});
  EXPECT_EQ(refused({"SALLYPORT_MASTERKEY_FILE=/k"}),
            Lines{"environment: there is no setting 'SALLYPORT_MASTERKEY'; did you mean SALLYPORT_MASTER_KEY?"});
  EXPECT_EQ(refused({"SALLYPORT_X\n=1"}),
            Lines{"environment: there is no setting 'SALLYPORT_X?'; sallyport config keys lists them all"});
}

TEST(ConfigEnvironment, ReadsTheFileThatAVariableNamesWithoutItsLastNewline) {
  const TemporaryFolder folder;
  for (const std::string_view text :
       {"https://auth.example.org", "https://auth.example.org\n", "https://auth.example.org\r\n"}) {
    const auto loaded = load_config({.environment = {"SALLYPORT_PUBLIC_URL_FILE=" + folder.file("url", text)}});
    ASSERT_EQ(sentences(loaded), Lines{});
    EXPECT_EQ(loaded->config.public_url, "https://auth.example.org");
    EXPECT_EQ(setting(*loaded, "public_url").where, "SALLYPORT_PUBLIC_URL_FILE");
  }
}

TEST(ConfigEnvironment, DoesNotRepeatWhatAWrongFileHolds) {
  const TemporaryFolder folder;
  EXPECT_EQ(refused({"SALLYPORT_LOOPS_FILE=" + folder.file("secret", "hunter2")}),
            Lines{"SALLYPORT_LOOPS_FILE: loops must be a whole number from 0 to 1024, not what it holds"});
}

TEST(ConfigEnvironment, RefusesAVariableAndItsFileAtOnce) {
  EXPECT_EQ(refused({"SALLYPORT_LOOPS=1", "SALLYPORT_LOOPS_FILE=/none"}),
            Lines{"SALLYPORT_LOOPS: SALLYPORT_LOOPS and SALLYPORT_LOOPS_FILE are both set; unset one"});
  EXPECT_EQ(refused({"SALLYPORT_MASTER_KEY=k", "SALLYPORT_MASTER_KEY_FILE=/none"}),
            Lines{"environment: SALLYPORT_MASTER_KEY and SALLYPORT_MASTER_KEY_FILE are both set; unset one"});
}

TEST(ConfigEnvironment, SaysWhichFileCannotBeRead) {
  EXPECT_EQ(refused({"SALLYPORT_LOOPS_FILE=/none/such"}),
            Lines{"SALLYPORT_LOOPS_FILE: the file /none/such for loops cannot be read: No such file or directory"});
}

TEST(ConfigAssignment, WantsAKeyAndAValue) {
  EXPECT_EQ(sentences(load_assignments({"loops"})), Lines{"--set: wants KEY=VALUE, not 'loops'"});
}

TEST(UnknownName, SuggestsOnlyWhatIsNear) {
  const Lines known{"http.body_bytes", "listen", "password.pepper"};
  const auto suggestion = [&](std::string_view wrong) {
    const auto sentence = unknown_name("setting", wrong, known);
    const auto start = sentence.find("did you mean ");
    return start == std::string::npos ? "" : sentence.substr(start + 13);
  };
  EXPECT_EQ(suggestion("Listen"), "listen?");
  EXPECT_EQ(suggestion("http.body-bites"), "http.body_bytes?");
  EXPECT_EQ(suggestion("pepper"), "password.pepper?");
  EXPECT_EQ(suggestion("salt"), "");
  EXPECT_EQ(suggestion(""), "");
  EXPECT_EQ(suggestion(std::string(60'000, 'l')), "");
}

TEST(Printable, IsOneShortLine) {
  EXPECT_EQ(printable("a\x1B[31m\nb\x7F"), "a?[31m?b?");
  EXPECT_EQ(printable(std::string(101, 'a')), std::string(100, 'a') + "...");
}

}  // namespace
}  // namespace sallyport::app
