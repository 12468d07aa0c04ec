#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/password_policy.h"
#include "core/result.h"
#include "crypto/argon2.h"
#include "sessions/session.h"
#include "throttle/attempt_counter.h"
#include "transport/limits.h"
#include "transport/server.h"

namespace sallyport::app {

/// Everything that can be set. The defaults serve a newcomer on loopback.
struct Config {
  transport::Endpoint listen;  ///< 127.0.0.1:8080
  std::string data = "./sallyport-data";
  std::optional<std::string> public_url;     ///< "https://auth.example.org"; no path, no trailing slash
  std::vector<std::string> allowed_origins;  ///< besides the public one
  std::optional<std::string> issuer;         ///< of tokens; `public_url` by default
  std::string audience = "sallyport";
  std::size_t loops = 0;         ///< 0: as many as cores
  std::size_t hash_threads = 0;  ///< 0: cores less one
  crypto::Argon2Parameters argon2;
  bool has_pepper = true;
  accounts::PasswordRules password;
  sessions::Lifetimes lifetimes;
  throttle::AttemptRules throttle;
  transport::Limits limits;
  std::chrono::milliseconds shutdown_grace{30'000};
  std::optional<std::chrono::milliseconds> shutdown_delay;  ///< unset: 0 on loopback, else 5 s
};

/// One thing that can be set: as `--set KEY=VALUE` or as the environment variable `SALLYPORT_KEY` (dots as
/// underscores).
struct ConfigKey {
  std::string_view name;
  std::string_view what;  ///< for people: meaning, unit, default
  core::Result<void> (*set)(Config& config, std::string_view value);
};

/// All keys, sorted.
std::span<const ConfigKey> config_keys();

/// Sets one key. `invalid` with "config_key_unknown" or "config_value_invalid"; `log_detail` is the sentence to print.
core::Result<void> set_config(Config& config, std::string_view key, std::string_view value);

/// The defaults, then the environment (`name=value` strings), then `key=value` settings in their order.
core::Result<Config> load_config(std::span<const std::string> environment, std::span<const std::string> settings);

}  // namespace sallyport::app
