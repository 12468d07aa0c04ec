#include "adapters/system/picture_folder.h"

#include <sys/stat.h>

#include <algorithm>
#include <limits>

#include "adapters/system/file_descriptor.h"

namespace sallyport::system_adapter {
namespace {

using avatars::PictureObject;
using core::Fault;
using core::Result;
using core::Task;

std::unexpected<core::Error> failed(std::string_view what, const std::filesystem::path& file) {
  auto error = file_error("pictures_unavailable", what, file);
  error.error().fault = Fault::unavailable;
  error.error().retry_after = std::chrono::seconds{10};
  return error;
}

std::filesystem::path half_of(const std::filesystem::path& file) { return file.string() + ".part"; }

bool write_all(const FileDescriptor& descriptor, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(descriptor.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

Result<void> make_folder(const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0700) == 0) {
    if (!sync_folder(folder_of(folder))) return failed("store the name of", folder);
  } else if (errno != EEXIST) {
    return failed("create", folder);
  }
  return {};
}

Result<void> write_file(const std::filesystem::path& file, std::string_view bytes) {
  auto made = make_folder(folder_of(file));
  if (!made) return made;
  const auto half = half_of(file);
  const FileDescriptor descriptor(::open(half.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!descriptor.is_open()) return failed("create", half);
  if (!write_all(descriptor, bytes) || ::fsync(descriptor.get()) != 0) return failed("write", half);
  if (::rename(half.c_str(), file.c_str()) != 0) return failed("name", file);
  if (!sync_folder(folder_of(file))) return failed("store the name of", file);
  return {};
}

Result<std::string> read_file(const std::filesystem::path& file, std::size_t offset, std::size_t most) {
  const FileDescriptor descriptor(::open(file.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
  if (!descriptor.is_open())
    return errno == ENOENT ? core::fail(Fault::not_found, "picture_not_found") : failed("open", file);
  struct stat status{};
  if (::fstat(descriptor.get(), &status) != 0) return failed("read", file);
  const auto all = static_cast<std::size_t>(status.st_size);
  std::string bytes(all > offset ? std::min(most, all - offset) : 0, '\0');
  std::size_t size = 0;
  while (size < bytes.size()) {
    const auto got =
        ::pread(descriptor.get(), bytes.data() + size, bytes.size() - size, static_cast<off_t>(offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return failed("read", file);
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

/// The half of one that was never finished, too.
Result<void> remove_file(const std::filesystem::path& file) {
  for (const auto& name : {half_of(file), file}) {
    if (::unlink(name.c_str()) != 0 && errno != ENOENT) return failed("remove", name);
  }
  return {};
}

}  // namespace

Result<void> write_picture(const std::filesystem::path& data, const PictureObject& object, std::string_view bytes) {
  return write_file(data / object.path(), bytes);
}

Result<std::string> read_picture(const std::filesystem::path& data, const PictureObject& object) {
  return read_file(data / object.path(), 0, std::numeric_limits<std::size_t>::max());
}

Task<Result<void>> PictureFolder::write(PictureObject object, avatars::PictureBytes bytes, avatars::ImageFormat) {
  return threads_.submit<void>([file = file_of(object), bytes = std::move(bytes)] { return write_file(file, *bytes); });
}

Task<Result<std::string>> PictureFolder::read(PictureObject object, std::size_t offset, std::size_t most) {
  return threads_.submit<std::string>([file = file_of(object), offset, most] { return read_file(file, offset, most); });
}

Task<Result<void>> PictureFolder::remove(PictureObject object) {
  return threads_.submit<void>([file = file_of(object)] { return remove_file(file); });
}

std::optional<std::string> PictureFolder::download_url(const PictureObject&, core::Timestamp,
                                                       std::chrono::seconds) const {
  return std::nullopt;
}

std::string PictureFolder::upload_url(const PictureObject& object, avatars::ImageFormat, std::size_t, core::Timestamp,
                                      std::chrono::seconds) const {
  return uploads_url_ + std::string(object.name());
}

}  // namespace sallyport::system_adapter
