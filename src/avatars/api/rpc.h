#pragma once

#include "accounts/account_directory.h"
#include "avatars/picture_slots.h"
#include "avatars/upload_avatar.h"
#include "transport/rpc/services.h"

namespace sallyport::avatars::api {

/// What the methods of pictures call. All of it outlives the services.
struct AvatarMethods {
  ChangeAvatarHandler& change_avatar;
  UploadAvatarHandler& upload_avatar;
  PictureSlots& slots;
  accounts::AccountDirectory& directory;
};

/// Of users.v1.UserService: GetAvatarUploadUrl, ConfirmAvatarUpload and DeleteAvatar.
void add_avatar_methods(transport::rpc::Services& services, const AvatarMethods& to);

}  // namespace sallyport::avatars::api
