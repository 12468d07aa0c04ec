#pragma once

#include <span>
#include <string_view>

namespace sallyport::mail {

struct EmbeddedFile {
  std::string_view name;  ///< "recovery.de.txt"
  std::string_view text;
};

/// Every template this program comes with: src/mail/templates/, embedded at build.
std::span<const EmbeddedFile> mail_templates();

}  // namespace sallyport::mail
