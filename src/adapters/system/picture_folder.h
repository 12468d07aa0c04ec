#pragma once

#include <filesystem>

#include "avatars/picture_store.h"
#include "core/work_threads.h"

namespace sallyport::system_adapter {

/// One picture below the folder `data`, as `PictureFolder` keeps it. Both block, and fail as it does.
core::Result<void> write_picture(const std::filesystem::path& data, const avatars::PictureObject& object,
                                 std::string_view bytes);
core::Result<std::string> read_picture(const std::filesystem::path& data, const avatars::PictureObject& object);

/// Pictures as files (mode 0600) in `avatars/` and `uploads/` of the data folder, which are made when needed. A file
/// gets its name once it is whole and on the disk. Files are read and written on a thread of its own.
class PictureFolder final : public avatars::PictureStore {
 public:
  /// `uploads_url` is the address of this server's own uploads, to which the name of one is added.
  PictureFolder(std::filesystem::path data, std::string uploads_url)
      : data_(std::move(data)), uploads_url_(std::move(uploads_url)) {}

  core::Task<core::Result<void>> write(avatars::PictureObject object, avatars::PictureBytes bytes,
                                       avatars::ImageFormat format) override;
  core::Task<core::Result<std::string>> read(avatars::PictureObject object, std::size_t offset,
                                             std::size_t most) override;
  core::Task<core::Result<void>> remove(avatars::PictureObject object) override;
  std::optional<std::string> download_url(const avatars::PictureObject& object, core::Timestamp now,
                                          std::chrono::seconds valid_for) const override;
  std::string upload_url(const avatars::PictureObject& object, avatars::ImageFormat format, std::size_t size,
                         core::Timestamp now, std::chrono::seconds valid_for) const override;
  void stop() override { threads_.stop(); }

 private:
  static constexpr std::size_t threads = 1, most_waiting = 256;
  std::filesystem::path file_of(const avatars::PictureObject& object) const { return data_ / object.path(); }

  const std::filesystem::path data_;
  const std::string uploads_url_;
  core::WorkThreads threads_{threads, most_waiting};
};

}  // namespace sallyport::system_adapter
