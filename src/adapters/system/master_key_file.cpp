#include "adapters/system/master_key_file.h"

#include <sys/stat.h>

#include <optional>
#include <string>

#include "adapters/system/file_access.h"
#include "adapters/system/file_descriptor.h"

namespace sallyport::system_adapter {
namespace {

using core::Fault;

constexpr std::size_t max_file_size = 65'536;  // over a thousand versions

std::unexpected<core::Error> refuse(Fault fault, std::string_view code, std::string sentence) {
  return std::unexpected(core::Error{.fault = fault, .code = code, .log_detail = std::move(sentence)});
}

std::unexpected<core::Error> not_a_file(const std::filesystem::path& file) {
  return refuse(Fault::forbidden, "master_key_not_a_file", file.string() + " is not a regular file");
}

std::string octal(mode_t mode) {
  std::string digits = "0";
  for (int shift = 6; shift >= 0; shift -= 3) digits += static_cast<char>('0' + (mode >> shift & 7));
  return digits;
}

/// Everything in the file from here on; nothing with the reason in `errno` if it cannot be read.
std::optional<core::Secret> read_all(const FileDescriptor& descriptor) {
  auto buffer = core::Secret::of_size(max_file_size + 1);
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

}  // namespace

core::Result<crypto::MasterKey> read_master_key(const std::filesystem::path& file) {
  // Not blocking, or a pipe of that name would hold up the start for ever.
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (!descriptor.is_open()) {
    if (errno == ENOENT)
      return refuse(Fault::not_found, "master_key_missing", "there is no master key at " + file.string());
    if (errno == ELOOP) return not_a_file(file);
    return file_error("master_key_unreadable", "open", file);
  }
  struct stat status{};
  if (::fstat(descriptor.get(), &status) != 0) return file_error("master_key_unreadable", "examine", file);
  if (!S_ISREG(status.st_mode)) return not_a_file(file);
  if (!is_private(descriptor, status))
    return refuse(Fault::forbidden, "master_key_exposed",
                  file.string() + " has mode " + octal(status.st_mode) +
                      ", but only its owner may have access to a master key: chmod 600 " + file.string());
  const auto text = read_all(descriptor);
  if (!text) return file_error("master_key_unreadable", "read", file);
  auto key = crypto::MasterKey::parse(*text);
  if (!key) key.error().log_detail.insert(0, file.string() + ": ");
  return key;
}

core::Result<void> create_master_key(const std::filesystem::path& file, const crypto::MasterKey& key) {
  // A name of its own for each writer: none can link the half-written file of another.
  auto pattern = file.string() + ".XXXXXX";
  const FileDescriptor descriptor(::mkostemp(pattern.data(), O_CLOEXEC));  // opens with O_EXCL and 0600
  if (!descriptor.is_open()) return file_error("master_key_unwritable", "create", file);
  const TemporaryName temporary(std::move(pattern));
  const auto text = key.serialise();
  if (!write_all(descriptor, text.reveal()) || ::fsync(descriptor.get()) != 0)
    return file_error("master_key_unwritable", "write", file);
  // link() and not rename(): it never takes the place of a key that data may be sealed under.
  if (::link(temporary.c_str(), file.c_str()) != 0) {
    if (errno == EEXIST)
      return refuse(Fault::conflict, "master_key_exists", file.string() + " exists and is never replaced");
    return file_error("master_key_unwritable", "name", file);
  }
  if (!sync_folder(folder_of(file))) return file_error("master_key_unwritable", "store the name of", file);
  return {};
}

}  // namespace sallyport::system_adapter
