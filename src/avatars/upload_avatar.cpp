#include "avatars/upload_avatar.h"

namespace sallyport::avatars {
namespace {

using accounts::Account;
using core::Result;
using core::Task;

constexpr std::chrono::seconds upload_time{600};   ///< for the bytes to come
constexpr std::chrono::seconds confirm_time{300};  ///< from then on, to be confirmed

}  // namespace

Task<Result<OfferedUpload>> UploadAvatarHandler::offer(core::AccountId account, ImageFormat format, std::size_t size) {
  const auto now = clock_.now();
  const auto object = PictureObject::of_upload(random_);
  auto awaited = co_await avatars_.await_upload(
      account, {.object = object, .format = format, .size = static_cast<std::int64_t>(size)}, now,
      now + upload_time + confirm_time);
  if (!awaited) co_return Result<OfferedUpload>(core::fail(std::move(awaited)));
  co_return OfferedUpload{.url = pictures_.upload_url(object, format, size, now, upload_time),
                          .expires_in = upload_time};
}

Task<Result<void>> UploadAvatarHandler::receive(PictureObject upload, ImageFormat format, PictureBytes bytes) {
  auto awaited = co_await avatars_.find_upload(upload, clock_.now());
  if (!awaited) co_return Result<void>(core::fail(std::move(awaited)));
  if (awaited->format != format) co_return Result<void>(unfit_picture("image_type_differs"));
  if (std::ssize(*bytes) != awaited->size) co_return Result<void>(unfit_picture("image_size_differs"));
  co_return co_await pictures_.write(std::move(upload), std::move(bytes), format);
}

Task<Result<Account>> UploadAvatarHandler::confirm(sessions::SharedView view, core::AccountId account,
                                                   sessions::Client client) {
  auto awaited = co_await avatars_.find_upload(account, clock_.now());
  if (!awaited) co_return Result<Account>(core::fail(std::move(awaited)));
  const auto object = awaited->object;
  const auto format = awaited->format;
  auto bytes = co_await uploaded(std::move(*awaited));
  if (bytes) {
    auto changed = co_await change_avatar_({.view = std::move(view),
                                            .account = account,
                                            .format = format,
                                            .bytes = std::move(*bytes),
                                            .client = std::move(client)});
    if (changed || changed.error().fault != core::Fault::invalid) co_return changed;
    bytes = core::fail(std::move(changed));
  }
  if (bytes.error().fault == core::Fault::invalid) {
    co_await avatars_.note_object(object, clock_.now());  // nobody's from now on, and removed by the care of leftovers
    co_await pictures_.remove(object);                    // if not at once
  }
  co_return Result<Account>(core::fail(std::move(bytes)));
}

Task<Result<PictureBytes>> UploadAvatarHandler::uploaded(AwaitedUpload upload) {
  const auto size = static_cast<std::size_t>(upload.size);
  auto bytes = co_await pictures_.read(std::move(upload.object), 0, size + 1);  // one more shows that it is too long
  if (!bytes && bytes.error().code == "picture_not_found")
    co_return Result<PictureBytes>(core::fail(core::Fault::not_found, "upload_not_found"));
  if (!bytes) co_return Result<PictureBytes>(core::fail(std::move(bytes)));
  if (bytes->size() != size) co_return Result<PictureBytes>(unfit_picture("image_size_differs"));
  co_return std::make_shared<const std::string>(std::move(*bytes));
}

}  // namespace sallyport::avatars
