#include "app/config_report.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "adapters/maxmind/country_database.h"
#include "adapters/system/system_clock.h"
#include "app/config_origin.h"
#include "app/protection.h"
#include "transport/rest/json_writer.h"

namespace sallyport::app {
namespace {

using transport::rest::JsonWriter;

std::string_view kind_of(const ConfigKey& key) {
  static constexpr std::string_view kinds[] = {"integer", "duration", "boolean", "string", "list", "table"};
  static_assert(std::size(kinds) == std::variant_size_v<decltype(ConfigKey::value)>);
  return kinds[key.value.index()];
}

void member(JsonWriter& json, std::string_view name, std::string_view text) {
  json.member(name);
  json.text(text);
}

/// Of a table that was read before.
std::vector<std::pair<std::string, std::string>> known_entries(std::string_view text) {
  auto entries = table_entries(text);
  return entries ? std::move(*entries) : std::vector<std::pair<std::string, std::string>>{};
}

/// In the type that a TOML file gives it too; null if it is unset.
void write_value(JsonWriter& json, const ConfigKey& key, std::string_view text) {
  if (std::holds_alternative<List>(key.value)) {
    json.begin_array();
    for (const auto& item : list_items(text)) json.text(item);
    json.end_array();
  } else if (std::holds_alternative<Table>(key.value)) {
    json.begin_object();
    for (const auto& [name, value] : known_entries(text)) {
      json.member(name);
      json.text(value);
    }
    json.end_object();
  } else if (text.empty()) {
    json.null();
  } else if (std::holds_alternative<Number>(key.value)) {
    std::int64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    json.integer(number);
  } else if (std::holds_alternative<Flag>(key.value)) {
    json.boolean(text == "true");
  } else {
    json.text(text);
  }
}

std::string toml_value(const ConfigKey& key, std::string_view text) {
  if (std::holds_alternative<Number>(key.value) || std::holds_alternative<Flag>(key.value)) return std::string(text);
  std::string items;
  if (std::holds_alternative<Table>(key.value)) {
    for (const auto& [name, value] : known_entries(text))
      items += fmt::format("{}\"{}\" = \"{}\"", items.empty() ? "" : ", ", name, value);
    return "{ " + items + " }";
  }
  if (!std::holds_alternative<List>(key.value)) return fmt::format("\"{}\"", text);
  for (const auto& item : list_items(text)) items += fmt::format("{}\"{}\"", items.empty() ? "" : ", ", item);
  return "[" + items + "]";
}

/// For people, who need no backquotes in a terminal.
std::string plain(std::string_view text) {
  std::string words(text);
  std::erase(words, '`');
  return words;
}

std::string_view profile_name(Profile profile) { return profile == Profile::loadtest ? "loadtest" : "default"; }

bool has_master_key(const MasterKeyPlace& place) {
  std::error_code error;
  return place.file.empty() || std::filesystem::exists(place.file, error);
}

std::string master_key_origin(const MasterKeyPlace& place) {
  return place.variable.empty() ? place.file.string() : place.variable;
}

/// Whether `file` lies in `folder` or below it, as the paths are written.
bool is_within(const std::filesystem::path& file, const std::filesystem::path& folder) {
  std::error_code error;
  const auto inner = std::filesystem::absolute(file, error).lexically_normal();
  const auto outer = (std::filesystem::absolute(folder, error) / "").lexically_normal().parent_path();
  return std::ranges::mismatch(outer, inner).in1 == outer.end();
}

std::string json_line(auto&& write) {
  std::string line;
  JsonWriter json(line);
  json.begin_object();
  write(json);
  json.end_object();
  return line + "\n";
}

void write_texts(JsonWriter& json, std::string_view name, std::span<const std::string> texts) {
  json.member(name);
  json.begin_array();
  for (const auto& text : texts) json.text(text);
  json.end_array();
}

constexpr std::string_view guide = R"(# Configuration

This page is generated: `sallyport config keys --markdown`. Do not edit it.

`sallyport serve` needs no configuration. What you set comes from these places, weakest first:

1. the defaults below,
2. `--profile NAME`,
3. `--config FILE`,
4. the environment,
5. flags: `--set KEY=VALUE` for any key, in their order, then `--listen HOST:PORT` and `--data DIR`.

Changes take effect at the next start. An unknown key and a wrong value are errors, wherever they stand; all of them are
reported at once, and the status is 2. Outside of the file lists are separated by commas, and so are the `NAME=VALUE` pairs
of tables.

**File.** TOML, at most 64 KiB: `http.body_bytes` is `body_bytes` in the table `[http]`, or a dotted key. Only the file
that `--config` names is read; a `sallyport.toml` in the working folder is not.
Comments, and strings after a space, may hold any character, everything else ASCII only; multi-line strings are refused.

**Environment.** `http.body_bytes` is `SALLYPORT_HTTP_BODY_BYTES`. `SALLYPORT_HTTP_BODY_BYTES_FILE` names a file that
holds the value instead, as container secrets do; one newline at its end is dropped. Both at once are an error. Any other
variable that begins with `SALLYPORT_` is one too, except the master key's: `SALLYPORT_MASTER_KEY` or
`SALLYPORT_MASTER_KEY_FILE` ([operating.md](operating.md)), which no file and no flag can set.

**Profiles.** `default` changes nothing. `loadtest` is for a load generator on the same machine: new passwords may be
common ones (`password.refuse_common = false`), no network is limited (`limits.rate.*` are `off`), and nobody is told of
new devices (`mail.new_device = false`). It is refused with `public_url` or a listener that is not on loopback.

**Looking before starting.** `sallyport config check` takes the same flags as `serve`, prints every problem (status 2) or
what works but is probably not meant (status 0); `sallyport config show` prints the effective values and where each came
from. `--json` makes both, and `config keys`, readable to scripts.

Refused together: `session.sliding` longer than `session.absolute`; `hash.memory_kib` and `hash.passes` that are too weak
or too much; `allowed_origins` without `public_url`; a `public_url` of plain `http` whose host is not a loopback name;
`avatar.store = s3` without endpoint, bucket and keys; an `avatar.s3.endpoint` of plain `http` that is not on this
machine; `smtp.url` without `mail.from`; one of `smtp.user` and `smtp.password` without the other; `smtp.tls = none` with a
password unless the mail server is on this machine; one of `proxy.header` and `proxy.trusted` without the other, or
without `public_url`; `tls.keys` that are not as many as `tls.certificates`; `tls.required` without `tls.certificates`, or
with a `public_url` of plain `http`; `http.redirect_listen` without a `public_url` of `https`, or on the port of `listen`;
`hsts.preload` without `hsts.include_subdomains` or with less than a year of `hsts.max_age`.

)";

}  // namespace

std::string config_keys_text() {
  std::string text;
  for (const auto& key : config_keys()) {
    const auto value = key.by_default.empty() ? "unset: " + plain(key.unset) : std::string(key.by_default);
    text += fmt::format("{}  ({})\n    {}\n", key.name, value, plain(key.what));
  }
  return text;
}

std::string config_keys_json() {
  return json_line([](JsonWriter& json) {
    json.member("keys");
    json.begin_array();
    for (const auto& key : config_keys()) {
      json.begin_object();
      member(json, "key", key.name);
      member(json, "environment", environment_name(key.name));
      member(json, "type", kind_of(key));
      member(json, "rule", rule_of(key));
      member(json, "meaning", plain(key.what));
      json.member("default");
      write_value(json, key, key.by_default);
      if (!key.unset.empty()) member(json, "unset", plain(key.unset));
      json.member("example");
      write_value(json, key, key.example);
      member(json, "takes_effect", key.takes_effect);
      json.end_object();
    }
    json.end_array();
  });
}

std::string config_example_toml() {
  std::string text, group;
  const auto group_of = [](const ConfigKey& key) { return key.name.substr(0, key.name.find('.') + 1); };
  const auto add_line = [&](const ConfigKey& key) {
    text += fmt::format("{} = {}\n", key.name.substr(group_of(key).size()), toml_value(key, key.example));
  };
  for (const auto& key : config_keys()) {  // keys of no table come first, or they would belong to the one before
    if (group_of(key).empty()) add_line(key);
  }
  for (const auto& key : config_keys()) {
    if (group_of(key).empty()) continue;
    if (group != group_of(key)) {
      group = group_of(key);
      text += fmt::format("\n[{}]\n", group.substr(0, group.size() - 1));
    }
    add_line(key);
  }
  return text;
}

std::string config_keys_markdown() {
  std::string text(guide);
  text += "## Keys\n\n| key | value | default | meaning | takes effect |\n|---|---|---|---|---|\n";
  for (const auto& key : config_keys()) {
    const auto value =
        key.by_default.empty() ? "unset: " + std::string(key.unset) : fmt::format("`{}`", key.by_default);
    text += fmt::format("| `{}` | {} | {} | {} | {} |\n", key.name, rule_of(key), value, key.what, key.takes_effect);
  }
  return text + "\n## A file with every key\n\n```toml\n" + config_example_toml() + "```\n";
}

std::vector<std::string> config_warnings(const EffectiveConfig& effective) {
  const auto& config = effective.config;
  const auto& master_key = effective.master_key;
  std::vector<std::string> warnings;
  if (!config.public_url && !config.listen.address.is_loopback()) {
    warnings.push_back(fmt::format("{} can be reached from other machines, but without public_url all of them hear 421",
                                   config.listen.str()));
  }
  if (config.public_url && !master_key.file.empty() && is_within(master_key.file, config.data)) {
    warnings.push_back(
        fmt::format("the master key {} lies beside the data it protects; keep it elsewhere and name it "
                    "with SALLYPORT_MASTER_KEY_FILE",
                    printable(master_key.file.string())));
  }
  if (!master_key.variable.empty() && !has_master_key(master_key)) {
    warnings.push_back(fmt::format("there is no master key at {}, which {} names; serve will not start",
                                   printable(master_key.file.string()), master_key.variable));
  }
  for (const auto& origin : config.allowed_origins) {
    const auto parsed = Origin::parse(origin);
    if (parsed && parsed->scheme == Origin::Scheme::http && !parsed->is_loopback()) {
      warnings.push_back(
          fmt::format("allowed_origins has {}: whoever can change its pages on the network can act for "
                      "people who are signed in",
                      origin));
    }
  }
  if (config.public_url && config.listen.address.is_loopback() &&
      config.proxies.header == transport::ProxyHeader::none) {
    warnings.emplace_back(
        "clients of a proxy on this machine cannot be told apart, and limits.rate counts none of them; set "
        "proxy.header "
        "and proxy.trusted");
  }
  if (!config.has_pepper) {
    warnings.emplace_back(
        "password.pepper is false: whoever copies the database can guess passwords without the master key");
  }
  if (config.geo_database) {
    const auto database = maxmind::CountryDatabase::load(*config.geo_database);
    if (!database) warnings.push_back(printable(database.error().log_detail) + "; serve will not start");
  }
  std::ranges::move(tls_warnings(config, system_adapter::SystemClock().now()), std::back_inserter(warnings));
  if (config.profile == Profile::standard && config.password.min_guess_bits == 0) {
    warnings.emplace_back("password.refuse_common is false: passwords that are guessed at once are accepted");
  }
  const bool is_proof_required = config.registration.verification == accounts::VerificationMode::required;
  if (is_proof_required && config.smtp.host.empty()) {
    warnings.emplace_back(
        "verification.mode is required, but smtp.url is not set: nobody who registers gets the mail they need");
  }
  return warnings;
}

std::string config_show_text(const EffectiveConfig& effective) {
  std::string text = fmt::format("{:<24} {}\n", "profile", profile_name(effective.config.profile));
  for (const auto& [key, value, where] : effective.settings) {
    text += fmt::format("{:<24} {:<32} {}\n", key->name, value.empty() ? "(unset)" : value, where);
  }
  return text + fmt::format("{:<24} {:<32} {}\n", "master key",
                            has_master_key(effective.master_key) ? "set" : "(unset)",
                            printable(master_key_origin(effective.master_key)));
}

std::string config_show_json(const EffectiveConfig& effective) {
  return json_line([&](JsonWriter& json) {
    member(json, "profile", profile_name(effective.config.profile));
    json.member("settings");
    json.begin_array();
    for (const auto& [key, value, where] : effective.settings) {
      json.begin_object();
      member(json, "key", key->name);
      json.member("value");
      write_value(json, *key, value);
      member(json, "where", where);
      json.end_object();
    }
    json.end_array();
    json.member("master_key");
    json.begin_object();
    json.member("set");
    json.boolean(has_master_key(effective.master_key));
    member(json, "where", master_key_origin(effective.master_key));
    json.end_object();
  });
}

std::string config_check_text(const EffectiveConfig& effective) {
  std::string text;
  for (const auto& warning : config_warnings(effective)) text += "warning: " + warning + "\n";
  return text + "the configuration is valid\n";
}

std::string config_check_json(const EffectiveConfig& effective) {
  return json_line([&](JsonWriter& json) {
    json.member("ok");
    json.boolean(true);
    write_texts(json, "problems", {});
    write_texts(json, "warnings", config_warnings(effective));
  });
}

std::string config_problems_json(std::span<const ConfigProblem> problems) {
  return json_line([&](JsonWriter& json) {
    json.member("ok");
    json.boolean(false);
    json.member("problems");
    json.begin_array();
    for (const auto& problem : problems) {
      json.begin_object();
      member(json, "where", problem.where);
      member(json, "key", problem.key);
      member(json, "sentence", problem.sentence);
      json.end_object();
    }
    json.end_array();
    write_texts(json, "warnings", {});
  });
}

std::string config_problems_text(std::span<const ConfigProblem> problems) {
  std::string text;
  for (const auto& problem : problems) text += "sallyport: " + problem.str() + "\n";
  return text;
}

}  // namespace sallyport::app
