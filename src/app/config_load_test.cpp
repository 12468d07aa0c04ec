#include "app/config_load.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "app/config_for_test.h"

namespace sallyport::app {
namespace {

using Lines = std::vector<std::string>;

TEST(LoadConfig, LetsTheStrongerSourceWin) {
  const TemporaryFolder folder;
  ConfigSources sources;
  const auto expect = [&](std::string_view value, std::string_view where) {
    const auto loaded = load_config(sources);
    ASSERT_EQ(sentences(loaded), Lines{});
    EXPECT_EQ(setting(*loaded, "password.refuse_common").value, value);
    EXPECT_EQ(setting(*loaded, "password.refuse_common").where, where);
    EXPECT_EQ(loaded->config.password.min_guess_bits != 0, value == "true");
  };
  expect("true", "default");
  sources.profile = "loadtest";
  expect("false", "profile loadtest");
  sources.file = folder.file("a.toml", "[password]\nrefuse_common = true");
  expect("true", *sources.file + ":2");
  sources.environment = {"SALLYPORT_PASSWORD_REFUSE_COMMON=false"};
  expect("false", "SALLYPORT_PASSWORD_REFUSE_COMMON");
  sources.assignments = {"password.refuse_common=false", "password.refuse_common=true"};
  expect("true", "--set");
}

TEST(LoadConfig, LetsTheFlagsOfTheirNameWinOverAssignments) {
  const auto loaded =
      load_config({.assignments = {"listen=127.0.0.1:1", "data=a"}, .listen = "127.0.0.1:2", .data = "b"});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.listen.port, 2);
  EXPECT_EQ(loaded->config.data, "b");
  EXPECT_EQ(setting(*loaded, "listen").where, "--listen");
}

TEST(LoadConfig, ReportsEveryProblemAtOnce) {
  const TemporaryFolder folder;
  const auto file = folder.file("a.toml", "loops = 5000\nlisen = \"x\"\npassword.pepper = 1");
  const auto loaded = load_config({.profile = "fast",
                                   .file = file,
                                   .environment = {"SALLYPORT_DATA=", "SALLYPORT_NONE=1"},
                                   .assignments = {"hash.passes=many", "oops"},
                                   .listen = "nowhere"});
  const auto wrong = sentences(loaded);
  for (const auto& start :
       {std::string("--profile: there is no profile 'fast'"), file + ":1: loops must be",
        file + ":2: there is no setting", file + ":3: password.pepper must be",
        std::string("SALLYPORT_DATA: data must be"), std::string("environment: there is no setting 'SALLYPORT_NONE'"),
        std::string("--set: hash.passes must be"), std::string("--set: wants KEY=VALUE"),
        std::string("--listen: listen must be")}) {
    EXPECT_EQ(std::ranges::count_if(wrong, [&](const auto& line) { return line.starts_with(start); }), 1) << start;
  }
  EXPECT_EQ(wrong.size(), 9U);
}

TEST(LoadConfig, RefusesImpossibleAndUnsafeCombinations) {
  static const struct {
    ConfigSources sources;
    std::string_view sentence;
  } cases[] = {
      {{.assignments = {"session.sliding=91d"}},
       "session.sliding (--set) must not be longer than session.absolute (default)"},
      {{.environment = {"SALLYPORT_SESSION_ABSOLUTE=1d"}},
       "session.sliding (default) must not be longer than session.absolute (SALLYPORT_SESSION_ABSOLUTE)"},
      {{.assignments = {"token.format=paseto", "token.algorithm=ES256"}},
       "token.algorithm (--set) cannot be ES256 in token.format (--set) paseto; only EdDSA can"},
      {{.assignments = {"proxy.header=xff", "public_url=https://a.example.org"}},
       "proxy.header (--set) and proxy.trusted (default) belong together; set both or neither"},
      {{.assignments = {"proxy.header=xff", "proxy.trusted=127.0.0.1"}},
       "proxy.header (--set) is for a server behind a proxy, which needs public_url; set it too"},
      {{.assignments = {"hsts.preload=true"}},
       "hsts.preload (--set) needs hsts.include_subdomains and an hsts.max_age of 365d at least"},
      {{.assignments = {"token.algorithm=HS256"}},
       "token.algorithm (--set) HS256 needs token.audience (default) to name one audience of your own: whoever "
       "verifies can sign, too"},
      {{.assignments = {"token.key_lifetime=15m"}},
       "token.key_lifetime (--set) must be longer than session.access_token (default) and twice token.key_notice "
       "(default), or 0s"},
      {{.assignments = {"token.key_notice=1h", "token.key_lifetime=2h"}},
       "token.key_lifetime (--set) must be longer than session.access_token (default) and twice token.key_notice "
       "(--set), or 0s"},
      {{.assignments = {"hash.passes=1"}},
       "hash.memory_kib (default) and hash.passes (--set) together are too weak; the least are 7168 with 5, 9216 with "
       "4, "
       "12288 with 3, 19456 with 2 or 47104 with 1"},
      {{.assignments = {"hash.memory_kib=1048576", "hash.passes=5"}},
       "hash.memory_kib (--set) and hash.passes (--set) together are too much; memory times passes may be 4194304 at "
       "most"},
      {{.assignments = {"public_url=http://auth.example.org"}},
       "public_url (--set) must begin with https:// unless its host is this machine; passwords and tokens would cross "
       "the "
       "network for anyone to read"},
      {{.assignments = {"allowed_origins=https://app.example.org"}},
       "allowed_origins (--set) are origins besides public_url, which is not set; set it too"},
      {{.assignments = {"tls.certificates=a,b", "tls.keys=c"}},
       "tls.keys (--set) must name as many files as tls.certificates (--set), in the same order"},
      {{.assignments = {"tls.keys=c"}},
       "tls.keys (--set) must name as many files as tls.certificates (default), in the same order"},
      {{.assignments = {"tls.required=true"}},
       "tls.required (--set) needs a certificate; set tls.certificates and tls.keys"},
      {{.assignments = {"tls.certificates=a", "public_url=http://localhost:8080"}},
       "public_url (--set) must begin with https://: with tls.certificates plain HTTP is refused unless tls.required "
       "is "
       "false"},
      {{.assignments = {"http.redirect_listen=127.0.0.1:80"}},
       "http.redirect_listen (--set) leads to public_url, which must be set and begin with https://"},
      {{.assignments = {"http.redirect_listen=127.0.0.1:80", "public_url=https://auth.example.org"},
        .listen = "127.0.0.1:80"},
       "http.redirect_listen (--set) must be another port than listen (--listen)"},
      {{.profile = "loadtest", .assignments = {"public_url=https://auth.example.org"}},
       "the profile loadtest lifts protections, so it is refused together with public_url (--set); unset one of them"},
      {{.profile = "loadtest", .listen = "0.0.0.0:8080"},
       "the profile loadtest lifts protections, so listen (--listen) must be a loopback address with it, such as "
       "127.0.0.1:8080"},
  };
  for (const auto& [sources, sentence] : cases)
    EXPECT_EQ(sentences(load_config(sources)), Lines{std::string(sentence)});
}

TEST(LoadConfig, AllowsWhatOnlyLooksUnsafe) {
  for (const auto& assignments : std::vector<Lines>{{"public_url=http://localhost:8080"},
                                                    {"public_url=http://[::1]:8080"},
                                                    {"session.sliding=90d"},
                                                    {"hash.memory_kib=7168", "hash.passes=5"},
                                                    {"hash.memory_kib=1048576", "hash.passes=4"},
                                                    {"listen=0.0.0.0:8080"}}) {
    EXPECT_EQ(sentences(load_assignments(assignments)), Lines{});
  }
  const auto loaded = load_config({.profile = "loadtest", .listen = "[::1]:8080"});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.profile, Profile::loadtest);
}

TEST(LoadConfig, DoesNotJudgeCombinationsOfWhatItCouldNotRead) {
  EXPECT_EQ(
      sentences(load_assignments({"allowed_origins=https://a.example.org", "public_url=auth.example.org"})).size(), 1U);
  EXPECT_EQ(sentences(load_config({.file = "/none", .assignments = {"session.absolute=1d"}})).size(), 1U);
}

TEST(LoadConfig, KnowsWhereTheMasterKeyWillBeRead) {
  const auto place = [](ConfigSources sources) { return load_config(sources)->master_key; };
  EXPECT_EQ(place({.data = "d"}).file, "d/master.key");
  EXPECT_EQ(place({.data = "d"}).variable, "");
  EXPECT_EQ(place({.environment = {"SALLYPORT_MASTER_KEY_FILE=/k"}}).file, "/k");
  EXPECT_EQ(place({.environment = {"SALLYPORT_MASTER_KEY=secret"}}).file, "");
  EXPECT_EQ(place({.environment = {"SALLYPORT_MASTER_KEY=secret"}}).variable, "SALLYPORT_MASTER_KEY");
}

}  // namespace
}  // namespace sallyport::app
