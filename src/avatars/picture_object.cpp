#include "avatars/picture_object.h"

#include "core/base64url.h"

namespace sallyport::avatars {
namespace {

constexpr std::string_view avatars = "avatars/", uploads = "uploads/";
constexpr std::size_t name_bytes = 16, name_characters = 22;

constexpr std::string_view suffix(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return ".jpg";
    case ImageFormat::png:
      return ".png";
    case ImageFormat::webp:
      return ".webp";
  }
  return "";
}

std::string fresh_name(core::Random& random) { return core::base64url_encode(random.bytes<name_bytes>()); }

bool is_name(std::string_view text) {
  return text.size() == name_characters && core::base64url_decode(text).has_value();
}

std::optional<ImageFormat> format_of(std::string_view name) {
  if (name.size() < name_characters || !is_name(name.substr(0, name_characters))) return std::nullopt;
  for (const auto format : image_formats) {
    if (name.substr(name_characters) == suffix(format)) return format;
  }
  return std::nullopt;
}

}  // namespace

PictureObject PictureObject::of_avatar(core::Random& random, ImageFormat format) {
  return PictureObject(std::string(avatars) + fresh_name(random) + std::string(suffix(format)));
}

PictureObject PictureObject::of_upload(core::Random& random) {
  return PictureObject(std::string(uploads) + fresh_name(random));
}

core::Result<PictureObject> PictureObject::parse(std::string_view path) {
  const bool is_known = (path.starts_with(avatars) && format_of(path.substr(avatars.size()))) ||
                        (path.starts_with(uploads) && is_name(path.substr(uploads.size())));
  if (!is_known) return core::fail(core::Fault::invalid, "picture_malformed");
  return PictureObject(std::string(path));
}

core::Result<PictureObject> PictureObject::parse_avatar(std::string_view name) {
  return parse(std::string(avatars) + std::string(name));
}

std::optional<ImageFormat> PictureObject::format() const {
  return path_.starts_with(avatars) ? format_of(name()) : std::nullopt;
}

}  // namespace sallyport::avatars
