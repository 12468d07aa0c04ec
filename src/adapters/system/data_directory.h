#pragma once

#include <filesystem>

#include "adapters/system/file_descriptor.h"
#include "core/result.h"

namespace sallyport::system_adapter {

/// The folder of one server's data, held for this process alone by flock(2) on its file `lock` until destroyed. The
/// kernel lets go of it when the process dies, however it does.
class DataDirectory {
 public:
  /// Opens `path`, creating that one folder with mode 0700 if it is absent. Blocks, but does not wait for the lock.
  /// Fails with `conflict` / "data_in_use" if another process (or another `DataDirectory`) holds it, its number in
  /// `log_detail`; or with `internal` / "data_unusable".
  static core::Result<DataDirectory> open(const std::filesystem::path& path);

  const std::filesystem::path& path() const { return path_; }

 private:
  DataDirectory(std::filesystem::path path, FileDescriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  std::filesystem::path path_;
  FileDescriptor lock_;
};

}  // namespace sallyport::system_adapter
