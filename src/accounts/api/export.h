#pragma once

#include "accounts/own_data.h"
#include "avatars/picture_store.h"
#include "sessions/api/caller.h"

namespace sallyport::accounts::api {

/// What the export calls. All of it outlives the router.
struct ExportRoutes {
  OwnDataStore& own_data;
  avatars::PictureStore& pictures;
  sessions::Authenticator& authenticate;
  const core::Clock& clock;
  const transport::CookieJar& jar;
};

/// GET /v1/auth/me/export (design.md 7): everything held about whoever asks, as one JSON document, sent page by page.
void add_export_routes(transport::Router& router, const ExportRoutes& to);

}  // namespace sallyport::accounts::api
