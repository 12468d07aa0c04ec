#pragma once

#include <atomic>
#include <filesystem>

#include "adapters/sqlite/stores.h"
#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_random.h"

namespace sallyport::contract {

/// One opened database with its threads and ports, put together as the server does it.
struct SqliteStore {
  SqliteStore(const std::filesystem::path& file, const core::Clock& clock, const sessions::Lifetimes& lifetimes = {},
              const std::string& vfs = {}, std::uint64_t seed = 1)
      : random(seed),
        writer(migrated(file, vfs), audit::Chain(random.bytes<16>(), commitment_key, random), clock, {},
               [this](const std::string&) { ++failures; }),
        readers(file, 2, clock, vfs),
        sessions(writer, readers, lifetimes, {}) {}

  static sqlite::Connection migrated(const std::filesystem::path& file, const std::string& vfs) {
    sqlite::Connection connection(file, sqlite::Access::read_write, vfs);
    migrate(connection);
    return connection;
  }

  core::FakeRandom random;
  const crypto::HmacKey commitment_key{core::Secret("the key that binds people to the audit log")};
  std::atomic<int> failures = 0;  ///< how often the writer said that it cannot go on
  sqlite::Writer writer;
  sqlite::Readers readers;
  sqlite::SqliteAccountStore accounts{writer, readers};
  sqlite::SqliteAdministrationStore administration{writer};
  sqlite::SqliteInvitationStore invitations{writer, readers};
  sqlite::SqliteAccountDirectory directory{readers};
  sqlite::SqliteSetupStore setup{writer, readers};
  sqlite::SqliteSessionStore sessions;
  sqlite::SqliteAttemptStore attempts{writer, {}};
  sqlite::SqliteAuditLog audit_log{writer, readers};
  sqlite::SqliteAvatarStore avatars{writer, readers};
  sqlite::SqliteOwnDataStore own_data{readers};
  sqlite::SqliteOutbox outbox{writer, readers};
  sqlite::SqliteRecoveryStore recovery{writer};
  sqlite::SqliteFlowUpkeep flow_upkeep{writer};
  sqlite::SqliteIdempotencyStore done_requests{writer, readers};
  sqlite::SqliteVerificationStore verification{writer, readers};
  sqlite::SqliteMailRequestStore mail_requests{writer, readers};
  sqlite::SqliteSigningKeyStore signing_keys{writer, readers};
};

}  // namespace sallyport::contract
