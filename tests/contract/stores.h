#pragma once

#include <memory>

#include "accounts/account_directory.h"
#include "accounts/account_store.h"
#include "accounts/administration_store.h"
#include "accounts/invitation_store.h"
#include "accounts/mail_requests.h"
#include "accounts/own_data.h"
#include "accounts/setup_store.h"
#include "audit/audit_log.h"
#include "avatars/avatar_store.h"
#include "flows/flow_upkeep.h"
#include "idempotency/idempotency_store.h"
#include "keys/signing_key_store.h"
#include "mail/outbox.h"
#include "recovery/recovery_store.h"
#include "sessions/session_store.h"
#include "throttle/attempt_store.h"
#include "verification/verification_store.h"

namespace sallyport::contract {

enum class Adapter { memory, sqlite };

/// Every port on one adapter, over an empty store of its own that goes with it.
class Stores {
 public:
  virtual ~Stores() = default;
  virtual accounts::AccountStore& accounts() = 0;
  virtual accounts::AdministrationStore& administration() = 0;
  virtual accounts::InvitationStore& invitations() = 0;
  virtual accounts::AccountDirectory& directory() = 0;
  virtual accounts::SetupStore& setup() = 0;
  virtual sessions::SessionStore& sessions() = 0;
  virtual throttle::AttemptStore& attempts() = 0;
  virtual audit::AuditLog& audit_log() = 0;
  virtual avatars::AvatarStore& avatars() = 0;
  virtual accounts::OwnDataStore& own_data() = 0;
  virtual mail::Outbox& outbox() = 0;
  virtual recovery::RecoveryStore& recovery() = 0;
  virtual flows::FlowUpkeep& flow_upkeep() = 0;
  virtual idempotency::IdempotencyStore& done_requests() = 0;
  virtual verification::VerificationStore& verification() = 0;
  virtual accounts::MailRequestStore& mail_requests() = 0;
  virtual keys::SigningKeyStore& signing_keys() = 0;
  /// What a change of password does to the account, behind the ports' back.
  virtual void move_credential_version(core::AccountId account) = 0;

  /// What the next start of the process does to the audit log: a new stream. Ports got before are gone.
  virtual void restart() = 0;
  /// The key that binds persons to the audit log.
  virtual const crypto::HmacKey& commitment_key() const = 0;
  /// The audit log as somebody with the database in hand sees and rewrites it.
  struct AuditTables {
    std::vector<audit::FoundRow> rows;  ///< by place
    std::vector<audit::StoredCheckpoint> checkpoints;
    std::optional<audit::StoredRemoval> removal;
  };
  virtual AuditTables audit_tables() = 0;
  virtual void replace_audit_tables(AuditTables tables) = 0;
};

std::unique_ptr<Stores> make_stores(Adapter adapter, const core::Clock& clock, const sessions::Lifetimes& lifetimes);

}  // namespace sallyport::contract
