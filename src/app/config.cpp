#include "app/config.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>

#include "crypto/password_verifier.h"

namespace sallyport::app {
namespace {

using core::Result;

std::unexpected<core::Error> invalid(std::string sentence) {
  return std::unexpected(
      core::Error{.fault = core::Fault::invalid, .code = "config_value_invalid", .log_detail = std::move(sentence)});
}

template <class Number>
Result<Number> parse_number(std::string_view text, Number least, Number most) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || number < least || number > most) {
    return invalid("a whole number from " + std::to_string(least) + " to " + std::to_string(most));
  }
  return number;
}

template <class Number>
Result<void> set_number(Number& target, std::string_view text, Number least, Number most) {
  const auto number = parse_number<Number>(text, least, most);
  if (!number) return std::unexpected(number.error());
  target = *number;
  return {};
}

/// "250ms", "15s", "10m", "2h", "14d".
template <class Duration>
Result<void> set_duration(Duration& target, std::string_view text, std::chrono::milliseconds least,
                          std::chrono::milliseconds most) {
  static constexpr std::array<std::pair<std::string_view, std::int64_t>, 5> units{
      {{"ms", 1}, {"s", 1'000}, {"m", 60'000}, {"h", 3'600'000}, {"d", 86'400'000}}};
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const auto unit = std::ranges::find(units, text.substr(digits), [](const auto& entry) { return entry.first; });
  const auto number = parse_number<std::int64_t>(text.substr(0, digits), 0, 1'000'000'000);
  const auto sentence = "a duration such as 250ms, 15s, 10m, 2h or 14d, from " + std::to_string(least.count()) +
                        "ms to " + std::to_string(most.count()) + "ms";
  if (!number || unit == units.end()) return invalid(sentence);
  const std::chrono::milliseconds value{*number * unit->second};
  if (value < least || value > most) return invalid(sentence);
  target = std::chrono::duration_cast<Duration>(value);
  return {};
}

Result<void> set_bool(bool& target, std::string_view text) {
  if (text != "true" && text != "false") return invalid("true or false");
  target = text == "true";
  return {};
}

/// Scheme and authority, as browsers write an origin: lower case, no default port, nothing behind.
bool is_origin(std::string_view text) {
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const auto scheme = text.substr(0, scheme_end);
  const auto authority = text.substr(scheme_end + 3);
  const bool is_plain = std::ranges::all_of(authority, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':' || c == '[' || c == ']';
  });
  const auto default_port = scheme == "https" ? std::string_view(":443") : std::string_view(":80");
  return (scheme == "https" || scheme == "http") && !authority.empty() && is_plain &&
         !authority.ends_with(default_port);
}

using std::chrono::milliseconds;
constexpr milliseconds second{1'000}, minute{60'000}, hour{3'600'000}, day{86'400'000};

constexpr ConfigKey keys[] = {
    {"allowed_origins", "origins besides public_url whose pages may call with cookies, separated by commas",
     [](Config& config, std::string_view value) -> Result<void> {
       config.allowed_origins.clear();
       while (!value.empty()) {
         const auto end = std::min(value.find(','), value.size());
         if (!is_origin(value.substr(0, end)))
           return invalid("origins such as https://app.example.org, separated by commas");
         config.allowed_origins.emplace_back(value.substr(0, end));
         value.remove_prefix(std::min(end + 1, value.size()));
       }
       return {};
     }},
    {"data", "folder of the database, keys and lock (./sallyport-data)",
     [](Config& config, std::string_view value) -> Result<void> {
       if (value.empty()) return invalid("a folder");
       config.data = value;
       return {};
     }},
    {"hash.memory_kib", "Argon2id memory of one password hash in KiB (19456)",
     [](Config& config, std::string_view value) {
       return set_number<std::uint32_t>(config.argon2.memory_kib, value, 7'168, 1'048'576);
     }},
    {"hash.passes", "Argon2id passes over that memory (2)",
     [](Config& config, std::string_view value) {
       return set_number<std::uint32_t>(config.argon2.passes, value, 1, 64);
     }},
    {"hash.threads", "threads that hash passwords; 0 is one less than there are cores (0)",
     [](Config& config, std::string_view value) {
       return set_number<std::size_t>(config.hash_threads, value, 0, 1'024);
     }},
    {"http.body_bytes", "largest JSON body (65536)",
     [](Config& config, std::string_view value) {
       return set_number<std::size_t>(config.limits.body_bytes, value, 1'024, 16'777'216);
     }},
    {"http.connections", "open connections, all loops together (10000)",
     [](Config& config, std::string_view value) {
       return set_number<std::size_t>(config.limits.connections, value, 1, 1'000'000);
     }},
    {"http.idle_time", "between two requests of a connection (60s)",
     [](Config& config, std::string_view value) { return set_duration(config.limits.idle_time, value, second, hour); }},
    {"http.request_time", "for an answer, from the end of the request's head (15s)",
     [](Config& config, std::string_view value) {
       return set_duration(config.limits.request_time, value, second, 5 * minute);
     }},
    {"listen", "address and port (127.0.0.1:8080)",
     [](Config& config, std::string_view value) -> Result<void> {
       const auto endpoint = transport::Endpoint::parse(value);
       if (!endpoint) return invalid("an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080");
       config.listen = *endpoint;
       return {};
     }},
    {"loops", "threads that serve connections; 0 is as many as cores (0)",
     [](Config& config, std::string_view value) { return set_number<std::size_t>(config.loops, value, 0, 1'024); }},
    {"password.min_length", "code points a new password must have (8)",
     [](Config& config, std::string_view value) {
       return set_number<std::size_t>(config.password.min_code_points, value, 8, 128);
     }},
    {"password.pepper", "key the verifiers with a secret outside of the database (true)",
     [](Config& config, std::string_view value) { return set_bool(config.has_pepper, value); }},
    {"public_url", "where clients reach this server: https://auth.example.org. Without it only loopback is served",
     [](Config& config, std::string_view value) -> Result<void> {
       if (!is_origin(value))
         return invalid("an origin such as https://auth.example.org, in lower case, without path or default port");
       config.public_url = value;
       return {};
     }},
    {"session.absolute", "every session ends after this (90d)",
     [](Config& config, std::string_view value) {
       return set_duration(config.lifetimes.absolute, value, minute, 3'650 * day);
     }},
    {"session.access_token", "lifetime of an access token (15m)",
     [](Config& config, std::string_view value) {
       return set_duration(config.lifetimes.access_token, value, 10 * second, day);
     }},
    {"session.sliding", "a session nobody refreshes ends after this (14d)",
     [](Config& config, std::string_view value) {
       return set_duration(config.lifetimes.sliding, value, minute, 3'650 * day);
     }},
    {"shutdown.delay", "between 'not ready' and the end of listening (0s on loopback, else 5s)",
     [](Config& config, std::string_view value) {
       milliseconds delay{};
       auto set = set_duration(delay, value, milliseconds{0}, 5 * minute);
       if (set) config.shutdown_delay = delay;
       return set;
     }},
    {"shutdown.grace", "for running requests to end (30s)",
     [](Config& config, std::string_view value) {
       return set_duration(config.shutdown_grace, value, milliseconds{0}, hour);
     }},
    {"token.audience", "aud of access tokens (sallyport)",
     [](Config& config, std::string_view value) -> Result<void> {
       if (value.empty() || value.size() > 255) return invalid("1 to 255 bytes");
       config.audience = value;
       return {};
     }},
    {"token.issuer", "iss of access tokens (public_url, or http:// and the listening address)",
     [](Config& config, std::string_view value) -> Result<void> {
       if (value.empty() || value.size() > 255) return invalid("1 to 255 bytes");
       config.issuer = value;
       return {};
     }},
};
static_assert(std::ranges::is_sorted(keys, {}, &ConfigKey::name));

/// `hash.memory_kib` as `SALLYPORT_HASH_MEMORY_KIB`.
std::string environment_name(std::string_view key) {
  std::string name = "SALLYPORT_";
  for (const char c : key) name += c == '.' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

core::Error at(std::string_view where, core::Error error) {
  error.log_detail = std::string(where) + ": " + error.log_detail;
  return error;
}

}  // namespace

std::span<const ConfigKey> config_keys() { return keys; }

Result<void> set_config(Config& config, std::string_view key, std::string_view value) {
  const auto found = std::ranges::find(keys, key, &ConfigKey::name);
  if (found == std::end(keys)) {
    return std::unexpected(
        core::Error{.fault = core::Fault::invalid,
                    .code = "config_key_unknown",
                    .log_detail = "there is no setting '" + std::string(key) + "'; sallyport config keys lists them"});
  }
  auto set = found->set(config, value);
  if (!set) {
    set.error().log_detail =
        std::string(key) + " must be " + set.error().log_detail + ", not '" + std::string(value) + "'";
  }
  return set;
}

Result<Config> load_config(std::span<const std::string> environment, std::span<const std::string> settings) {
  Config config;
  config.listen = *transport::Endpoint::parse("127.0.0.1:8080");
  config.password.product_name = "sallyport";
  static constexpr std::string_view prefix = "SALLYPORT_";
  static constexpr std::array<std::string_view, 2> not_settings{"SALLYPORT_MASTER_KEY", "SALLYPORT_MASTER_KEY_FILE"};
  for (const auto& variable : environment) {
    const auto equals = variable.find('=');
    const std::string_view name = std::string_view(variable).substr(0, equals);
    if (!name.starts_with(prefix) || equals == std::string::npos ||
        std::ranges::find(not_settings, name) != not_settings.end())
      continue;
    const auto key =
        std::ranges::find(keys, name, [](const ConfigKey& candidate) { return environment_name(candidate.name); });
    if (key == std::end(keys)) {
      return std::unexpected(
          core::Error{.fault = core::Fault::invalid,
                      .code = "config_key_unknown",
                      .log_detail = "the environment sets " + std::string(name) + ", which is no setting"});
    }
    auto set = set_config(config, key->name, std::string_view(variable).substr(equals + 1));
    if (!set) return std::unexpected(at(name, std::move(set).error()));
  }
  for (const auto& setting : settings) {
    const auto equals = setting.find('=');
    if (equals == std::string::npos) return invalid("--set wants KEY=VALUE, not '" + setting + "'");
    auto set =
        set_config(config, std::string_view(setting).substr(0, equals), std::string_view(setting).substr(equals + 1));
    if (!set) return core::fail(std::move(set));
  }
  if (config.lifetimes.sliding > config.lifetimes.absolute) {
    return invalid("session.sliding must not be longer than session.absolute");
  }
  if (!crypto::is_within_bounds(config.argon2)) return invalid("hash.memory_kib times hash.passes is too much");
  // OWASP's least settings: 7 MiB with five passes, 9 with four, 12 with three, 19 with two, 46 with one.
  static constexpr std::array<std::pair<std::uint32_t, std::uint32_t>, 5> least{
      {{7'168, 5}, {9'216, 4}, {12'288, 3}, {19'456, 2}, {47'104, 1}}};
  const bool is_enough = std::ranges::any_of(least, [&](const auto& minimum) {
    return config.argon2.memory_kib >= minimum.first && config.argon2.passes >= minimum.second;
  });
  if (!is_enough) {
    return invalid(
        "hash.memory_kib and hash.passes are together too weak; the least are 7168 with 5, 9216 with 4, 12288 with 3, "
        "19456 with 2 or 47104 with 1");
  }
  return config;
}

}  // namespace sallyport::app
