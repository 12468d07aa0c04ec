#pragma once

#include <atomic>
#include <filesystem>

#include "adapters/sqlite/stores.h"
#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_random.h"

namespace sallyport::contract {

/// One opened database with its threads and ports, put together as the server does it.
class SqliteStore {
 public:
  SqliteStore(const std::filesystem::path& file, const core::Clock& clock, const sessions::Lifetimes& lifetimes = {},
              const std::string& vfs = {}, std::uint64_t seed = 1)
      : random_(seed),
        writer_(migrated(file, vfs), audit::Chain(random_.bytes<16>(), commitment_key, random_), clock, {},
                [this](const std::string&) { ++failures; }),
        readers_(file, 2, clock, vfs),
        sessions(writer_, readers_, lifetimes, {}) {}

  sqlite::Writer& writer() { return writer_; }

 private:
  static sqlite::Connection migrated(const std::filesystem::path& file, const std::string& vfs) {
    sqlite::Connection connection(file, sqlite::Access::read_write, vfs);
    migrate(connection);
    return connection;
  }
  core::FakeRandom random_;

 public:
  std::atomic<int> failures = 0;  ///< how often the writer said that it cannot go on
  const crypto::HmacKey commitment_key{core::Secret("the key that binds people to the audit log")};

 private:
  sqlite::Writer writer_;
  sqlite::Readers readers_;

 public:
  sqlite::SqliteAccountStore accounts{writer_, readers_};
  sqlite::SqliteSessionStore sessions;
  sqlite::SqliteAttemptStore attempts{writer_, {}};
  sqlite::SqliteAuditLog audit_log{readers_};
};

}  // namespace sallyport::contract
