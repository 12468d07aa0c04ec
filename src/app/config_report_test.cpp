#include "app/config_report.h"

#include <gtest/gtest.h>

#include "app/config_for_test.h"

namespace sallyport::app {
namespace {

using Lines = std::vector<std::string>;

TEST(ConfigShow, SaysEachValueAndWhereItCameFromButNoSecret) {
  const auto loaded = load_config({.environment = {"SALLYPORT_MASTER_KEY=hunter2"}, .assignments = {"loops=3"}});
  ASSERT_TRUE(loaded);

  const auto text = config_show_text(*loaded);
  const auto json = config_show_json(*loaded);

  EXPECT_NE(text.find("loops                    3                                --set\n"), std::string::npos) << text;
  EXPECT_NE(text.find("public_url               (unset)                          default\n"), std::string::npos);
  EXPECT_NE(text.find("master key               set                              SALLYPORT_MASTER_KEY\n"),
            std::string::npos);
  EXPECT_TRUE(json.starts_with(R"({"profile":"default","settings":[{"key":"accounts.restore_window",)"));
  EXPECT_NE(json.find(R"({"key":"allowed_origins","value":[],"where":)"), std::string::npos);
  EXPECT_NE(json.find(R"({"key":"loops","value":3,"where":"--set"})"), std::string::npos);
  EXPECT_NE(json.find(R"({"key":"password.pepper","value":true,"where":"default"})"), std::string::npos);
  EXPECT_NE(json.find(R"({"key":"public_url","value":null,"where":"default"})"), std::string::npos);
  EXPECT_TRUE(json.ends_with("\"master_key\":{\"set\":true,\"where\":\"SALLYPORT_MASTER_KEY\"}}\n"));
  EXPECT_EQ((text + json).find("hunter2"), std::string::npos);
}

TEST(ConfigShow, SaysThatThereIsNoMasterKeyYet) {
  const TemporaryFolder folder;
  const ConfigSources sources{.data = folder.path().string()};
  EXPECT_NE(config_show_json(*load_config(sources)).find(R"("master_key":{"set":false)"), std::string::npos);
  folder.file("master.key", "");
  EXPECT_NE(config_show_json(*load_config(sources)).find(R"("master_key":{"set":true)"), std::string::npos);
}

TEST(ConfigWarnings, NameWhatIsProbablyNotMeant) {
  const TemporaryFolder folder;
  const auto key = folder.file("k", "");
  const auto outside = "SALLYPORT_MASTER_KEY_FILE=" + key;
  const auto url = "public_url=https://auth.example.org", header = "proxy.header=xff",
             trusted = "proxy.trusted=127.0.0.1";
  const struct {
    ConfigSources sources;
    std::string_view start;  ///< of the only warning; none if empty
  } cases[] = {
      {{}, ""},
      {{.listen = "0.0.0.0:80"}, "0.0.0.0:80 can be reached from other machines"},
      {{.environment = {outside}, .assignments = {url, header, trusted}, .listen = "0.0.0.0:80"}, ""},
      {{.assignments = {url, header, trusted}, .data = "d"},
       "the master key d/master.key lies beside the data it protects"},
      {{.environment = {outside}, .assignments = {url, header, trusted}, .data = folder.path() / "." / ""},
       "the master key "},
      {{.environment = {outside}, .assignments = {url, header, trusted}, .data = folder.path() / "d"}, ""},
      {{.environment = {"SALLYPORT_MASTER_KEY=k"}, .assignments = {url, header, trusted}}, ""},
      {{.assignments = {"tls.certificates=/none"}},
       "cannot read /none: No such file or directory; serve will not start"},
      {{.environment = {"SALLYPORT_MASTER_KEY_FILE=/none"}}, "there is no master key at /none"},
      {{.environment = {outside}, .assignments = {url, header, trusted, "allowed_origins=http://a.example.org"}},
       "allowed_origins has http://a.example.org"},
      {{.environment = {outside}, .assignments = {url, header, trusted, "allowed_origins=http://localhost:3000"}}, ""},
      {{.environment = {outside}, .assignments = {url}}, "clients of a proxy on this machine cannot be told apart"},
      {{.environment = {outside}, .assignments = {url}, .listen = "192.0.2.1:80"}, ""},
      {{.assignments = {"password.pepper=false"}}, "password.pepper is false"},
      {{.assignments = {"password.refuse_common=false"}}, "password.refuse_common is false"},
      {{.assignments = {"verification.mode=required"}}, "verification.mode is required, but smtp.url is not set"},
      {{.profile = "loadtest"}, ""},
  };
  for (const auto& [sources, start] : cases) {
    const auto loaded = load_config(sources);
    ASSERT_EQ(sentences(loaded), Lines{});
    const auto warnings = config_warnings(*loaded);
    ASSERT_EQ(warnings.size(), start.empty() ? 0U : 1U) << start << config_check_text(*loaded);
    if (!start.empty()) EXPECT_TRUE(warnings.front().starts_with(start)) << warnings.front();
  }
}

TEST(ConfigCheck, SpeaksToPeopleAndScripts) {
  const auto doubtful = load_assignments({"password.pepper=false"});
  EXPECT_TRUE(config_check_text(*doubtful).starts_with("warning: password.pepper is false"));
  EXPECT_TRUE(config_check_text(*doubtful).ends_with("\nthe configuration is valid\n"));
  EXPECT_TRUE(config_check_json(*doubtful).starts_with(R"({"ok":true,"problems":[],"warnings":["password.pepper)"));

  const auto wrong = load_assignments({"password.pepper=\"", "loops=x"});
  EXPECT_EQ(config_problems_text(wrong.error()),
            "sallyport: --set: password.pepper must be true or false, not '\"'\n"
            "sallyport: --set: loops must be a whole number from 0 to 1024, not 'x'\n");
  EXPECT_TRUE(config_problems_json(wrong.error())
                  .starts_with(R"({"ok":false,"problems":[{"where":"--set","key":"password.pepper","sentence":)"
                               R"("password.pepper must be true or false, not '\"'"},{)"));
}

TEST(ConfigKeyLists, HaveEveryKey) {
  const auto text = config_keys_text(), json = config_keys_json(), markdown = config_keys_markdown();
  for (const auto& key : config_keys()) {
    EXPECT_NE(text.find(std::string(key.name) + "  ("), std::string::npos) << key.name;
    EXPECT_NE(json.find(R"("key":")" + std::string(key.name) + R"(","environment":")" + environment_name(key.name)),
              std::string::npos);
    EXPECT_NE(markdown.find("| `" + std::string(key.name) + "` | "), std::string::npos);
    EXPECT_EQ(std::string(key.what).find('|'), std::string::npos);
  }
}

}  // namespace
}  // namespace sallyport::app
