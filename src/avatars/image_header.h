#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "core/bytes.h"
#include "core/result.h"

namespace sallyport::avatars {

/// What a picture may be.
enum class ImageFormat { jpeg, png, webp };

inline constexpr ImageFormat image_formats[] = {ImageFormat::jpeg, ImageFormat::png, ImageFormat::webp};

/// The media type (RFC 2046 §4.2, RFC 9649 §3); a literal.
constexpr std::string_view media_type(ImageFormat format) {
  switch (format) {
    case ImageFormat::jpeg:
      return "image/jpeg";
    case ImageFormat::png:
      return "image/png";
    case ImageFormat::webp:
      return "image/webp";
  }
  return "";
}

/// The format of a media type in any letter case, with or without parameters (RFC 9110 §8.3.1).
std::optional<ImageFormat> parse_media_type(std::string_view text);

/// What the bytes of a picture themselves say.
struct ImageHeader {
  ImageFormat format;
  std::uint32_t width, height;  ///< in pixels; neither is 0
  friend bool operator==(const ImageHeader&, const ImageHeader&) = default;
};

/// Reads what stands before the first compressed pixel, and nothing behind it: pictures are not decoded here. Fails
/// with `invalid` / "image_malformed" unless the bytes begin as a baseline or progressive JPEG (ITU-T T.81 Annex B), a
/// PNG (ISO/IEC 15948 §5) or a WebP (RFC 9649 §2) does, up to the first byte of its pixels.
core::Result<ImageHeader> read_image_header(core::ByteView bytes);

}  // namespace sallyport::avatars
