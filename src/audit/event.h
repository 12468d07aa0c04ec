#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "core/bytes.h"
#include "core/clock.h"
#include "core/ids.h"

namespace sallyport::audit {

/// What happened. Stored by name, so a name never changes its meaning.
enum class Event {
  account_registered,
  registration_repeated,
  address_verified,
  account_disowned,
  profile_changed,
  password_changed,
  password_recovered,
  password_set,
  address_changed,
  role_changed,
  account_status_changed,
  account_created,
  account_restored,
  invitation_sent,
  invitation_accepted,
  administrator_created,
  setup_token_made,
  setup_token_used,
  signed_in,
  sign_in_failed,
  sign_in_locked,
  reauthenticated,
  session_replaced,
  session_ended,
  session_revoked,
  all_sessions_ended,
  refresh_token_reused,
  signing_key_rotated,
  master_key_rotated,
  keys_exported,
  keys_imported,
  mail_read,
};

constexpr std::string_view to_text(Event event) {
  switch (event) {
    case Event::account_registered:
      return "account_registered";
    case Event::registration_repeated:
      return "registration_repeated";
    case Event::address_verified:
      return "address_verified";
    case Event::account_disowned:
      return "account_disowned";
    case Event::profile_changed:
      return "profile_changed";
    case Event::password_changed:
      return "password_changed";
    case Event::password_recovered:
      return "password_recovered";
    case Event::password_set:
      return "password_set";
    case Event::address_changed:
      return "address_changed";
    case Event::role_changed:
      return "role_changed";
    case Event::account_status_changed:
      return "account_status_changed";
    case Event::account_created:
      return "account_created";
    case Event::account_restored:
      return "account_restored";
    case Event::invitation_sent:
      return "invitation_sent";
    case Event::invitation_accepted:
      return "invitation_accepted";
    case Event::administrator_created:
      return "administrator_created";
    case Event::setup_token_made:
      return "setup_token_made";
    case Event::setup_token_used:
      return "setup_token_used";
    case Event::signed_in:
      return "signed_in";
    case Event::sign_in_failed:
      return "sign_in_failed";
    case Event::sign_in_locked:
      return "sign_in_locked";
    case Event::reauthenticated:
      return "reauthenticated";
    case Event::session_replaced:
      return "session_replaced";
    case Event::session_ended:
      return "session_ended";
    case Event::session_revoked:
      return "session_revoked";
    case Event::all_sessions_ended:
      return "all_sessions_ended";
    case Event::refresh_token_reused:
      return "refresh_token_reused";
    case Event::signing_key_rotated:
      return "signing_key_rotated";
    case Event::master_key_rotated:
      return "master_key_rotated";
    case Event::keys_exported:
      return "keys_exported";
    case Event::keys_imported:
      return "keys_imported";
    case Event::mail_read:
      return "mail_read";
  }
  std::unreachable();
}

/// Where a request came from: what a person recognises as theirs or not. Kept apart from the chain, so that it can be
/// erased with the person (design.md 6).
struct Origin {
  std::string ip;
  std::string user_agent;
  std::string request_id;
  std::optional<core::AccountId> actor{};  ///< who did it, where it is not the owner of the account it is about
};

/// One row of the log, before the writer gives it its place in a chain.
struct Entry {
  Event event;
  core::Timestamp at;
  std::optional<core::AccountId> account;
  std::optional<core::SessionId> session;
  Origin origin;
};

/// A row as it stands in the log.
struct StoredEntry {
  std::string event;
  core::Timestamp at;
  std::optional<core::AccountId> account;
  std::optional<core::SessionId> session;
  std::string ip;                        ///< empty once erased
  std::optional<core::AccountId> actor;  ///< as in `Origin`; nothing once erased
  core::Bytes stream;
  std::int64_t sequence = 0;
};

}  // namespace sallyport::audit
