#pragma once

#include "adapters/s3/http_transfer.h"
#include "adapters/s3/s3_settings.h"
#include "adapters/s3/sigv4.h"
#include "avatars/picture_store.h"
#include "core/work_threads.h"

namespace sallyport::s3 {

/// Pictures as objects of a bucket. Clients upload to it and read from it themselves, with addresses that are signed
/// for them and good for a while; nothing in the bucket needs to be public. What the server itself does there it does
/// on threads of its own.
class PictureBucket final : public avatars::PictureStore {
 public:
  PictureBucket(S3Settings settings, const core::Clock& clock);

  core::Task<core::Result<void>> write(avatars::PictureObject object, avatars::PictureBytes bytes,
                                       avatars::ImageFormat format) override;
  core::Task<core::Result<std::string>> read(avatars::PictureObject object, std::size_t offset,
                                             std::size_t most) override;
  core::Task<core::Result<void>> remove(avatars::PictureObject object) override;
  std::optional<std::string> download_url(const avatars::PictureObject& object, core::Timestamp now,
                                          std::chrono::seconds valid_for) const override;
  std::string upload_url(const avatars::PictureObject& object, avatars::ImageFormat format, std::size_t size,
                         core::Timestamp now, std::chrono::seconds valid_for) const override;
  void stop() override;

 private:
  static constexpr std::size_t threads = 2, most_waiting = 64;
  using Headers = std::map<std::string, std::string>;
  std::string address(std::string_view method, const avatars::PictureObject& object, const Headers& headers,
                      core::Timestamp at, std::chrono::seconds valid_for) const;
  HttpRequest request(const char* method, const avatars::PictureObject& object, const Headers& headers) const;

  const S3Settings settings_;
  const Credentials credentials_;
  const core::Clock& clock_;
  std::atomic<bool> is_stopping_ = false;
  core::WorkThreads threads_{threads, most_waiting};
};

}  // namespace sallyport::s3
