#include "failing_vfs.h"

namespace sallyport::contract {
namespace {

/// What SQLite allocates for an open file; the default file system's own part follows it.
struct File {
  sqlite3_file base;
  FailingVfs* vfs;
};

FailingVfs& vfs_of(sqlite3_file* file) { return *reinterpret_cast<File*>(file)->vfs; }
sqlite3_file* real_of(sqlite3_file* file) { return reinterpret_cast<sqlite3_file*>(reinterpret_cast<File*>(file) + 1); }

/// Passes a call on to the default file system's method.
template <auto Method, class... Arguments>
auto pass_on(sqlite3_file* file, Arguments... arguments) {
  auto* real = real_of(file);
  return (real->pMethods->*Method)(real, arguments...);
}

using Methods = sqlite3_io_methods;

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 offset) {
  if (const int code = vfs_of(file).write_code(); code != SQLITE_OK) return code;
  return pass_on<&Methods::xWrite>(file, bytes, size, offset);
}

int sync(sqlite3_file* file, int flags) {
  if (const int code = vfs_of(file).sync_code(); code != SQLITE_OK) return code;
  return pass_on<&Methods::xSync>(file, flags);
}

constexpr Methods methods{
    .iVersion = 2,  // with shared memory for WAL, without mapping of the file itself
    .xClose = pass_on<&Methods::xClose>,
    .xRead = pass_on<&Methods::xRead>,
    .xWrite = write,
    .xTruncate = pass_on<&Methods::xTruncate>,
    .xSync = sync,
    .xFileSize = pass_on<&Methods::xFileSize>,
    .xLock = pass_on<&Methods::xLock>,
    .xUnlock = pass_on<&Methods::xUnlock>,
    .xCheckReservedLock = pass_on<&Methods::xCheckReservedLock>,
    .xFileControl = pass_on<&Methods::xFileControl>,
    .xSectorSize = pass_on<&Methods::xSectorSize>,
    .xDeviceCharacteristics = pass_on<&Methods::xDeviceCharacteristics>,
    .xShmMap = pass_on<&Methods::xShmMap>,
    .xShmLock = pass_on<&Methods::xShmLock>,
    .xShmBarrier = pass_on<&Methods::xShmBarrier>,
    .xShmUnmap = pass_on<&Methods::xShmUnmap>,
    .xFetch = nullptr,
    .xUnfetch = nullptr,
};

int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* file, int flags, int* out_flags) {
  auto& opened = *reinterpret_cast<File*>(file);
  opened.vfs = static_cast<FailingVfs*>(vfs->pAppData);
  auto& real = opened.vfs->real();
  const int code = real.xOpen(&real, path, real_of(file), flags, out_flags);
  opened.base.pMethods = code == SQLITE_OK ? &methods : nullptr;
  return code;
}

}  // namespace

FailingVfs::FailingVfs()
    : real_(*sqlite3_vfs_find(nullptr)),
      name_("failing " + std::to_string(reinterpret_cast<std::uintptr_t>(this))),
      vfs_(real_) {
  vfs_.zName = name_.c_str();
  vfs_.szOsFile = static_cast<int>(sizeof(File)) + real_.szOsFile;
  vfs_.pAppData = this;
  vfs_.xOpen = open;
  sqlite3_vfs_register(&vfs_, 0);
}

FailingVfs::~FailingVfs() { sqlite3_vfs_unregister(&vfs_); }

}  // namespace sallyport::contract
