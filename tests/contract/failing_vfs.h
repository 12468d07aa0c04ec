#pragma once

#include <sqlite3.h>

#include <atomic>
#include <string>

namespace sallyport::contract {

/// A file system for SQLite that passes everything on to the default one, until a test tells it to fail. Without
/// memory mapping, so that every write is seen. Outlives the connections that use it; safe from every thread.
class FailingVfs {
 public:
  FailingVfs();
  FailingVfs(const FailingVfs&) = delete;
  FailingVfs& operator=(const FailingVfs&) = delete;
  ~FailingVfs();

  const std::string& name() const { return name_; }
  /// From now on every flush, or every write, of every file fails with that extended result code.
  void fail_syncs(int code) { sync_code_ = code; }
  void fail_writes(int code) { write_code_ = code; }
  void heal() { sync_code_ = write_code_ = SQLITE_OK; }
  int sync_code() const { return sync_code_; }
  int write_code() const { return write_code_; }
  sqlite3_vfs& real() const { return real_; }

 private:
  sqlite3_vfs& real_;
  const std::string name_;
  sqlite3_vfs vfs_;
  std::atomic<int> sync_code_ = SQLITE_OK, write_code_ = SQLITE_OK;
};

}  // namespace sallyport::contract
