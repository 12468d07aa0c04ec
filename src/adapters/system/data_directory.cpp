#include "adapters/system/data_directory.h"

#include <sys/file.h>
#include <sys/stat.h>

#include <array>
#include <string>

namespace sallyport::system_adapter {
namespace {

std::unexpected<core::Error> unusable(std::string_view what, const std::filesystem::path& file) {
  return file_error("data_unusable", what, file);
}

/// The process number in a lock file: digits, or "unknown" while its holder is about to write it.
std::string holder_of(const FileDescriptor& lock) {
  std::array<char, 20> text;
  const auto size = ::pread(lock.get(), text.data(), text.size(), 0);
  const std::string_view read(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
  const auto digits = read.substr(0, read.find_first_not_of("0123456789"));
  return digits.empty() ? "unknown" : std::string(digits);
}

}  // namespace

core::Result<DataDirectory> DataDirectory::open(const std::filesystem::path& path) {
  if (::mkdir(path.c_str(), 0700) == 0) {
    if (!sync_folder(folder_of(path))) return unusable("store the name of", path);
  } else if (errno != EEXIST) {
    return unusable("create the data directory", path);
  }
  const auto file = path / "lock";
  FileDescriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!lock.is_open()) return unusable("open", file);
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return unusable("lock", file);
    return std::unexpected(core::Error{.fault = core::Fault::conflict,
                                       .code = "data_in_use",
                                       .log_detail = path.string() + " is in use by process " + holder_of(lock)});
  }
  const auto process = std::to_string(::getpid()) + '\n';
  if (::ftruncate(lock.get(), 0) != 0 ||
      ::pwrite(lock.get(), process.data(), process.size(), 0) != static_cast<ssize_t>(process.size()))
    return unusable("write", file);
  return DataDirectory(path, std::move(lock));
}

}  // namespace sallyport::system_adapter
