#pragma once

#include <string>
#include <string_view>

#include "avatars/image_header.h"

namespace sallyport::fuzz {

inline std::string broken_image_rule(std::string_view bytes) {
  using namespace avatars;
  const auto header = read_image_header(core::as_bytes(bytes));
  if (!header) {
    const bool is_known = header.error().fault == core::Fault::invalid && header.error().code == "image_malformed";
    return is_known ? "" : "the refusal's kind";
  }
  const auto most = header->format == ImageFormat::png    ? 0x7FFFFFFFU
                    : header->format == ImageFormat::jpeg ? 0xFFFFU
                                                          : 0x1000000U;
  if (header->width == 0 || header->height == 0) return "a side of no pixels";
  if (header->width > most || header->height > most) return "a side longer than the format has";
  static constexpr std::string_view beginnings[] = {"\xFF\xD8", "\x89PNG", "RIFF"};
  if (!bytes.starts_with(beginnings[static_cast<std::size_t>(header->format)]))
    return "the beginning of another format";
  if (header->format == ImageFormat::webp) return {};  // knows its own end
  const auto longer = std::string(bytes) + "x";
  const auto again = read_image_header(core::as_bytes(longer));
  if (!again || *again != *header) return "what stands behind the pixels matters";
  return {};
}

}  // namespace sallyport::fuzz
