#pragma once

#include "avatars/avatar_store.h"
#include "avatars/picture_store.h"
#include "core/clock.h"
#include "sessions/client.h"
#include "sessions/session_cache.h"

namespace sallyport::avatars {

/// What a picture may be at most.
struct AvatarRules {
  std::size_t most_bytes;
  std::uint32_t most_side;  ///< width and height, in pixels
};

/// Another picture, as its bytes came.
struct ChangeAvatar {
  sessions::SharedView view;  ///< of whoever asks
  core::AccountId account;    ///< whose picture: their own, or anybody's for an administrator
  ImageFormat format;         ///< as it was announced
  PictureBytes bytes;
  sessions::Client client;
};

/// `invalid` / "invalid_fields": the field "avatar" breaks `rule`, a literal.
std::unexpected<core::Error> unfit_picture(std::string_view rule);

/// Holds a picture against the rules by its bytes. Fails with `invalid` / "invalid_fields", the field "avatar" and the
/// rule "image_malformed", "image_type_differs" (from `announced`) or "image_too_large" (in pixels).
core::Result<void> check_picture(const std::string& bytes, ImageFormat announced, const AvatarRules& rules);

/// Gives an account another picture, or none. The old one is out of reach with the commit and gone soon after.
class ChangeAvatarHandler {
 public:
  ChangeAvatarHandler(AvatarStore& avatars, PictureStore& pictures, sessions::SessionCache& cache,
                      const core::Clock& clock, core::Random& random, AvatarRules rules)
      : avatars_(avatars), pictures_(pictures), cache_(cache), clock_(clock), random_(random), rules_(rules) {}

  /// Fails as `check_picture` and the ports do.
  core::Task<core::Result<accounts::Account>> operator()(ChangeAvatar command);
  /// None from now on, also if there was none.
  core::Task<core::Result<accounts::Account>> remove(sessions::SharedView view, core::AccountId account,
                                                     sessions::Client client);

  const AvatarRules& rules() const { return rules_; }

 private:
  core::Task<core::Result<accounts::Account>> set(sessions::SharedView view, core::AccountId account,
                                                  std::optional<PictureObject> picture, sessions::Client client);

  AvatarStore& avatars_;
  PictureStore& pictures_;
  sessions::SessionCache& cache_;
  const core::Clock& clock_;
  core::Random& random_;
  const AvatarRules rules_;
};

}  // namespace sallyport::avatars
