#include "adapters/system/secret_file.h"

#include <sys/stat.h>

#include <cstdio>
#include <optional>
#include <string>

#include "adapters/system/file_access.h"
#include "adapters/system/file_descriptor.h"

namespace sallyport::system_adapter {
namespace {

using core::Fault;

std::unexpected<core::Error> not_a_file(const std::filesystem::path& file, const SecretFileKind& kind) {
  return core::refuse(Fault::forbidden, kind.not_a_file, file.string() + " is not a regular file");
}

std::string octal(mode_t mode) {
  std::string digits = "0";
  for (int shift = 6; shift >= 0; shift -= 3) digits += static_cast<char>('0' + (mode >> shift & 7));
  return digits;
}

/// Everything in the file from here on; nothing with the reason in `errno` if it cannot be read, or is more.
std::optional<core::Secret> read_all(const FileDescriptor& descriptor, std::size_t most_bytes) {
  auto buffer = core::Secret::of_size(most_bytes + 1);
  std::size_t size = 0;
  while (size < buffer.size()) {
    const auto got = ::read(descriptor.get(), buffer.writable().data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return std::nullopt;
    if (got == 0) return core::Secret(buffer.reveal().substr(0, size));
    size += static_cast<std::size_t>(got);
  }
  errno = EFBIG;
  return std::nullopt;
}

bool write_all(const FileDescriptor& descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

/// A name that goes when the block ends, whether or not the file got another.
class TemporaryName {
 public:
  explicit TemporaryName(std::string name) : name_(std::move(name)) {}
  TemporaryName(const TemporaryName&) = delete;
  TemporaryName& operator=(const TemporaryName&) = delete;
  ~TemporaryName() { ::unlink(name_.c_str()); }
  const char* c_str() const { return name_.c_str(); }

 private:
  std::string name_;
};

/// Writes the whole file under a name of its own, and gives it its name by `name`, which answers as link(2) does.
template <class Name>
core::Result<void> write_file(const std::filesystem::path& file, const core::Secret& text, const SecretFileKind& kind,
                              Name name) {
  // A name of its own for each writer: none can name the half-written file of another.
  auto pattern = file.string() + ".XXXXXX";
  const FileDescriptor descriptor(::mkostemp(pattern.data(), O_CLOEXEC));  // opens with O_EXCL and 0600
  if (!descriptor.is_open()) return file_error(kind.unwritable, "create", file);
  const TemporaryName temporary(std::move(pattern));
  if (!write_all(descriptor, text.reveal()) || ::fsync(descriptor.get()) != 0)
    return file_error(kind.unwritable, "write", file);
  if (name(temporary.c_str(), file.c_str()) != 0) {
    if (errno == EEXIST)
      return core::refuse(Fault::conflict, kind.exists, file.string() + " exists and is never replaced");
    return file_error(kind.unwritable, "name", file);
  }
  if (!sync_folder(folder_of(file))) return file_error(kind.unwritable, "store the name of", file);
  return {};
}

}  // namespace

core::Result<core::Secret> read_secret_file(const std::filesystem::path& file, const SecretFileKind& kind) {
  // Not blocking, or a pipe of that name would hold up the start for ever.
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.is_open()) {
    if (errno == ENOENT)
      return core::refuse(Fault::not_found, kind.missing,
                          "there is no " + std::string(kind.what) + " at " + file.string());
    if (errno == ELOOP) return not_a_file(file, kind);
    return file_error(kind.unreadable, "open", file);
  }
  struct stat status{};
  if (::fstat(descriptor.get(), &status) != 0) return file_error(kind.unreadable, "examine", file);
  if (!S_ISREG(status.st_mode)) return not_a_file(file, kind);
  if (!is_private(descriptor, status))
    return core::refuse(Fault::forbidden, kind.exposed,
                        file.string() + " has mode " + octal(status.st_mode) +
                            ", but only its owner may have access to a " + std::string(kind.what) + ": chmod 600 " +
                            file.string());
  auto text = read_all(descriptor, kind.most_bytes);
  if (!text) return file_error(kind.unreadable, "read", file);
  return std::move(*text);
}

core::Result<void> create_secret_file(const std::filesystem::path& file, const core::Secret& text,
                                      const SecretFileKind& kind) {
  return write_file(file, text, kind, ::link);  // never takes the place of a file
}

core::Result<void> replace_secret_file(const std::filesystem::path& file, const core::Secret& text,
                                       const SecretFileKind& kind) {
  return write_file(file, text, kind, ::rename);
}

}  // namespace sallyport::system_adapter
