#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "accounts/account_directory.h"
#include "accounts/password_policy.h"
#include "accounts/registration_rules.h"
#include "adapters/s3/s3_settings.h"
#include "adapters/smtp/smtp_settings.h"
#include "app/config_key.h"
#include "avatars/change_avatar.h"
#include "crypto/argon2.h"
#include "crypto/key_use.h"
#include "mail/mailbox.h"
#include "sessions/session.h"
#include "throttle/attempt_counter.h"
#include "throttle/rate_limits.h"
#include "transport/browser/strict_transport.h"
#include "transport/limits.h"
#include "transport/proxy/rules.h"
#include "transport/server.h"
#include "transport/tls/context.h"

namespace sallyport::app {

/// What the server is started for. `loadtest` makes it serve a load generator on the same machine and nobody else.
enum class Profile { standard, loadtest };

/// Everything that can be set. The defaults of what has a key are in its table (config.cpp).
struct Config {
  Profile profile = Profile::standard;
  transport::Endpoint listen;
  std::optional<transport::Endpoint> redirect_listen;  ///< a second listener, which leads to `public_url`
  std::vector<std::string> tls_certificates;           ///< files, the default first
  std::vector<std::string> tls_keys;                   ///< files, as many or none: then they are in those above
  transport::tls::Version tls_least{};
  std::optional<bool> tls_required;  ///< unset: where there are certificates
  std::string data;
  std::optional<std::string> public_url;                     ///< "https://auth.example.org"; no path, no trailing slash
  std::vector<std::string> allowed_origins;                  ///< besides the public one
  std::vector<std::pair<std::string, std::string>> aliases;  ///< path prefixes, each with the one it stands for
  std::vector<std::string> forward_auth_origins;             ///< whose addresses browsers may be sent back to
  std::optional<std::string> sign_in_url;  ///< where forward-auth sends browsers that are not signed in
  std::optional<std::string> issuer;       ///< of tokens; `public_url` by default
  std::string audience;
  crypto::TokenFormat token_format{};                     ///< of keys made from now on, as are algorithm and lifetime
  crypto::SigningAlgorithm token_algorithm{};             ///< any but v4.public
  std::chrono::seconds invitation_valid_for{7 * 86'400};  ///< from the mail on
  std::chrono::seconds key_lifetime{};                    ///< 0: keys are not rotated unasked
  std::chrono::seconds key_notice{};                      ///< the max-age of the JWKS, too
  std::optional<std::chrono::seconds> audit_retention;    ///< unset: rows are kept for ever
  std::chrono::seconds restore_window{};                  ///< deleted accounts are erased after it
  avatars::AvatarRules avatar{};
  bool has_picture_bucket = false;  ///< pictures are in `s3`, instead of in the data folder
  s3::S3Settings s3;
  std::size_t loops = 0;         ///< 0: as many as cores
  std::size_t hash_threads = 0;  ///< 0: cores less one
  crypto::Argon2Parameters argon2;
  bool has_pepper = true;
  std::string product_name;  ///< in mails, and not in passwords
  accounts::PasswordRules password;
  accounts::RegistrationRules registration;
  accounts::DirectoryReaders directory_readers{};
  std::chrono::seconds verification_valid_for{};  ///< of links and codes that prove an address
  sessions::Lifetimes lifetimes;
  std::chrono::seconds recovery_valid_for{};  ///< of a mail's link and code
  std::chrono::seconds session_retention{};   ///< of what has ended or expired
  throttle::AttemptRules throttle;
  throttle::RateLimits rates;
  transport::StrictTransport strict_transport;
  transport::Limits limits;
  transport::ProxyRules proxies;
  std::optional<std::string> geo_database;  ///< a file
  std::optional<mail::Mailbox> mail_from;
  std::string mail_language;
  std::optional<std::string> mail_templates;  ///< a folder
  std::optional<bool> has_welcome_mail;       ///< unset: where there is a mail server
  bool has_new_device_mail = false;
  int mail_attempts = 0;
  std::chrono::milliseconds mail_retention{};  ///< of what is delivered or given up
  smtp::SmtpSettings smtp;                     ///< without a host: mails are kept for whoever runs the server
  std::chrono::milliseconds shutdown_grace{};
  std::optional<std::chrono::milliseconds> shutdown_delay;  ///< unset: 0 on loopback, else 5 s
};

/// The `aud` that every installation has which does not set its own.
inline constexpr std::string_view default_audience = "sallyport";

/// All keys, sorted by name. The table in config.cpp is what `config keys` and docs/configuration.md say.
std::span<const ConfigKey> config_keys();

/// Null when there is none of that name.
const ConfigKey* find_config_key(std::string_view name);

}  // namespace sallyport::app
