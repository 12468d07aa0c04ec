#include "transport/http1/uri.h"

namespace sallyport::transport::http1 {
namespace {

bool percent_decode(std::string_view text, std::string& out, char meaning_of_plus) {
  out.clear();
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    char byte = text[i];
    if (byte == '+') byte = meaning_of_plus;
    if (byte == '%') {
      if (text.size() - i < 3) return false;
      const int high = hex_value(text[i + 1]), low = hex_value(text[i + 2]);
      if (high < 0 || low < 0) return false;
      byte = static_cast<char>(high << 4 | low);
      i += 2;
    }
    if (byte == '\0') return false;
    out += byte;
  }
  return true;
}

}  // namespace

bool percent_decode_segment(std::string_view segment, std::string& out) { return percent_decode(segment, out, '+'); }

bool percent_decode_query(std::string_view text, std::string& out) { return percent_decode(text, out, ' '); }

}  // namespace sallyport::transport::http1
