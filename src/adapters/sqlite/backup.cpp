#include "adapters/sqlite/backup.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <memory>
#include <system_error>

#include "adapters/sqlite/connection.h"
#include "migrations.h"

namespace sallyport::sqlite {
namespace {

constexpr int pages_a_step = 4'096;

std::string reason() { return std::generic_category().message(errno); }

/// A new file that is removed again unless it is kept, together with what SQLite may leave beside it.
class NewFile {
 public:
  explicit NewFile(std::string name) : name_(std::move(name)) {
    const int file = ::open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    is_made_ = file >= 0;
    if (is_made_) ::close(file);
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!is_made_) return;
    for (const auto* suffix : {"", "-journal", "-wal", "-shm"}) ::unlink((name_ + suffix).c_str());
  }
  bool is_made() const { return is_made_; }
  void keep() { is_made_ = false; }

 private:
  std::string name_;
  bool is_made_ = false;
};

bool sync(const std::string& name, int flags) {
  const int file = ::open(name.c_str(), O_RDONLY | O_CLOEXEC | flags);
  if (file < 0) return false;
  const bool is_synced = ::fsync(file) == 0;
  ::close(file);
  return is_synced;
}

bool sync_with_folder(const std::filesystem::path& file) {
  const auto folder = file.has_parent_path() ? file.parent_path() : std::filesystem::path(".");
  return sync(file.string(), 0) && sync(folder.string(), O_DIRECTORY);
}

struct CloseDatabase {
  void operator()(sqlite3* database) const { sqlite3_close_v2(database); }
};

/// An SQLite result code.
int copy_pages(sqlite3* from, sqlite3* to, const std::atomic<bool>& is_cancelled) {
  auto* const backup = sqlite3_backup_init(to, "main", from, "main");
  if (backup == nullptr) return sqlite3_extended_errcode(to);
  int code = SQLITE_OK;
  while (code == SQLITE_OK) code = is_cancelled ? SQLITE_INTERRUPT : sqlite3_backup_step(backup, pages_a_step);
  sqlite3_backup_finish(backup);
  return code;
}

core::Result<void> copy_pictures(sqlite3* to, const std::atomic<bool>& is_cancelled, const ReadPicture& read_picture) {
  Statement(to, "CREATE TABLE backup_pictures (name TEXT NOT NULL PRIMARY KEY, bytes BLOB NOT NULL) STRICT").exec();
  Statement(to, "BEGIN").exec();
  const auto text = [](const Statement& row) { return row.get<std::string>(0); };
  const auto shown = Statement(to, "SELECT avatar FROM accounts WHERE avatar IS NOT NULL").many(text);
  Statement insert(to, "INSERT INTO backup_pictures (name, bytes) VALUES (?1, ?2)");
  Statement forget(to, "UPDATE accounts SET avatar = NULL WHERE avatar = ?1");
  for (const auto& name : shown) {
    if (is_cancelled) return core::fail(core::Fault::cancelled, "cancelled");
    const auto object = avatars::PictureObject::parse_avatar(name);
    auto bytes = object ? read_picture(*object) : core::fail(core::Fault::not_found, "picture_not_found");
    if (bytes) insert.exec(std::string_view(name), core::as_bytes(*bytes));
    else if (bytes.error().fault == core::Fault::not_found) forget.exec(std::string_view(name));
    else return core::refuse(core::Fault::internal, "backup_failed", bytes.error().log_detail);
  }
  Statement(to, "DELETE FROM leftover_pictures").exec();  // none of those is in the backup
  Statement(to, "COMMIT").exec();
  return {};
}

/// Takes the pictures out of a restored database.
core::Result<void> unpack_pictures(Connection& from, const WritePicture& write_picture) {
  const auto has_any = Statement(from.handle(),
                                 "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE name = "
                                 "'backup_pictures')")
                           .one([](const Statement& row) { return row.get<bool>(0); });
  if (!has_any) return {};
  const auto text = [](const Statement& row) { return row.get<std::string>(0); };
  Statement find(from.handle(), "SELECT bytes FROM backup_pictures WHERE name = ?1");
  for (const auto& name : Statement(from.handle(), "SELECT name FROM backup_pictures").many(text)) {
    const auto object = avatars::PictureObject::parse_avatar(name);
    if (!object) return core::refuse(core::Fault::invalid, "backup_unfit", "it has a picture of no good name");
    const auto bytes = find.one([](const Statement& row) { return row.get<core::Bytes>(0); }, std::string_view(name));
    auto written = write_picture(*object, core::as_text(bytes));
    if (!written) return core::refuse(core::Fault::internal, "restore_failed", written.error().log_detail);
  }
  from.execute("DROP TABLE backup_pictures; VACUUM");
  return {};
}

}  // namespace

core::Result<std::int64_t> back_up(const std::string& from, const std::string& to,
                                   const std::atomic<bool>& is_cancelled, const ReadPicture& read_picture) {
  using core::Fault;
  NewFile file(to);
  if (!file.is_made()) {
    if (errno == EEXIST) return core::refuse(Fault::conflict, "backup_exists", to + " exists and is not overwritten");
    return core::refuse(Fault::internal, "backup_failed", "cannot create " + to + ": " + reason());
  }
  try {
    Connection source(from, Access::read_only);
    sqlite3* opened = nullptr;
    const int open_code = sqlite3_open_v2(to.c_str(), &opened, SQLITE_OPEN_READWRITE, nullptr);
    std::unique_ptr<sqlite3, CloseDatabase> copy(opened);
    if (open_code != SQLITE_OK) return core::refuse(Fault::internal, "backup_failed", sqlite3_errstr(open_code));
    source.execute("BEGIN");  // one snapshot for all steps: a commit between two of them would start the copy anew
    source.queries().find_schema_info();
    const int code = copy_pages(source.handle(), copy.get(), is_cancelled);
    source.execute("END");
    if (code == SQLITE_INTERRUPT) return core::fail(Fault::cancelled, "cancelled");
    // The copy says of itself that it has a write-ahead log, as its source does; a backup is one file.
    if (code != SQLITE_DONE || sqlite3_exec(copy.get(), "PRAGMA journal_mode = DELETE", nullptr, nullptr, nullptr) != 0)
      return core::refuse(Fault::internal, "backup_failed", "cannot write " + to + ": " + sqlite3_errstr(code));
    if (read_picture) {
      auto copied = copy_pictures(copy.get(), is_cancelled, read_picture);
      if (!copied) return core::fail(std::move(copied));
    }
  } catch (const DatabaseError& error) {
    return core::refuse(Fault::internal, "backup_failed", std::string("cannot read the database: ") + error.what());
  }
  if (!sync_with_folder(to))
    return core::refuse(Fault::internal, "backup_failed", "cannot store " + to + ": " + reason());
  file.keep();
  return static_cast<std::int64_t>(std::filesystem::file_size(to));
}

core::Result<void> restore(const std::string& from, const std::string& to, const WritePicture& write_picture) {
  using core::Fault;
  const auto exists = [](const std::string& name) { return ::access(name.c_str(), F_OK) == 0; };
  for (const auto* suffix : {"", "-wal", "-journal"}) {
    if (exists(to + suffix)) return core::refuse(Fault::conflict, "data_not_empty", to + suffix + " exists");
  }
  const auto half = to + ".restoring";
  NewFile file(half);
  if (!file.is_made())
    return core::refuse(Fault::internal, "restore_failed", "cannot create " + half + ": " + reason());
  std::error_code failed;
  std::filesystem::copy_file(from, half, std::filesystem::copy_options::overwrite_existing, failed);
  if (failed)
    return core::refuse(Fault::internal, "restore_failed",
                        "cannot copy " + from + " to " + half + ": " + failed.message());
  try {
    Connection copy(half, Access::read_write);
    const auto is_whole = Statement(copy.handle(), "PRAGMA integrity_check(1)").one([](const Statement& row) {
      return row.get<std::string>(0);
    });
    if (is_whole != "ok") return core::refuse(Fault::invalid, "backup_unfit", from + " is damaged: " + is_whole);
    if (copy.queries().find_schema_info().min_reader > static_cast<std::int64_t>(migrations().size()))
      return core::refuse(Fault::invalid, "backup_unfit", from + " was made by a newer version of sallyport");
    auto unpacked = unpack_pictures(copy, write_picture);
    if (!unpacked) return unpacked;
  } catch (const DatabaseError& error) {
    return core::refuse(Fault::invalid, "backup_unfit", from + " is no backup of sallyport: " + error.what());
  }
  if (::chmod(half.c_str(), 0600) != 0 || ::rename(half.c_str(), to.c_str()) != 0 || !sync_with_folder(to))
    return core::refuse(Fault::internal, "restore_failed", "cannot store " + to + ": " + reason());
  return {};
}

}  // namespace sallyport::sqlite
