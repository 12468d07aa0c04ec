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
  accounts::AccountDirectory& directory() override { return directory_; }
  sessions::SessionStore& sessions() override { return sessions_; }
  throttle::AttemptStore& attempts() override { return attempts_; }
  audit::AuditLog& audit_log() override { return audit_log_; }
  mail::Outbox& outbox() override { return outbox_; }
  void move_credential_version(core::AccountId account) override {
    core::ManualLoop loop(clock_);
    loop.run(store_.run<void>([account](memory::MemoryState& state) -> core::Result<void> {
          ++state.accounts.at(account).account.credential_version;
          return {};
        }))
        .value();
  }

 private:
  const core::Clock& clock_;
  core::FakeRandom random_;
  crypto::HmacKey commitment_key_{random_.secret(32)};
  memory::MemoryStore store_;
  memory::MemoryAccountStore accounts_{store_};
  memory::MemoryAccountDirectory directory_{store_};
  memory::MemorySessionStore sessions_{store_};
  memory::MemoryAttemptStore attempts_{store_};
  memory::MemoryAuditLog audit_log_{store_};
  memory::MemoryOutbox outbox_{store_};
};

class SqliteStores final : public Stores {
 public:
  SqliteStores(const core::Clock& clock, const sessions::Lifetimes& lifetimes)
      : store_(folder_ / "store.db", clock, lifetimes) {}
  accounts::AccountStore& accounts() override { return store_.accounts; }
  accounts::AccountDirectory& directory() override { return store_.directory; }
  sessions::SessionStore& sessions() override { return store_.sessions; }
  throttle::AttemptStore& attempts() override { return store_.attempts; }
  audit::AuditLog& audit_log() override { return store_.audit_log; }
  mail::Outbox& outbox() override { return store_.outbox; }
  void move_credential_version(core::AccountId account) override {
    sqlite::Connection connection(folder_ / "store.db", sqlite::Access::read_write);
    sqlite::Statement update(connection.handle(),
                             "UPDATE accounts SET credential_version = credential_version + 1 WHERE id = ?1");
    update.exec(account.uuid());
  }

 private:
  system_adapter::TemporaryFolder folder_;
  SqliteStore store_;
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
