#pragma once

#include "avatars/change_avatar.h"

namespace sallyport::avatars {

/// Where a client may put its picture.
struct OfferedUpload {
  std::string url;
  std::chrono::seconds expires_in;
};

/// Pictures in two steps: the client is told where to put the bytes, and says when it has. What it put is looked at
/// before an account shows it, and shown under another name, which the address of the upload cannot change.
class UploadAvatarHandler {
 public:
  UploadAvatarHandler(AvatarStore& avatars, PictureStore& pictures, ChangeAvatarHandler& change_avatar,
                      const core::Clock& clock, core::Random& random)
      : avatars_(avatars), pictures_(pictures), change_avatar_(change_avatar), clock_(clock), random_(random) {}

  /// `size` is at most what the rules allow. One upload an account: an offer made before is none any more. Fails as the
  /// ports do.
  core::Task<core::Result<OfferedUpload>> offer(core::AccountId account, ImageFormat format, std::size_t size);
  /// Takes the bytes, where this server does so itself. `not_found` / "upload_not_found"; `invalid` / "invalid_fields"
  /// with "image_type_differs" or "image_size_differs" from what was offered; as the ports fail.
  core::Task<core::Result<void>> receive(PictureObject upload, ImageFormat format, PictureBytes bytes);
  /// Looks at what was uploaded and shows it. `not_found` / "upload_not_found" if nothing was; what is not as offered
  /// is removed, and fails as `receive` and `check_picture` do; as the ports fail.
  core::Task<core::Result<accounts::Account>> confirm(sessions::SharedView view, core::AccountId account,
                                                      sessions::Client client);

 private:
  core::Task<core::Result<PictureBytes>> uploaded(AwaitedUpload upload);

  AvatarStore& avatars_;
  PictureStore& pictures_;
  ChangeAvatarHandler& change_avatar_;
  const core::Clock& clock_;
  core::Random& random_;
};

}  // namespace sallyport::avatars
