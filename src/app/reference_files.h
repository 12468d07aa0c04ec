#pragma once

#include <span>
#include <string_view>

namespace sallyport::app {

struct EmbeddedFile {
  std::string_view name;  ///< "reference.css"
  std::string_view text;
};

/// The page of the reference and what it loads: web/reference/, embedded at build.
std::span<const EmbeddedFile> reference_files();

}  // namespace sallyport::app
