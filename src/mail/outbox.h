#pragma once

#include <string>
#include <variant>
#include <vector>

#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"
#include "mail/new_mail.h"

namespace sallyport::mail {

enum class MailState {
  waiting,    ///< due, or tried and due again
  delivered,  ///< taken by the mail server; the payload is gone
  failed,     ///< given up (a dead letter); the payload is kept for a retry
};

/// A mail as it stands.
struct StoredMail {
  MailId id;
  std::string kind;  ///< `to_text` of a `MailKind`, or one of a later release
  std::optional<core::AccountId> account;
  std::optional<std::string> locale;
  core::Bytes payload;  ///< sealed; empty once delivered
  MailState state;
  core::Timestamp created_at;
  std::optional<core::Timestamp> due_at;      ///< of the next try, while waiting
  std::optional<core::Timestamp> settled_at;  ///< delivered or given up
  std::int64_t attempts = 0;
  std::string last_error;
};

/// A mail that nobody else sends until the lease is over. The fence tells this lease from any later one.
struct LeasedMail {
  StoredMail mail;
  std::int64_t fence;
};

/// How a try ended.
struct Delivered {};
struct Postponed {
  core::Timestamp due_at;
  std::string error;
};
struct GivenUp {
  std::string error;
};
using Settlement = std::variant<Delivered, Postponed, GivenUp>;

struct MailFilter {
  std::optional<MailState> state;
  std::optional<MailId> before;  ///< only older ones
  int most = 50;
};

/// How many mails there are that somebody should care about.
struct OutboxSummary {
  std::int64_t waiting = 0;
  std::int64_t failed = 0;
  std::optional<core::Timestamp> oldest_waiting;  ///< when it was written
};

/// Mails on their way. They come in with their causes (`NewMail` of other ports' writes) and are sent at least once: a
/// server that dies between sending and settling sends again when the lease is over. All may also fail with
/// `unavailable` / "store_unavailable" or "overloaded", and as an interrupted task does.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// Takes due mails that nobody holds, the longest due first, and counts the attempt.
  virtual core::Task<core::Result<std::vector<LeasedMail>>> lease(core::Timestamp now, core::Timestamp until,
                                                                  int most) = 0;
  /// `conflict` / "lease_lost" when the mail has been leased again or settled since.
  virtual core::Task<core::Result<void>> settle(MailId id, std::int64_t fence, Settlement settlement,
                                                core::Timestamp now) = 0;
  /// When the next one is due or its lease is over; nothing if none waits.
  virtual core::Task<core::Result<std::optional<core::Timestamp>>> next_due() = 0;

  /// Newest first.
  virtual core::Task<core::Result<std::vector<StoredMail>>> list(MailFilter filter) = 0;
  /// `not_found` / "mail_not_found".
  virtual core::Task<core::Result<StoredMail>> find(MailId id) = 0;
  /// As `find`, for a person who is shown what is in it: the audit event `mail_read` is written with it.
  virtual core::Task<core::Result<StoredMail>> read(MailId id, core::Timestamp now, audit::Origin origin) = 0;
  virtual core::Task<core::Result<OutboxSummary>> summary() = 0;
  /// Makes one that waits or was given up due now, as if it had never been tried. `not_found` / "mail_not_found";
  /// `conflict` / "mail_delivered".
  virtual core::Task<core::Result<void>> retry(MailId id, core::Timestamp now) = 0;
  /// The same for all that were given up, and says how many that were.
  virtual core::Task<core::Result<std::int64_t>> retry_failed(core::Timestamp now) = 0;
  /// Removes up to `most` of those settled before the one time, or made before the other and still waiting, and says
  /// how many that were: where no mail server is configured nobody sends them, and they must not pile up.
  virtual core::Task<core::Result<std::int64_t>> tidy(core::Timestamp settled_before,
                                                      core::Timestamp waiting_since_before, int most) = 0;
};

}  // namespace sallyport::mail
