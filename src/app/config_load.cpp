#include "app/config_load.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "app/config_origin.h"
#include "app/protection.h"
#include "crypto/password_verifier.h"

namespace sallyport::app {
namespace {

/// OWASP's least settings: 7 MiB with five passes, 9 with four, 12 with three, 19 with two, 46 with one.
bool is_strong_enough(const crypto::Argon2Parameters& argon2) {
  static constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 5> least{
      {{7'168, 5}, {9'216, 4}, {12'288, 3}, {19'456, 2}, {47'104, 1}}};
  return std::ranges::any_of(least, [&](const auto& minimum) {
    return argon2.memory_kib >= minimum.first && argon2.passes >= minimum.second;
  });
}

/// As an origin's host may be: 127.0.0.0/8, [::1] or localhost.
bool is_loopback_host(const std::string& host) {
  const auto origin = Origin::parse("http://" + host);
  return origin && origin->is_loopback();
}

class Resolution {
 public:
  explicit Resolution(GatheredSettings gathered) : problems_(std::move(gathered.problems)) {
    effective_.config.profile = gathered.profile;
    for (const auto& key : config_keys()) {
      effective_.settings.push_back({&key, std::string(key.by_default), "default"});
      if (!key.by_default.empty()) set_value(effective_.config, key, key.by_default);
    }
    for (auto& setting : gathered.settings) apply(std::move(setting));
  }

  LoadedConfig finish() && {
    check_combinations();
    if (!problems_.empty()) return std::unexpected(std::move(problems_));
    return std::move(effective_);
  }

 private:
  void apply(Setting setting) {
    const auto entry =
        std::ranges::find(effective_.settings, setting.key, [](const auto& one) { return one.key->name; });
    if (entry == effective_.settings.end()) {
      std::vector<std::string> known;
      for (const auto& key : config_keys()) known.emplace_back(key.name);
      auto sentence = unknown_name("setting", setting.key, known);
      problems_.push_back({std::move(setting.where), printable(setting.key), std::move(sentence)});
    } else if (set_value(effective_.config, *entry->key, setting.value)) {
      entry->value = entry->key->is_secret ? "(secret)" : std::move(setting.value);
      entry->where = std::move(setting.where);
    } else {
      const auto held = setting.echo == Echo::no ? std::string(", not what it holds")
                        : entry->key->is_secret  ? std::string()
                                                 : fmt::format(", not '{}'", printable(setting.value));
      auto sentence = fmt::format("{} must be {}{}", setting.key, rule_of(*entry->key), held);
      problems_.push_back({std::move(setting.where), std::move(setting.key), std::move(sentence)});
    }
  }

  /// "session.sliding (sallyport.toml:4)".
  std::string named(std::string_view key) const {
    const auto entry = std::ranges::find(effective_.settings, key, [](const auto& one) { return one.key->name; });
    return fmt::format("{} ({})", key, entry->where);
  }

  void check_combinations() {
    // A source or value that could not be read leaves a weaker one in its place: no ground to complain about.
    const auto is_known = [&](std::initializer_list<std::string_view> keys) {
      return std::ranges::none_of(problems_, [&](const auto& problem) {
        return problem.key.empty() || std::ranges::find(keys, problem.key) != keys.end();
      });
    };
    std::vector<ConfigProblem> found;
    const auto refuse_if = [&](bool is_wrong, std::initializer_list<std::string_view> keys, std::string sentence) {
      if (is_wrong && is_known(keys)) found.push_back({"", std::string(*keys.begin()), std::move(sentence)});
    };
    const auto& config = effective_.config;
    const auto& public_url = config.public_url;

    refuse_if(config.lifetimes.sliding > config.lifetimes.absolute, {"session.sliding", "session.absolute"},
              fmt::format("{} must not be longer than {}", named("session.sliding"), named("session.absolute")));

    refuse_if(!crypto::in_format(config.token_format, config.token_algorithm), {"token.algorithm", "token.format"},
              fmt::format("{} cannot be {} in {} paseto; only EdDSA can", named("token.algorithm"),
                          to_text(config.token_algorithm), named("token.format")));
    refuse_if(config.token_algorithm == crypto::SigningAlgorithm::hs256 && config.audience == default_audience,
              {"token.algorithm", "token.audience"},
              fmt::format("{} HS256 needs {} to name one audience of your own: whoever verifies can sign, too",
                          named("token.algorithm"), named("token.audience")));
    const bool is_key_short_lived =
        config.key_lifetime <= config.lifetimes.access_token || config.key_lifetime <= 2 * config.key_notice;
    refuse_if(config.key_lifetime.count() != 0 && is_key_short_lived,
              {"token.key_lifetime", "session.access_token", "token.key_notice"},
              fmt::format("{} must be longer than {} and twice {}, or 0s", named("token.key_lifetime"),
                          named("session.access_token"), named("token.key_notice")));

    const auto hash = fmt::format("{} and {} together", named("hash.memory_kib"), named("hash.passes"));
    refuse_if(!crypto::is_within_bounds(config.argon2), {"hash.memory_kib", "hash.passes"},
              hash + " are too much; memory times passes may be 4194304 at most");
    refuse_if(
        !is_strong_enough(config.argon2), {"hash.memory_kib", "hash.passes"},
        hash + " are too weak; the least are 7168 with 5, 9216 with 4, 12288 with 3, 19456 with 2 or 47104 with 1");

    const auto origin = public_url ? Origin::parse(*public_url) : std::nullopt;
    refuse_if(origin && origin->scheme == Origin::Scheme::http && !origin->is_loopback(), {"public_url"},
              named("public_url") +
                  " must begin with https:// unless its host is this machine; passwords and tokens "
                  "would cross the network for anyone to read");
    refuse_if(!public_url && !config.allowed_origins.empty(), {"allowed_origins", "public_url"},
              named("allowed_origins") + " are origins besides public_url, which is not set; set it too");

    const auto& proxies = config.proxies;
    const bool has_header = proxies.header != transport::ProxyHeader::none;
    refuse_if(
        has_header == proxies.trusted.empty(), {"proxy.header", "proxy.trusted"},
        fmt::format("{} and {} belong together; set both or neither", named("proxy.header"), named("proxy.trusted")));
    refuse_if(has_header && !public_url, {"proxy.header", "public_url"},
              named("proxy.header") + " is for a server behind a proxy, which needs public_url; set it too");

    refuse_if(!config.tls_keys.empty() && config.tls_keys.size() != config.tls_certificates.size(),
              {"tls.keys", "tls.certificates"},
              fmt::format("{} must name as many files as {}, in the same order", named("tls.keys"),
                          named("tls.certificates")));
    refuse_if(config.tls_required.value_or(false) && config.tls_certificates.empty(),
              {"tls.required", "tls.certificates"},
              named("tls.required") + " needs a certificate; set tls.certificates and tls.keys");
    refuse_if(
        is_tls_required(config) && origin && origin->scheme == Origin::Scheme::http,
        {"public_url", "tls.required", "tls.certificates"},
        named("public_url") +
            " must begin with https://: with tls.certificates plain HTTP is refused unless tls.required is false");
    refuse_if(config.redirect_listen && !(origin && origin->scheme == Origin::Scheme::https),
              {"http.redirect_listen", "public_url"},
              named("http.redirect_listen") + " leads to public_url, which must be set and begin with https://");
    refuse_if(config.redirect_listen && config.redirect_listen->str() == config.listen.str() && config.listen.port != 0,
              {"http.redirect_listen", "listen"},
              fmt::format("{} must be another port than {}", named("http.redirect_listen"), named("listen")));

    const auto& hsts = config.strict_transport;
    static constexpr std::chrono::days preload_age{365};  // https://hstspreload.org
    refuse_if(hsts.preloads && (!hsts.includes_subdomains || hsts.max_age < preload_age),
              {"hsts.preload", "hsts.include_subdomains", "hsts.max_age"},
              named("hsts.preload") + " needs hsts.include_subdomains and an hsts.max_age of 365d at least");

    const auto& smtp = config.smtp;
    refuse_if(!smtp.host.empty() && !config.mail_from, {"mail.from", "smtp.url"},
              named("smtp.url") + " sends mails, so mail.from must say from whom");
    refuse_if(smtp.user.empty() != !smtp.password, {"smtp.user", "smtp.password"},
              "smtp.user and smtp.password belong together; set both or neither");
    refuse_if(smtp.tls == smtp::Tls::none && smtp.password && !is_loopback_host(smtp.host),
              {"smtp.tls", "smtp.password", "smtp.url"},
              named("smtp.tls") +
                  " is none, so smtp.password would cross the network for anyone to read; use starttls "
                  "or implicit");

    const auto& s3 = config.s3;
    const bool is_bucket_whole =
        !s3.endpoint.empty() && !s3.bucket.empty() && !s3.access_key.empty() && s3.secret_key != nullptr;
    refuse_if(
        config.has_picture_bucket && !is_bucket_whole,
        {"avatar.store", "avatar.s3.endpoint", "avatar.s3.bucket", "avatar.s3.access_key", "avatar.s3.secret_key"},
        named("avatar.store") + " is s3, so avatar.s3.endpoint, bucket, access_key and secret_key must be set");
    const auto storage = Origin::parse(s3.endpoint);
    refuse_if(storage && storage->scheme == Origin::Scheme::http && !storage->is_loopback(), {"avatar.s3.endpoint"},
              named("avatar.s3.endpoint") +
                  " must begin with https:// unless its host is this machine; pictures would "
                  "cross the network for anyone to read");

    const bool is_loadtest = config.profile == Profile::loadtest;
    refuse_if(is_loadtest && public_url.has_value(), {"public_url"},
              "the profile loadtest lifts protections, so it is refused together with " + named("public_url") +
                  "; unset one of them");
    refuse_if(is_loadtest && !config.listen.address.is_loopback(), {"listen"},
              "the profile loadtest lifts protections, so " + named("listen") +
                  " must be a loopback address with it, such as 127.0.0.1:8080");
    std::ranges::move(found, std::back_inserter(problems_));
  }

  EffectiveConfig effective_;
  std::vector<ConfigProblem> problems_;
};

/// As `load_master_key` looks for it, except that two answers are refused here.
MasterKeyPlace master_key_place(const ConfigSources& sources, std::vector<ConfigProblem>& problems) {
  MasterKeyPlace place;
  for (const std::string_view variable : sources.environment) {
    const auto equals = variable.find('=');
    const auto name = variable.substr(0, equals);
    if (name != "SALLYPORT_MASTER_KEY" && name != "SALLYPORT_MASTER_KEY_FILE") continue;
    if (!place.variable.empty() && place.variable != name) {
      problems.push_back({"environment", std::string("SALLYPORT_MASTER_KEY"),
                          "SALLYPORT_MASTER_KEY and SALLYPORT_MASTER_KEY_FILE are both set; unset one"});
    }
    place.variable = name;
    if (name.ends_with("_FILE")) place.file = variable.substr(std::min(equals + 1, variable.size()));
  }
  return place;
}

}  // namespace

LoadedConfig load_config(const ConfigSources& sources) {
  GatheredSettings gathered;
  add_profile(gathered, sources.profile);
  if (sources.file) add_config_file(gathered, *sources.file);
  add_environment(gathered, sources.environment);
  for (const auto& assignment : sources.assignments) add_assignment(gathered, assignment);
  if (sources.listen) gathered.settings.push_back({"listen", *sources.listen, "--listen"});
  if (sources.data) gathered.settings.push_back({"data", *sources.data, "--data"});
  auto master_key = master_key_place(sources, gathered.problems);

  auto loaded = resolve_config(std::move(gathered));
  if (!loaded) return loaded;
  if (master_key.variable.empty()) master_key.file = std::filesystem::path(loaded->config.data) / "master.key";
  loaded->master_key = std::move(master_key);
  return loaded;
}

LoadedConfig resolve_config(GatheredSettings gathered) { return Resolution(std::move(gathered)).finish(); }

}  // namespace sallyport::app
