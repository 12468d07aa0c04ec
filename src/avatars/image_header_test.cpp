#include "avatars/image_header.h"

#include <gtest/gtest.h>

#include "avatars/pictures_for_test.h"

namespace sallyport::avatars {
namespace {

std::optional<ImageHeader> header_of(std::string_view bytes) {
  auto header = read_image_header(core::as_bytes(bytes));
  if (header) return *header;
  EXPECT_EQ(header.error().fault, core::Fault::invalid);
  EXPECT_EQ(header.error().code, "image_malformed");
  return std::nullopt;
}

constexpr ImageHeader header(ImageFormat format) { return {format, 640, 480}; }

TEST(ImageHeader, IsReadOfEachFormat) {
  EXPECT_EQ(header_of(png_picture(640, 480)), header(ImageFormat::png));
  EXPECT_EQ(header_of(jpeg_picture(640, 480)), header(ImageFormat::jpeg));
  EXPECT_EQ(header_of(jpeg_picture(640, 480, 0xC2)), header(ImageFormat::jpeg));
  EXPECT_EQ(header_of(webp_lossy(640, 480)), header(ImageFormat::webp));
  EXPECT_EQ(header_of(webp_lossless(640, 480)), header(ImageFormat::webp));
  EXPECT_EQ(header_of(webp_extended(640, 480)), header(ImageFormat::webp));
}

TEST(ImageHeader, KnowsTheSmallestAndTheLargestSides) {
  EXPECT_EQ(header_of(png_picture(1, 0x7FFFFFFF)), (ImageHeader{ImageFormat::png, 1, 0x7FFFFFFF}));
  EXPECT_EQ(header_of(jpeg_picture(1, 0xFFFF)), (ImageHeader{ImageFormat::jpeg, 1, 0xFFFF}));
  EXPECT_EQ(header_of(webp_lossy(1, 0x3FFF)), (ImageHeader{ImageFormat::webp, 1, 0x3FFF}));
  EXPECT_EQ(header_of(webp_lossless(1, 0x4000)), (ImageHeader{ImageFormat::webp, 1, 0x4000}));
  EXPECT_EQ(header_of(webp_extended(1, 0x1000000)), (ImageHeader{ImageFormat::webp, 1, 0x1000000}));
  for (const auto& empty : {png_picture(0, 9), png_picture(9, 0), png_picture(0x80000000, 9), jpeg_picture(0, 9),
                            jpeg_picture(9, 0), webp_lossy(0, 9), webp_lossy(9, 0)})
    EXPECT_EQ(header_of(empty), std::nullopt);
}

TEST(ImageHeader, NeedsEveryByteUpToThePixels) {
  for (const auto& whole : {png_picture(9, 9), jpeg_picture(9, 9)}) {
    const auto pixels = whole.find("pixels");
    for (std::size_t size = 0; size <= pixels; ++size)
      EXPECT_EQ(header_of(whole.substr(0, size)), std::nullopt) << size;
    EXPECT_TRUE(header_of(whole.substr(0, pixels + 1)));
  }
  for (const auto& whole : {webp_lossy(9, 9), webp_lossless(9, 9), webp_extended(9, 9)})
    for (std::size_t size = 0; size < whole.size(); ++size) EXPECT_EQ(header_of(whole.substr(0, size)), std::nullopt);
}

TEST(ImageHeader, RefusesAPngThatIsNotAsTheStandardHasIt) {
  const auto with_form = [](std::string_view form) { return png_picture(9, 9, std::string(form)); };
  using namespace std::string_view_literals;
  EXPECT_TRUE(header_of(with_form("\x10\x00\0\0\1"sv)));
  for (const auto form : {"\x03\x00\0\0\0"sv, "\x10\x03\0\0\0"sv, "\x04\x06\0\0\0"sv, "\x08\x01\0\0\0"sv,
                          "\x08\x06\1\0\0"sv, "\x08\x06\0\1\0"sv, "\x08\x06\0\0\2"sv})
    EXPECT_EQ(header_of(with_form(form)), std::nullopt);
  auto changed = png_picture(9, 9);
  changed[19] ^= 1;  // the width, but not its check
  EXPECT_EQ(header_of(changed), std::nullopt);
  const auto head = png_picture(9, 9).substr(0, 33);
  EXPECT_EQ(header_of(head + png_chunk("IEND", "") + png_chunk("IDAT", "pixels")), std::nullopt);
  EXPECT_EQ(header_of(head + png_chunk("IHDR", "") + png_chunk("IDAT", "pixels")), std::nullopt);
  EXPECT_EQ(header_of(head + png_chunk("<svg", "") + png_chunk("IDAT", "pixels")), std::nullopt);
  EXPECT_EQ(header_of(head + "\xFF\xFF\xFF\xFFtEXt" + png_chunk("IDAT", "pixels")), std::nullopt);
}

TEST(ImageHeader, RefusesAJpegThatBrowsersDoNotShow) {
  const auto of = [](const std::string& segments) { return "\xFF\xD8" + segments + jpeg_segment(0xDA, "scan") + "p"; };
  EXPECT_TRUE(header_of(of(jpeg_frame(0xC0, 9, 9))));
  EXPECT_TRUE(header_of(of("\xFF\xFF" + jpeg_frame(0xC0, 9, 9))));  // fill bytes
  EXPECT_EQ(header_of(of("")), std::nullopt);                       // pixels of nothing
  static constexpr std::uint8_t others[] = {0xC3, 0xC5, 0xC9, 0xCA, 0xCC, 0xCF};
  for (const auto frame : others) EXPECT_EQ(header_of(of(jpeg_frame(frame, 9, 9))), std::nullopt);
  EXPECT_EQ(header_of(of(jpeg_frame(0xC0, 9, 9) + jpeg_frame(0xC0, 8, 8))), std::nullopt);
  EXPECT_EQ(header_of(of(jpeg_frame(0xC0, 9, 9, 2))), std::nullopt);
  EXPECT_EQ(header_of(of(jpeg_segment(0xC0, std::string("\x0c\0\x09\0\x09\x01\0\0\0", 9)))), std::nullopt);  // 12 bits
  EXPECT_EQ(header_of(of(std::string("\xFF\xE0\0\1", 4) + jpeg_frame(0xC0, 9, 9))), std::nullopt);
  EXPECT_EQ(header_of(of("\xFF\xD8" + jpeg_frame(0xC0, 9, 9))), std::nullopt);
  EXPECT_EQ(header_of(of("x" + jpeg_frame(0xC0, 9, 9))), std::nullopt);
}

TEST(ImageHeader, RefusesAWebPThatIsNotWholeOrNotAPicture) {
  EXPECT_EQ(header_of(webp_lossy(9, 9) + "xx"), std::nullopt);
  EXPECT_EQ(header_of(webp_file(webp_chunk("EXIF", "whatever it says"))), std::nullopt);
  EXPECT_EQ(header_of(webp_file(webp_chunk("VP8X", std::string(10, '\0')))), std::nullopt);  // a canvas without picture
  auto interframe = webp_lossy(9, 9);
  interframe[20] = '\x11';
  EXPECT_EQ(header_of(interframe), std::nullopt);
  auto version = webp_lossless(9, 9);
  version[24] = '\x20';
  EXPECT_EQ(header_of(version), std::nullopt);
}

TEST(ImageHeader, IsOfNothingElse) {
  for (const auto* other : {"", "GIF89a\1\0\1\0", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>", "<!doctype html>",
                            "RIFF\4\0\0\0WAVE", "BM", "%PDF-1.7"})
    EXPECT_EQ(header_of(other), std::nullopt) << other;
}

TEST(MediaType, IsKnownInAnyLetterCaseAndWithParameters) {
  EXPECT_EQ(parse_media_type("image/png"), ImageFormat::png);
  EXPECT_EQ(parse_media_type("Image/JPEG ; q=1"), ImageFormat::jpeg);
  EXPECT_EQ(parse_media_type("image/webp;x"), ImageFormat::webp);
  for (const auto* other : {"", "image/gif", "image/svg+xml", "image/pngx", "image/jpg", "text/html", " image/png"})
    EXPECT_EQ(parse_media_type(other), std::nullopt) << other;
}

}  // namespace
}  // namespace sallyport::avatars
