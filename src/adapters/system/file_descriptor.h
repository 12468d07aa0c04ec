#pragma once

#include <cerrno>
#include <filesystem>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "core/result.h"

namespace sallyport::system_adapter {

/// An open file of the kernel's, closed when it goes; negative when opening failed, with the reason in `errno`.
class FileDescriptor {
 public:
  explicit FileDescriptor(int descriptor) : descriptor_(descriptor) {}
  FileDescriptor(FileDescriptor&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~FileDescriptor() {
    if (is_open()) ::close(descriptor_);
  }

  bool is_open() const { return descriptor_ >= 0; }
  int get() const { return descriptor_; }

 private:
  int descriptor_;
};

/// `internal` with `errno` in words: "cannot <what> <file>: <why>".
inline std::unexpected<core::Error> file_error(std::string_view code, std::string_view what,
                                               const std::filesystem::path& file) {
  return std::unexpected(core::Error{.fault = core::Fault::internal,
                                     .code = code,
                                     .log_detail = "cannot " + std::string(what) + ' ' + file.string() + ": " +
                                                   std::generic_category().message(errno)});
}

/// The folder that names `path`.
inline std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

/// Makes new names in `folder` survive a power cut; false with the reason in `errno`.
inline bool sync_folder(const std::filesystem::path& folder) {
  const FileDescriptor descriptor(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return descriptor.is_open() && ::fsync(descriptor.get()) == 0;
}

}  // namespace sallyport::system_adapter
