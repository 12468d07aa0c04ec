#include "transport/pages/html.h"

namespace sallyport::transport::pages {

Html& Html::text(std::string_view text) {
  for (const char c : text) {
    switch (c) {
      case '&':
        html_ += "&amp;";
        break;
      case '<':
        html_ += "&lt;";
        break;
      case '>':
        html_ += "&gt;";
        break;
      case '"':
        html_ += "&quot;";
        break;
      case '\'':
        html_ += "&#39;";
        break;
      default:
        html_ += c;
    }
  }
  return *this;
}

}  // namespace sallyport::transport::pages
