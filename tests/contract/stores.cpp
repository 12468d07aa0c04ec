#include "stores.h"

#include "adapters/memory/stores.h"
#include "core/fake_random.h"
#include "core/manual_loop.h"
#include "sqlite_store.h"

namespace sallyport::contract {
namespace {

class MemoryStores final : public Stores {
 public:
  MemoryStores(const core::Clock& clock, const sessions::Lifetimes& lifetimes)
      : clock_(clock), store_(audit::Chain(random_.bytes<16>(), commitment_key_, random_), lifetimes, {}) {}
  accounts::AccountStore& accounts() override { return accounts_; }
  accounts::AdministrationStore& administration() override { return administration_; }
  accounts::InvitationStore& invitations() override { return invitations_; }
  accounts::AccountDirectory& directory() override { return directory_; }
  accounts::SetupStore& setup() override { return setup_; }
  sessions::SessionStore& sessions() override { return sessions_; }
  throttle::AttemptStore& attempts() override { return attempts_; }
  audit::AuditLog& audit_log() override { return audit_log_; }
  avatars::AvatarStore& avatars() override { return avatars_; }
  accounts::OwnDataStore& own_data() override { return own_data_; }
  mail::Outbox& outbox() override { return outbox_; }
  recovery::RecoveryStore& recovery() override { return recovery_; }
  flows::FlowUpkeep& flow_upkeep() override { return flow_upkeep_; }
  idempotency::IdempotencyStore& done_requests() override { return done_requests_; }
  verification::VerificationStore& verification() override { return verification_; }
  accounts::MailRequestStore& mail_requests() override { return mail_requests_; }
  keys::SigningKeyStore& signing_keys() override { return signing_keys_; }
  void move_credential_version(core::AccountId account) override {
    core::ManualLoop loop(clock_);
    loop.run(store_.run<void>([account](memory::MemoryState& state) -> core::Result<void> {
          ++state.accounts.at(account).account.credential_version;
          return {};
        }))
        .value();
  }
  void restart() override {
    with_state([this](memory::MemoryState& state) {
      state.chain = audit::Chain(random_.bytes<16>(), commitment_key_, random_);
    });
  }
  const crypto::HmacKey& commitment_key() const override { return commitment_key_; }
  AuditTables audit_tables() override {
    AuditTables tables;
    with_state([&](memory::MemoryState& state) {
      for (const auto& [place, row] : state.audit_chain) tables.rows.push_back(row);
      for (const auto& [number, checkpoint] : state.audit_checkpoints) tables.checkpoints.push_back(checkpoint);
      tables.removal = state.audit_removal;
    });
    return tables;
  }
  void replace_audit_tables(AuditTables tables) override {
    with_state([&](memory::MemoryState& state) {
      state.audit_chain.clear();
      state.audit_checkpoints.clear();
      for (const auto& row : tables.rows) state.audit_chain.emplace(row.place, row);
      for (const auto& checkpoint : tables.checkpoints) state.audit_checkpoints.emplace(checkpoint.number, checkpoint);
      state.audit_removal = tables.removal;
    });
  }

 private:
  template <class Work>
  void with_state(Work work) {
    core::ManualLoop loop(clock_);
    loop.run(store_.run<void>([&work](memory::MemoryState& state) -> core::Result<void> {
          work(state);
          return {};
        }))
        .value();
  }

  const core::Clock& clock_;
  core::FakeRandom random_;
  crypto::HmacKey commitment_key_{random_.secret(32)};
  memory::MemoryStore store_;
  memory::MemoryAccountStore accounts_{store_};
  memory::MemoryAdministrationStore administration_{store_};
  memory::MemoryInvitationStore invitations_{store_};
  memory::MemoryAccountDirectory directory_{store_};
  memory::MemorySetupStore setup_{store_};
  memory::MemorySessionStore sessions_{store_};
  memory::MemoryAttemptStore attempts_{store_};
  memory::MemoryAuditLog audit_log_{store_};
  memory::MemoryAvatarStore avatars_{store_};
  memory::MemoryOwnDataStore own_data_{store_};
  memory::MemoryOutbox outbox_{store_};
  memory::MemoryRecoveryStore recovery_{store_};
  memory::MemoryFlowUpkeep flow_upkeep_{store_};
  memory::MemoryIdempotencyStore done_requests_{store_};
  memory::MemoryVerificationStore verification_{store_};
  memory::MemoryMailRequestStore mail_requests_{store_};
  memory::MemorySigningKeyStore signing_keys_{store_};
};

class SqliteStores final : public Stores {
 public:
  SqliteStores(const core::Clock& clock, const sessions::Lifetimes& lifetimes) : clock_(clock), lifetimes_(lifetimes) {
    restart();
  }
  accounts::AccountStore& accounts() override { return store_->accounts; }
  accounts::AdministrationStore& administration() override { return store_->administration; }
  accounts::InvitationStore& invitations() override { return store_->invitations; }
  accounts::AccountDirectory& directory() override { return store_->directory; }
  accounts::SetupStore& setup() override { return store_->setup; }
  sessions::SessionStore& sessions() override { return store_->sessions; }
  throttle::AttemptStore& attempts() override { return store_->attempts; }
  audit::AuditLog& audit_log() override { return store_->audit_log; }
  avatars::AvatarStore& avatars() override { return store_->avatars; }
  accounts::OwnDataStore& own_data() override { return store_->own_data; }
  mail::Outbox& outbox() override { return store_->outbox; }
  recovery::RecoveryStore& recovery() override { return store_->recovery; }
  flows::FlowUpkeep& flow_upkeep() override { return store_->flow_upkeep; }
  idempotency::IdempotencyStore& done_requests() override { return store_->done_requests; }
  verification::VerificationStore& verification() override { return store_->verification; }
  accounts::MailRequestStore& mail_requests() override { return store_->mail_requests; }
  keys::SigningKeyStore& signing_keys() override { return store_->signing_keys; }
  void move_credential_version(core::AccountId account) override {
    auto connection = look();
    sqlite::Statement update(connection.handle(),
                             "UPDATE accounts SET credential_version = credential_version + 1 WHERE id = ?1");
    update.exec(account.uuid());
  }
  void restart() override {
    store_.reset();
    store_ = std::make_unique<SqliteStore>(folder_ / "store.db", clock_, lifetimes_, std::string{}, ++starts_);
  }
  const crypto::HmacKey& commitment_key() const override { return store_->commitment_key; }
  AuditTables audit_tables() override {
    auto connection = look();
    auto& queries = connection.queries();
    AuditTables tables;
    for (auto& row : queries.audit_rows_after({}, 0, 1'000'000)) {
      tables.rows.push_back({.place = {std::move(row.stream), row.sequence},
                             .at = row.at,
                             .event = std::move(row.event),
                             .account = row.account_id,
                             .session = row.session_id,
                             .person_commitment = row.person_commitment,
                             .previous = row.previous_hash,
                             .hash = row.hash,
                             .person = std::nullopt});
      if (row.salt) tables.rows.back().person.emplace(std::move(*row.salt), std::move(*row.person));
    }
    for (auto& row : queries.audit_checkpoints_after(0, 1'000'000)) {
      tables.checkpoints.push_back(
          {row.id, row.at, {std::move(row.text), std::move(row.key_id), std::move(row.signature)}});
    }
    if (auto row = queries.find_audit_removal())
      tables.removal = {row->checkpoint, row->at, {row->text, row->key_id, row->signature}};
    return tables;
  }
  void replace_audit_tables(AuditTables tables) override {
    auto connection = look();
    connection.execute(
        "PRAGMA foreign_keys = OFF; BEGIN IMMEDIATE; DELETE FROM audit_removals; DELETE FROM audit_checkpoints;"
        "DELETE FROM audit_persons; DELETE FROM audit_events");
    auto& queries = connection.queries();
    for (const auto& row : tables.rows) {
      queries.insert_audit_event({.stream = row.place.stream,
                                  .sequence = row.place.sequence,
                                  .at = row.at,
                                  .event = row.event,
                                  .account_id = row.account,
                                  .session_id = row.session,
                                  .person_commitment = row.person_commitment,
                                  .previous_hash = row.previous,
                                  .hash = row.hash});
      if (row.person) {
        queries.insert_audit_person({.stream = row.place.stream,
                                     .sequence = row.place.sequence,
                                     .salt = row.person->salt,
                                     .person = row.person->text});
      }
    }
    for (const auto& [number, at, document] : tables.checkpoints) {
      queries.insert_audit_checkpoint(
          {.id = number, .at = at, .text = document.text, .key_id = document.key_id, .signature = document.signature});
    }
    if (const auto& removal = tables.removal) {
      queries.insert_audit_removal({.checkpoint = removal->checkpoint,
                                    .at = removal->at,
                                    .text = removal->document.text,
                                    .key_id = removal->document.key_id,
                                    .signature = removal->document.signature});
    }
    connection.execute("COMMIT");
  }

 private:
  sqlite::Connection look() { return sqlite::Connection(folder_ / "store.db", sqlite::Access::read_write); }

  const core::Clock& clock_;
  const sessions::Lifetimes lifetimes_;
  system_adapter::TemporaryFolder folder_;
  std::uint64_t starts_ = 0;
  std::unique_ptr<SqliteStore> store_;
};

}  // namespace

std::unique_ptr<Stores> make_stores(Adapter adapter, const core::Clock& clock, const sessions::Lifetimes& lifetimes) {
  switch (adapter) {
    case Adapter::memory:
      return std::make_unique<MemoryStores>(clock, lifetimes);
    case Adapter::sqlite:
      return std::make_unique<SqliteStores>(clock, lifetimes);
  }
  std::unreachable();
}

}  // namespace sallyport::contract
