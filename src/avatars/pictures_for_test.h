#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::avatars {

/// Pictures as far as `read_image_header` looks at them; no program shows them.

inline std::string big_endian_of(std::uint32_t value, int size) {
  std::string bytes;
  for (int i = size - 1; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}
inline std::string little_endian_of(std::uint32_t value, int size) {
  std::string bytes;
  for (int i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// ISO/IEC 15948 Annex D.
inline std::uint32_t png_check_of(std::string_view bytes) {
  std::uint32_t check = 0xFFFFFFFF;
  for (const unsigned char byte : bytes) {
    check ^= byte;
    for (int bit = 0; bit < 8; ++bit) check = (check & 1) != 0 ? 0xEDB88320 ^ (check >> 1) : check >> 1;
  }
  return ~check;
}
inline std::string png_chunk(const std::string& type, const std::string& content) {
  return big_endian_of(static_cast<std::uint32_t>(content.size()), 4) + type + content +
         big_endian_of(png_check_of(type + content), 4);
}
/// `form` is depth, colour type, compression, filter, interlacing.
inline std::string png_picture(std::uint32_t width, std::uint32_t height,
                               const std::string& form = std::string("\x08\x06\0\0\0", 5)) {
  return "\x89PNG\r\n\x1a\n" + png_chunk("IHDR", big_endian_of(width, 4) + big_endian_of(height, 4) + form) +
         png_chunk("tEXt", "Comment") + png_chunk("IDAT", "pixels") + png_chunk("IEND", "");
}

inline std::string jpeg_segment(std::uint8_t marker, const std::string& content) {
  return std::string("\xFF") + static_cast<char>(marker) +
         big_endian_of(static_cast<std::uint32_t>(content.size()) + 2, 2) + content;
}
inline std::string jpeg_frame(std::uint8_t marker, std::uint32_t width, std::uint32_t height, int components = 3) {
  return jpeg_segment(marker, "\x08" + big_endian_of(height, 2) + big_endian_of(width, 2) +
                                  static_cast<char>(components) +
                                  std::string(static_cast<std::size_t>(3 * components), '\x11'));
}
inline std::string jpeg_picture(std::uint32_t width, std::uint32_t height, std::uint8_t frame = 0xC0) {
  return "\xFF\xD8" + jpeg_segment(0xE0, "JFIF") + jpeg_segment(0xC4, "tables") + jpeg_frame(frame, width, height) +
         jpeg_segment(0xDA, "scan") + "pixels\xFF\xD9";
}

inline std::string webp_chunk(const std::string& type, const std::string& content) {
  return type + little_endian_of(static_cast<std::uint32_t>(content.size()), 4) + content +
         std::string(content.size() % 2, '\0');
}
inline std::string webp_file(const std::string& chunks) {
  return "RIFF" + little_endian_of(static_cast<std::uint32_t>(chunks.size()) + 4, 4) + "WEBP" + chunks;
}
inline std::string webp_lossy(std::uint32_t width, std::uint32_t height) {
  return webp_file(webp_chunk("VP8 ", std::string("\x10\x02\x00\x9d\x01\x2a", 6) + little_endian_of(width, 2) +
                                          little_endian_of(height, 2) + "pixels"));
}
inline std::string webp_lossless(std::uint32_t width, std::uint32_t height) {
  return webp_file(webp_chunk("VP8L", "\x2f" + little_endian_of((width - 1) | (height - 1) << 14, 4) + "pixels"));
}
inline std::string webp_extended(std::uint32_t width, std::uint32_t height) {
  return webp_file(
      webp_chunk("VP8X", std::string(4, '\0') + little_endian_of(width - 1, 3) + little_endian_of(height - 1, 3)) +
      webp_chunk("VP8L", "\x2fpixels"));
}

}  // namespace sallyport::avatars
