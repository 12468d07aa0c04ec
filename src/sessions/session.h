#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/ids.h"

namespace sallyport::sessions {

/// How long things last (design.md 6).
struct Lifetimes {
  std::chrono::seconds access_token{15 * 60};
  std::chrono::seconds sliding{14 * 86'400};   ///< a session nobody refreshes ends after that
  std::chrono::seconds absolute{90 * 86'400};  ///< and every session after this
  std::chrono::seconds refresh_grace{10};      ///< a retried refresh gets the same successor
  std::size_t per_account = 100;               ///< the oldest goes
};

/// The device a session stays on, as its client describes it. `id` is given or fresh; the rest may be empty.
struct Device {
  std::string id;  ///< 1 to 255 code points
  std::string name;
  std::string type;
  std::string client_version;
  std::map<std::string, std::string> metadata;
  std::optional<core::Uuid> installation;
};

enum class EndReason {
  signed_out = 1,
  replaced = 2,
  refresh_reuse = 3,
  account_changed = 4,
  too_many = 5,
  revoked = 6
};

/// A session as it is made. Tokens are there as digests only.
struct NewSession {
  core::SessionId id;
  core::AccountId account;
  core::Digest token_digest;
  core::Digest refresh_digest;
  Device device;
  std::string ip;
  std::optional<std::string> country{};  ///< ISO 3166-1 alpha-2
  core::Timestamp created_at;
  core::Timestamp expires_at;
  core::Timestamp absolute_expires_at;
};

/// A live session as it is read.
struct Session {
  core::SessionId id;
  core::AccountId account;
  std::int64_t credential_version;
  std::string device_id;
  core::Timestamp created_at;
  core::Timestamp auth_time;
  core::Timestamp last_seen_at;
  core::Timestamp expires_at;
  core::Timestamp absolute_expires_at;
};

}  // namespace sallyport::sessions
