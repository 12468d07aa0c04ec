#include "app/config.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "app/config_for_test.h"

namespace sallyport::app {
namespace {

using namespace std::chrono_literals;

/// A value that is taken, in what it changes, and one that breaks the rule.
struct KeyCase {
  std::string_view key, good, bad;
  bool (*is_stored)(const Config&);
};

constexpr KeyCase cases[] = {
    {"accounts.restore_window", "90d", "500ms", [](const Config& c) { return c.restore_window == 24h * 90; }},
    {"allowed_origins", "https://a.example.org,http://localhost:3000", "https://a.example.org,",
     [](const Config& c) { return c.allowed_origins.size() == 2 && c.allowed_origins[1] == "http://localhost:3000"; }},
    {"audit.retention", "36500d", "23h", [](const Config& c) { return c.audit_retention == 24h * 36'500; }},
    {"avatar.max_bytes", "10485760", "10485761", [](const Config& c) { return c.avatar.most_bytes == 10'485'760; }},
    {"avatar.max_side", "16", "15", [](const Config& c) { return c.avatar.most_side == 16; }},
    {"avatar.s3.access_key", "me", "", [](const Config& c) { return c.s3.access_key == "me"; }},
    {"avatar.s3.bucket", "my.pictures-1", "My_pictures",
     [](const Config& c) { return c.s3.bucket == "my.pictures-1"; }},
    {"avatar.s3.endpoint", "http://127.0.0.1:9000", "https://s3.example.org/bucket",
     [](const Config& c) { return c.s3.endpoint == "http://127.0.0.1:9000"; }},
    {"avatar.s3.region", "eu-central-1", "", [](const Config& c) { return c.s3.region == "eu-central-1"; }},
    {"avatar.s3.secret_key", "open sesame", "", [](const Config& c) { return c.s3.secret_key != nullptr; }},
    {"avatar.store", "s3", "disk", [](const Config& c) { return c.has_picture_bucket; }},
    {"data", "/srv/données", "", [](const Config& c) { return c.data == "/srv/données"; }},
    {"forward_auth.origins", "https://a.example.org,http://localhost:3000", "https://a.example.org/",
     [](const Config& c) { return c.forward_auth_origins.size() == 2; }},
    {"forward_auth.sign_in_url", "https://a.example.org/sign-in?from=proxy", "https://a.example.org/#sign-in",
     [](const Config& c) { return c.sign_in_url == "https://a.example.org/sign-in?from=proxy"; }},
    {"geo.database", "/tmp/countries.mmdb", "",
     [](const Config& c) { return c.geo_database == "/tmp/countries.mmdb"; }},
    {"hash.memory_kib", "65536", "7167", [](const Config& c) { return c.argon2.memory_kib == 65'536; }},
    {"hash.passes", "3", "65", [](const Config& c) { return c.argon2.passes == 3; }},
    {"hash.threads", "1024", "1025", [](const Config& c) { return c.hash_threads == 1'024; }},
    {"hsts.include_subdomains", "true", "1", [](const Config& c) { return c.strict_transport.includes_subdomains; }},
    {"hsts.max_age", "365d", "500ms", [](const Config& c) { return c.strict_transport.max_age == 24h * 365; }},
    {"hsts.preload", "true", "", [](const Config& c) { return c.strict_transport.preloads; }},
    {"http.aliases", "/auth=/v1/auth,/api/v1/auth=/v1/auth", "/auth=/v1/auth,/auth=/v1/users",
     [](const Config& c) { return c.aliases.size() == 2 && c.aliases[1].first == "/api/v1/auth"; }},
    {"http.body_bytes", "1024", "1023", [](const Config& c) { return c.limits.body_bytes == 1'024; }},
    {"http.connections", "1000000", "0", [](const Config& c) { return c.limits.connections == 1'000'000; }},
    {"http.idle_time", "1h", "999ms", [](const Config& c) { return c.limits.idle_time == 1h; }},
    {"http.redirect_listen", "[::]:80", "[::]",
     [](const Config& c) { return c.redirect_listen && c.redirect_listen->str() == "[::]:80"; }},
    {"http.request_time", "2500ms", "6m", [](const Config& c) { return c.limits.request_time == 2'500ms; }},
    {"limits.rate.mail", "30/10m", "0/1m",
     [](const Config& c) { return c.rates.mail == throttle::RateLimit{30, 10min}; }},
    {"limits.rate.other", "1000000/1000d", "1000001/1d",
     [](const Config& c) { return c.rates.other == throttle::RateLimit{1'000'000, 24h * 1'000}; }},
    {"limits.rate.registration", "1/1s", "1/1ms",
     [](const Config& c) { return c.rates.registration == throttle::RateLimit{1, 1s}; }},
    {"limits.rate.sign_in", "7/2h", "7/2",
     [](const Config& c) { return c.rates.sign_in == throttle::RateLimit{7, 2h}; }},
    {"invitation.valid_for", "3d", "59s", [](const Config& c) { return c.invitation_valid_for == 72h; }},
    {"listen", "[::1]:9090", "localhost", [](const Config& c) { return c.listen.str() == "[::1]:9090"; }},
    {"loops", "2", "-1", [](const Config& c) { return c.loops == 2; }},
    {"mail.attempts", "100", "0", [](const Config& c) { return c.mail_attempts == 100; }},
    {"mail.from", "\"A, B\" <a@example.org>", "A <a@example.org",
     [](const Config& c) { return c.mail_from && c.mail_from->name() == "A, B"; }},
    {"mail.language", "de", "fr", [](const Config& c) { return c.mail_language == "de"; }},
    {"mail.new_device", "true", "no", [](const Config& c) { return c.has_new_device_mail; }},
    {"mail.retention", "1h", "59m", [](const Config& c) { return c.mail_retention == 1h; }},
    {"mail.templates", "/etc/mail", "", [](const Config& c) { return c.mail_templates == "/etc/mail"; }},
    {"mail.welcome", "true", "yes", [](const Config& c) { return c.has_welcome_mail == true; }},
    {"password.forbidden_words", "Springfield,Größe", "Springfield,äöü",
     [](const Config& c) { return c.password.forbidden_words == std::vector<std::string>{"Springfield", "Größe"}; }},
    {"password.min_length", "128", "7", [](const Config& c) { return c.password.min_code_points == 128; }},
    {"password.pepper", "false", "no", [](const Config& c) { return !c.has_pepper; }},
    {"password.refuse_common", "false", "", [](const Config& c) { return c.password.min_guess_bits == 0; }},
    {"product.name", "Acme", "", [](const Config& c) { return c.product_name == "Acme"; }},
    {"proxy.header", "proxy-v2", "x-forwarded-for",
     [](const Config& c) { return c.proxies.header == transport::ProxyHeader::proxy_v2; }},
    {"proxy.trusted", "127.0.0.1,2001:db8::/32", "10.0.0.1/8",
     [](const Config& c) { return c.proxies.trusted.size() == 2; }},
    {"public_url", "https://auth.example.org", "https://auth.example.org/",
     [](const Config& c) { return c.public_url == "https://auth.example.org"; }},
    {"recovery.valid_for", "1h", "59s", [](const Config& c) { return c.recovery_valid_for == 1h; }},
    {"registration.domains", "example.org,müller.example", "example.org,localhost",
     [](const Config& c) { return !c.registration.domains.contains(accounts::EmailKey::fold("a@b.example").value()); }},
    {"registration.mode", "closed", "shut",
     [](const Config& c) { return c.registration.mode == accounts::RegistrationMode::closed; }},
    {"retention.sessions", "7d", "59s", [](const Config& c) { return c.session_retention == 24h * 7; }},
    {"session.absolute", "3650d", "3651d", [](const Config& c) { return c.lifetimes.absolute == 24h * 3'650; }},
    {"session.access_token", "10s", "10500ms", [](const Config& c) { return c.lifetimes.access_token == 10s; }},
    {"session.sliding", "1m", "59s", [](const Config& c) { return c.lifetimes.sliding == 60s; }},
    {"shutdown.delay", "0s", "0", [](const Config& c) { return c.shutdown_delay == 0ms; }},
    {"shutdown.grace", "250ms", "61m", [](const Config& c) { return c.shutdown_grace == 250ms; }},
    {"smtp.ca_bundle", "/etc/ca.pem", "", [](const Config& c) { return c.smtp.ca_bundle == "/etc/ca.pem"; }},
    {"smtp.password", "open sesame", "", [](const Config& c) { return c.smtp.password != nullptr; }},
    {"smtp.timeout", "5m", "301s", [](const Config& c) { return c.smtp.timeout == 5min; }},
    {"smtp.tls", "implicit", "ssl", [](const Config& c) { return c.smtp.tls == smtp::Tls::implicit; }},
    {"smtp.url", "smtp://[::1]:2525", "smtp://mail.example.org:0",
     [](const Config& c) { return c.smtp.host == "[::1]" && c.smtp.port == 2525; }},
    {"smtp.user", "me", "", [](const Config& c) { return c.smtp.user == "me"; }},
    {"tls.certificates", "/a.pem,b.pem", "/a.pem,/a.pem",
     [](const Config& c) { return c.tls_certificates == std::vector<std::string>{"/a.pem", "b.pem"}; }},
    {"tls.keys", "/k.pem,/k.pem", "/k.pem,",
     [](const Config& c) { return c.tls_keys == std::vector<std::string>{"/k.pem", "/k.pem"}; }},
    {"tls.min_version", "1.3", "1.1", [](const Config& c) { return c.tls_least == transport::tls::Version::tls_1_3; }},
    {"tls.required", "false", "no", [](const Config& c) { return c.tls_required == false; }},
    {"token.algorithm", "ES256", "v4.public",
     [](const Config& c) { return c.token_algorithm == crypto::SigningAlgorithm::es256; }},
    {"token.audience", "shop", "", [](const Config& c) { return c.audience == "shop"; }},
    {"token.format", "paseto", "PASETO", [](const Config& c) { return c.token_format == crypto::TokenFormat::paseto; }},
    {"token.issuer", "urn:shop", "two\nlines", [](const Config& c) { return c.issuer == "urn:shop"; }},
    {"token.key_lifetime", "30d", "1500ms", [](const Config& c) { return c.key_lifetime == 24h * 30; }},
    {"token.key_notice", "1h", "0s", [](const Config& c) { return c.key_notice == 1h; }},
    {"users.directory", "members", "everybody",
     [](const Config& c) { return c.directory_readers == accounts::DirectoryReaders::members; }},
    {"verification.mode", "required", "on",
     [](const Config& c) { return c.registration.verification == accounts::VerificationMode::required; }},
    {"verification.valid_for", "5m", "299s", [](const Config& c) { return c.verification_valid_for == 5min; }},
};

TEST(ConfigKeys, ALimitIsANumberOfRequestsAndATimeOrOff) {
  for (const std::string_view wrong :
       {"",      "1",     "/",     "1/",    "/1m",  "-1/1m",  "0/1m",       "1/0m",    "1/-1m", "1/m", "1/1",
        "1/1ms", "1/1m ", " 1/1m", "1 /1m", "1/1x", "1.5/1m", "1000001/1m", "1/1001d", "on",    "OFF"}) {
    Config config;
    EXPECT_FALSE(set_value(config, *find_config_key("limits.rate.sign_in"), wrong)) << wrong;
  }
  Config config;
  ASSERT_TRUE(set_value(config, *find_config_key("limits.rate.sign_in"), "5/2m"));
  ASSERT_TRUE(config.rates.sign_in);
  ASSERT_TRUE(set_value(config, *find_config_key("limits.rate.sign_in"), "off"));
  EXPECT_FALSE(config.rates.sign_in);
}

TEST(ConfigKeys, AMailServerIsAHostAndPerhapsAPort) {
  for (const std::string_view wrong :
       {"mail.example.org", "smtps://mail.example.org", "smtp://", "smtp://me@mail.example.org",
        "smtp://mail.example.org/x", "smtp://mail.example.org:", "smtp://mail.example.org:65536", "smtp://mail_example",
        "smtp://[::1", "smtp://[]:25", "smtp://::1"}) {
    EXPECT_EQ(sentences(load_assignments({"mail.from=a@example.org", "smtp.url=" + std::string(wrong)})).size(), 1U)
        << wrong;
  }
  const auto loaded = load_assignments({"mail.from=a@example.org", "smtp.url=smtp://mail.example.org"});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(smtp::port_of(loaded->config.smtp), 587);
}

TEST(ConfigKeys, SecretsAreNeverShown) {
  const auto loaded = load_assignments(
      {"mail.from=a@example.org", "smtp.url=smtp://mail.example.org", "smtp.user=me", "smtp.password=open sesame"});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->config.smtp.password->reveal(), "open sesame");
  EXPECT_EQ(setting(*loaded, "smtp.password").value, "(secret)");
}

TEST(ConfigKeys, AliasesArePathsWithoutEncoding) {
  for (const std::string_view wrong : {"/auth", "auth=/v1/auth", "/auth=v1/auth", "/auth/=/v1/auth", "/auth=/v1/auth/",
                                       "/=/v1", "/a//b=/v1/auth", "/a/../b=/v1/auth", "/./a=/v1/auth",
                                       "/a%20b=/v1/auth", "/a?b=/v1/auth", "/{id}=/v1/auth", "=/v1/auth", "/a="}) {
    EXPECT_EQ(sentences(load_assignments({"http.aliases=" + std::string(wrong)})).size(), 1U) << wrong;
  }
}

TEST(ConfigKeys, StoreAGoodValueAndRefuseABadOneNamingTheRule) {
  for (const auto& [name, good, bad, is_stored] : cases) {
    SCOPED_TRACE(name);
    const auto* key = find_config_key(name);
    ASSERT_NE(key, nullptr);
    Config config;
    EXPECT_FALSE(is_stored(config));
    EXPECT_FALSE(set_value(config, *key, bad));
    EXPECT_FALSE(is_stored(config));
    EXPECT_TRUE(set_value(config, *key, good));
    EXPECT_TRUE(is_stored(config));

    const auto wrong = sentences(load_assignments({std::string(name) + "=" + std::string(bad)}));
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_EQ(wrong.front(), "--set: " + std::string(name) + " must be " + rule_of(*key) +
                                 (key->is_secret ? "" : ", not '" + printable(bad) + "'"));
  }
}

TEST(ConfigKeys, AllHaveACaseAboveAndADefaultAndAnExampleThatKeepTheirRule) {
  ASSERT_EQ(std::size(cases), config_keys().size());
  for (const auto& key : config_keys()) {
    SCOPED_TRACE(key.name);
    Config config;
    EXPECT_TRUE(std::ranges::find(cases, key.name, &KeyCase::key) != std::end(cases));
    EXPECT_NE(key.by_default.empty(), key.unset.empty());
    EXPECT_TRUE(key.by_default.empty() || set_value(config, key, key.by_default));
    EXPECT_TRUE(set_value(config, key, key.example));
    EXPECT_FALSE(key.what.empty() || key.example.empty());
  }
}

TEST(ConfigKeys, HaveVariablesThatCannotBeMistakenForOneAnother) {
  std::set<std::string> names;
  for (const auto& key : config_keys()) {
    const auto name = environment_name(key.name);
    EXPECT_TRUE(names.insert(name).second) << name;
    EXPECT_TRUE(names.insert(name + "_FILE").second) << name;
    EXPECT_FALSE(name.ends_with("_FILE")) << name;
  }
}

TEST(ConfigKeys, AgreeWithTheDefaultsOfTheModulesTheySet) {
  const auto loaded = load_config({});
  ASSERT_TRUE(loaded);
  const auto& config = loaded->config;
  EXPECT_EQ(config.argon2, crypto::Argon2Parameters{});
  EXPECT_EQ(config.lifetimes.access_token, sessions::Lifetimes{}.access_token);
  EXPECT_EQ(config.lifetimes.sliding, sessions::Lifetimes{}.sliding);
  EXPECT_EQ(config.lifetimes.absolute, sessions::Lifetimes{}.absolute);
  EXPECT_EQ(config.limits.body_bytes, transport::Limits{}.body_bytes);
  EXPECT_EQ(config.limits.connections, transport::Limits{}.connections);
  EXPECT_EQ(config.limits.idle_time, transport::Limits{}.idle_time);
  EXPECT_EQ(config.limits.request_time, transport::Limits{}.request_time);
  EXPECT_EQ(config.password.min_code_points, accounts::PasswordRules{}.min_code_points);
  EXPECT_EQ(config.password.min_guess_bits, accounts::PasswordRules{}.min_guess_bits);
  EXPECT_EQ(config.password.product_name, "Sallyport");
  EXPECT_EQ(config.listen.str(), "127.0.0.1:8080");
  EXPECT_EQ(config.shutdown_grace, 30s);
  EXPECT_FALSE(config.shutdown_delay || config.public_url || config.issuer);
}

TEST(ConfigNumber, TakesDigitsOnly) {
  for (const std::string_view text : {"", " 2", "2 ", "+2", "0x2", "2.0", "2k", "99999999999999999999"}) {
    Config config;
    EXPECT_FALSE(set_value(config, *find_config_key("loops"), text)) << text;
  }
}

TEST(ConfigDuration, TakesANumberWithOneUnit) {
  for (const std::string_view text : {"", "s", "10", "-1s", "1.5s", "1h30m", "10 s", "10S", "10000000000ms"}) {
    Config config;
    EXPECT_FALSE(set_value(config, *find_config_key("shutdown.grace"), text)) << text;
  }
  EXPECT_EQ(rule_of(*find_config_key("session.sliding")), "a duration from 1m to 3650d, in s, m, h or d");
}

RC_GTEST_PROP(ConfigValues, ANumberIsTakenIfItKeepsItsRuleAndNothingIsStoredElse, ()) {
  std::vector<const ConfigKey*> numbers;
  for (const auto& one : config_keys())
    if (std::holds_alternative<Number>(one.value)) numbers.push_back(&one);
  const auto& key = *numbers[*rc::gen::inRange<std::size_t>(0, numbers.size())];
  const auto* const number = std::get_if<Number>(&key.value);
  const auto value = *rc::gen::oneOf(rc::gen::inRange<std::int64_t>(number->least - 3, number->least + 3),
                                     rc::gen::inRange<std::int64_t>(number->most - 3, number->most + 3),
                                     rc::gen::arbitrary<std::int64_t>());

  Config config;
  const bool is_taken = set_value(config, key, std::to_string(value));

  RC_ASSERT(is_taken == (value >= number->least && value <= number->most));
}

RC_GTEST_PROP(ConfigValues, ADurationIsTakenIfItKeepsItsRule, ()) {
  const auto keys = config_keys();
  const auto& key = keys[*rc::gen::inRange<std::size_t>(0, keys.size())];
  const auto* const duration = std::get_if<Duration>(&key.value);
  RC_PRE((duration != nullptr));
  const auto [unit, milliseconds] = *rc::gen::elementOf(std::vector<std::pair<std::string, std::int64_t>>{
      {"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}});
  const auto border = (*rc::gen::element(duration->least, duration->most)).count() / milliseconds;
  const auto count = std::max<std::int64_t>(0, border + *rc::gen::inRange<std::int64_t>(-2, 3));
  const std::chrono::milliseconds value{count * milliseconds};

  Config config;
  const bool is_taken = set_value(config, key, std::to_string(count) + unit);

  RC_ASSERT(is_taken == (value >= duration->least && value <= duration->most && value % duration->step == 0ms));
}

RC_GTEST_PROP(ConfigValues, NoTextMakesAValueThrow, (const std::string& text)) {
  for (const auto& key : config_keys()) {
    Config config;
    set_value(config, key, text);
  }
}

}  // namespace
}  // namespace sallyport::app
