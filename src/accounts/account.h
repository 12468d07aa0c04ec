#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "accounts/email.h"
#include "core/clock.h"
#include "core/ids.h"

namespace sallyport::accounts {

/// Stored by number, as in `core.v1.UserStatus`. Told only to whoever knows the password.
enum class AccountStatus { pending = 1, active = 2, suspended = 3, deleted = 4 };
/// Stored by number, as in `core.v1.UserRole`.
enum class Role { admin = 1, user = 2, guest = 3 };

constexpr std::string_view to_text(AccountStatus status) {
  switch (status) {
    case AccountStatus::pending:
      return "pending";
    case AccountStatus::active:
      return "active";
    case AccountStatus::suspended:
      return "suspended";
    case AccountStatus::deleted:
      return "deleted";
  }
  std::unreachable();
}

constexpr std::string_view to_text(Role role) {
  switch (role) {
    case Role::admin:
      return "admin";
    case Role::user:
      return "user";
    case Role::guest:
      return "guest";
  }
  std::unreachable();
}

/// The status or role of that name.
constexpr std::optional<AccountStatus> parse_account_status(std::string_view text) {
  for (const auto status :
       {AccountStatus::pending, AccountStatus::active, AccountStatus::suspended, AccountStatus::deleted})
    if (to_text(status) == text) return status;
  return std::nullopt;
}

constexpr std::optional<Role> parse_role(std::string_view text) {
  for (const auto role : {Role::admin, Role::user, Role::guest})
    if (to_text(role) == text) return role;
  return std::nullopt;
}

/// A registered person, as the store holds them. A value read at one moment: whoever decides on it has the decision
/// re-checked by the write that follows.
struct Account {
  core::AccountId id;
  std::string email;  ///< as typed
  bool is_email_verified = false;
  std::optional<std::string> phone;  ///< E.164; no identifier until it is verified
  bool is_phone_verified = false;
  std::optional<std::string> display_name;
  std::optional<std::string> locale;
  std::optional<std::string> time_zone;
  std::optional<std::string> avatar;  ///< avatars/picture_object.h: `PictureObject::name`
  Role role = Role::user;
  AccountStatus status = AccountStatus::active;
  /// Moves with every change of password; what was signed in before it is signed out by it.
  std::int64_t credential_version = 1;
  bool has_password = true;
  core::Timestamp created_at{};
  core::Timestamp updated_at{};
};

}  // namespace sallyport::accounts
