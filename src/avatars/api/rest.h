#pragma once

#include "avatars/picture_slots.h"
#include "avatars/upload_avatar.h"
#include "sessions/api/caller.h"

namespace sallyport::avatars::api {

/// What the avatar routes call. All of it outlives the router.
struct AvatarRoutes {
  ChangeAvatarHandler& change_avatar;
  UploadAvatarHandler& upload_avatar;
  AvatarStore& avatars;
  PictureStore& pictures;
  PictureSlots& slots;
  sessions::Authenticator& authenticate;
  const core::Clock& clock;
  const transport::CookieJar& jar;
  std::size_t body_limit;
};

/// PUT and DELETE /v1/auth/me/avatar; POST /v1/auth/me/avatar/upload and /confirm; PUT /v1/avatars/uploads/{name};
/// GET /v1/avatars/{name} (design.md 7).
void add_avatar_routes(transport::Router& router, const AvatarRoutes& to);

}  // namespace sallyport::avatars::api
