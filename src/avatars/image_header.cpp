#include "avatars/image_header.h"

#include <algorithm>
#include <array>

namespace sallyport::avatars {
namespace {

using core::ByteView;

/// A number of `size` bytes, most significant first; the caller knows that they are there.
std::uint32_t big_endian(ByteView bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < size; ++i) value = value << 8 | bytes[at + i];
  return value;
}

/// The same, least significant first.
std::uint32_t little_endian(ByteView bytes, std::size_t at, std::size_t size) {
  std::uint32_t value = 0;
  for (std::size_t i = size; i > 0; --i) value = value << 8 | bytes[at + i - 1];
  return value;
}

bool stands_at(ByteView bytes, std::size_t at, std::string_view text) {
  return bytes.size() >= at && bytes.size() - at >= text.size() &&
         std::ranges::equal(bytes.subspan(at, text.size()), core::as_bytes(text));
}

bool is_size(std::uint32_t width, std::uint32_t height) { return width != 0 && height != 0; }

// --- PNG

constexpr std::string_view png_signature = "\x89PNG\r\n\x1a\n";

/// ISO/IEC 15948 Annex D, bit by bit: it is for the 17 bytes of one chunk.
std::uint32_t png_check(ByteView bytes) {
  std::uint32_t check = 0xFFFFFFFF;
  for (const auto byte : bytes) {
    check ^= byte;
    for (int bit = 0; bit < 8; ++bit) check = (check & 1) != 0 ? 0xEDB88320 ^ (check >> 1) : check >> 1;
  }
  return ~check;
}

/// ISO/IEC 15948 §11.2.2: which depths each colour type may have.
bool is_png_colour(std::uint8_t depth, std::uint8_t colour) {
  const auto is_one_of = [depth](std::initializer_list<int> depths) {
    return std::ranges::find(depths, int{depth}) != depths.end();
  };
  switch (colour) {
    case 0:
      return is_one_of({1, 2, 4, 8, 16});
    case 3:
      return is_one_of({1, 2, 4, 8});
    case 2:
    case 4:
    case 6:
      return is_one_of({8, 16});
    default:
      return false;
  }
}

std::optional<ImageHeader> read_png(ByteView bytes) {
  static constexpr std::size_t chunk_head = 8, chunk_check = 4, header_size = 13;
  static constexpr std::uint32_t most = 0x7FFFFFFF;  // §7.1: of lengths and of sides
  std::size_t at = png_signature.size();
  const auto header = at + chunk_head;
  if (bytes.size() < header + header_size + chunk_check) return std::nullopt;
  if (big_endian(bytes, at, 4) != header_size || !stands_at(bytes, at + 4, "IHDR")) return std::nullopt;
  if (png_check(bytes.subspan(at + 4, 4 + header_size)) != big_endian(bytes, header + header_size, 4))
    return std::nullopt;
  const auto width = big_endian(bytes, header, 4), height = big_endian(bytes, header + 4, 4);
  const bool is_known = is_png_colour(bytes[header + 8], bytes[header + 9]) && bytes[header + 10] == 0 &&
                        bytes[header + 11] == 0 && bytes[header + 12] <= 1;
  if (!is_known || !is_size(width, height) || width > most || height > most) return std::nullopt;
  at = header + header_size + chunk_check;
  while (bytes.size() - at >= chunk_head) {
    const auto size = big_endian(bytes, at, 4);
    const auto is_letter = [](std::uint8_t c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; };
    if (size > most || !std::ranges::all_of(bytes.subspan(at + 4, 4), is_letter)) return std::nullopt;
    const auto left = bytes.size() - at - chunk_head;
    if (stands_at(bytes, at + 4, "IDAT") && left > 0) return ImageHeader{ImageFormat::png, width, height};
    const bool is_early = stands_at(bytes, at + 4, "IHDR") || stands_at(bytes, at + 4, "IEND");
    if (is_early || left < chunk_check || left - chunk_check < size) return std::nullopt;
    at += chunk_head + size + chunk_check;
  }
  return std::nullopt;
}

// --- JPEG

enum JpegMarker : std::uint8_t {  // ITU-T T.81 table B.1
  progressive_frame = 0xC2,
  huffman_tables = 0xC4,
  first_frame = 0xC0,
  last_frame = 0xCF,
  start_of_scan = 0xDA,
};

/// T.81 B.2.2: the frame header, without its marker and length.
std::optional<ImageHeader> read_frame(ByteView frame) {
  static constexpr std::size_t before_components = 6, component = 3;
  if (frame.size() < before_components) return std::nullopt;
  const auto height = big_endian(frame, 1, 2), width = big_endian(frame, 3, 2);
  const std::size_t components = frame[5];
  const bool is_usual = frame[0] == 8 && (components == 1 || components == 3 || components == 4);
  if (!is_usual || frame.size() != before_components + component * components || !is_size(width, height))
    return std::nullopt;
  return ImageHeader{ImageFormat::jpeg, width, height};
}

std::optional<ImageHeader> read_jpeg(ByteView bytes) {
  std::optional<ImageHeader> found;
  std::size_t at = 2;  // behind the start of the image
  while (at < bytes.size()) {
    if (bytes[at] != 0xFF) return std::nullopt;
    while (at < bytes.size() && bytes[at] == 0xFF) ++at;  // B.1.1.2: fill bytes
    if (bytes.size() - at < 3) return std::nullopt;
    const auto marker = bytes[at++];
    if (marker < first_frame || (marker >= 0xD0 && marker <= 0xD9)) return std::nullopt;  // has no place here
    const std::size_t size = big_endian(bytes, at, 2);
    if (size < 2 || bytes.size() - at < size) return std::nullopt;
    const auto segment = bytes.subspan(at + 2, size - 2);
    at += size;
    if (marker == start_of_scan) return at < bytes.size() ? found : std::nullopt;
    const bool is_frame = marker <= last_frame && marker != huffman_tables && marker != 0xC8;
    if (!is_frame) continue;
    if (found || marker > progressive_frame)
      return std::nullopt;  // lossless, hierarchical, arithmetic: browsers lack them
    found = read_frame(segment);
    if (!found) return std::nullopt;
  }
  return std::nullopt;
}

// --- WebP

/// RFC 9649 §2.5: a lossy picture, by the frame header of VP8 (RFC 6386 §9.1).
std::optional<ImageHeader> read_vp8(ByteView chunk) {
  static constexpr std::size_t frame_head = 10;
  const bool is_key_frame = chunk.size() > frame_head && (chunk[0] & 1) == 0 && stands_at(chunk, 3, "\x9d\x01\x2a");
  if (!is_key_frame) return std::nullopt;
  return ImageHeader{ImageFormat::webp, little_endian(chunk, 6, 2) & 0x3FFF, little_endian(chunk, 8, 2) & 0x3FFF};
}

/// RFC 9649 §3.4: a lossless one.
std::optional<ImageHeader> read_vp8l(ByteView chunk) {
  static constexpr std::size_t head = 5;
  if (chunk.size() <= head || chunk[0] != 0x2F) return std::nullopt;
  const auto bits = little_endian(chunk, 1, 4);
  if (bits >> 29 != 0) return std::nullopt;  // the version
  return ImageHeader{ImageFormat::webp, (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1};
}

/// RFC 9649 §2.7: a canvas, of which nothing else is there yet.
std::optional<ImageHeader> read_vp8x(ByteView chunk) {
  static constexpr std::size_t size = 10;
  if (chunk.size() != size) return std::nullopt;
  return ImageHeader{ImageFormat::webp, little_endian(chunk, 4, 3) + 1, little_endian(chunk, 7, 3) + 1};
}

std::optional<ImageHeader> read_webp(ByteView bytes) {
  static constexpr std::size_t riff_head = 8, chunks = 12, chunk_head = 8;
  if (bytes.size() < chunks + chunk_head) return std::nullopt;
  const auto announced = little_endian(bytes, 4, 4);
  if (announced % 2 != 0 || announced != bytes.size() - riff_head) return std::nullopt;
  const auto size = little_endian(bytes, chunks + 4, 4);
  const auto left = bytes.size() - chunks - chunk_head;
  if (size > left) return std::nullopt;
  const auto chunk = bytes.subspan(chunks + chunk_head, size);
  std::optional<ImageHeader> found;
  if (stands_at(bytes, chunks, "VP8 ")) found = read_vp8(chunk);
  else if (stands_at(bytes, chunks, "VP8L")) found = read_vp8l(chunk);
  else if (stands_at(bytes, chunks, "VP8X") && left - size > chunk_head) found = read_vp8x(chunk);
  return found && is_size(found->width, found->height) ? found : std::nullopt;
}

}  // namespace

std::optional<ImageFormat> parse_media_type(std::string_view text) {
  auto type = text.substr(0, text.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; };
  for (const auto format : image_formats) {
    if (std::ranges::equal(type, media_type(format), {}, lower)) return format;
  }
  return std::nullopt;
}

core::Result<ImageHeader> read_image_header(ByteView bytes) {
  std::optional<ImageHeader> found;
  if (stands_at(bytes, 0, png_signature)) found = read_png(bytes);
  else if (stands_at(bytes, 0, "\xFF\xD8")) found = read_jpeg(bytes);
  else if (stands_at(bytes, 0, "RIFF") && stands_at(bytes, 8, "WEBP")) found = read_webp(bytes);
  if (!found) return core::fail(core::Fault::invalid, "image_malformed");
  return *found;
}

}  // namespace sallyport::avatars
