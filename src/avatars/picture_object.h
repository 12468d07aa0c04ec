#pragma once

#include <string>
#include <string_view>

#include "avatars/image_header.h"
#include "core/random.h"

namespace sallyport::avatars {

/// Where a picture lies in the picture store: "avatars/<name>.png", the picture of an account, or "uploads/<name>",
/// what a client uploaded and nobody has looked at yet. The name is 128 random bits in base64url, used once and guessed
/// by nobody. Nothing else is a path of the store.
class PictureObject {
 public:
  static PictureObject of_avatar(core::Random& random, ImageFormat format);
  static PictureObject of_upload(core::Random& random);
  /// The whole path. Fails with `invalid` / "picture_malformed".
  static core::Result<PictureObject> parse(std::string_view path);
  /// The name of an account's picture, "<name>.png", as accounts and addresses have it. Fails likewise.
  static core::Result<PictureObject> parse_avatar(std::string_view name);

  std::string_view path() const& { return path_; }
  std::string_view path() && = delete;
  /// Without the folder.
  std::string_view name() const& { return std::string_view(path_).substr(path_.find('/') + 1); }
  std::string_view name() && = delete;
  /// Of an avatar; nothing of an upload.
  std::optional<ImageFormat> format() const;
  friend auto operator<=>(const PictureObject&, const PictureObject&) = default;

 private:
  explicit PictureObject(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

}  // namespace sallyport::avatars
