#pragma once

#include <optional>
#include <string>
#include <vector>

#include "accounts/account.h"
#include "core/result.h"
#include "core/task.h"
#include "flows/flow.h"
#include "mail/new_mail.h"

namespace sallyport::accounts {

/// What the store holds about one person, as that person may see it: no verifier, no digest of a token, no sealed mail.
/// Texts called JSON are objects that this program has written.

struct OwnAccount {
  Account account;
  std::optional<core::Timestamp> email_verified_at{}, phone_verified_at{};
  std::optional<core::Timestamp> password_stored_at;  ///< its verifier, which is made anew at some sign-ins
};

struct OwnSession {
  core::SessionId id;
  std::string device_id, device_name, device_type, client_version;
  std::string metadata;  ///< JSON
  std::optional<core::Uuid> installation;
  std::string ip;
  std::optional<std::string> country;
  core::Timestamp created_at, auth_time, last_seen_at, expires_at;
  std::int64_t activity_count = 0;
  std::optional<core::Timestamp> ended_at;  ///< kept for a while after its end
};

/// Where an event stands among those about one account.
struct OwnEventPlace {
  core::Timestamp at;
  core::Bytes stream;
  std::int64_t sequence = 0;
};

struct OwnEvent {
  OwnEventPlace place;
  std::string event;
  std::optional<core::SessionId> session;
  std::optional<std::string> person;  ///< JSON of audit::Origin; nothing once it is erased
};

struct OwnMail {
  mail::MailId id;
  std::string kind;
  std::optional<std::string> locale;
  core::Timestamp created_at;
  std::int64_t attempts = 0;
  std::optional<core::Timestamp> delivered_at, failed_at;
};

/// A link or code that was mailed, without what would prove it.
struct OwnFlow {
  flows::FlowId id;
  flows::FlowKind kind;
  std::optional<std::string> address;  ///< what the flow is to prove, if that is another one
  std::int64_t wrong_codes = 0;
  core::Timestamp created_at, expires_at;
};

/// Reading all of it, in pages from behind `after` on. Fails as the other stores do.
class OwnDataStore {
 public:
  virtual ~OwnDataStore() = default;
  /// `not_found` / "account_not_found".
  virtual core::Task<core::Result<OwnAccount>> account(core::AccountId id) = 0;
  /// Those that ended too, while they are kept; by id.
  virtual core::Task<core::Result<std::vector<OwnSession>>> sessions(core::AccountId id,
                                                                     std::optional<core::SessionId> after,
                                                                     int most) = 0;
  /// Oldest first.
  virtual core::Task<core::Result<std::vector<OwnEvent>>> events(core::AccountId id, std::optional<OwnEventPlace> after,
                                                                 int most) = 0;
  /// Oldest first.
  virtual core::Task<core::Result<std::vector<OwnMail>>> mails(core::AccountId id, std::optional<mail::MailId> after,
                                                               int most) = 0;
  /// Oldest first.
  virtual core::Task<core::Result<std::vector<OwnFlow>>> flows(core::AccountId id, std::optional<flows::FlowId> after,
                                                               int most) = 0;
};

}  // namespace sallyport::accounts
