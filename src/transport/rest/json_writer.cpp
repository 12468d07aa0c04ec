#include "transport/rest/json_writer.h"

#include <array>
#include <charconv>
#include <cmath>

#include "core/byte_scan.h"
#include "transport/rest/utf8.h"

namespace sallyport::transport::rest {

namespace {

/// How a byte inside a string is written: as it is, by looking at its sequence, by a letter after a backslash, or (`u`)
/// in hex.
constexpr char as_is = 0, sequence = 1;
constexpr auto writings = [] {
  std::array<char, 256> table{};
  for (std::size_t byte = 0; byte < 0x20; ++byte) table[byte] = 'u';
  for (std::size_t byte = 0x80; byte < 0x100; ++byte) table[byte] = sequence;
  table['"'] = '"';
  table['\\'] = '\\';
  table['\b'] = 'b';
  table['\f'] = 'f';
  table['\n'] = 'n';
  table['\r'] = 'r';
  table['\t'] = 't';
  return table;
}();

}  // namespace

void JsonWriter::quote(std::string_view text) {
  out_.push_back('"');
  std::size_t written = 0, at = 0;
  const auto flush = [&](std::size_t skipped) {
    out_.append(text.substr(written, at - written));
    at += skipped;
    written = at;
  };
  while (at < text.size()) {
    if (text.size() - at >= 8) {
      const auto word = core::load_eight(text.data() + at);
      if (!core::has_byte_below(word, 0x20) && !core::has_high_byte(word) && !core::has_byte(word, '"') &&
          !core::has_byte(word, '\\')) {
        at += 8;
        continue;
      }
    }
    const auto byte = static_cast<unsigned char>(text[at]);
    const char writing = writings[byte];
    if (writing == as_is) {
      ++at;
    } else if (writing == sequence) {
      const auto length = utf8_sequence_length(text.substr(at));
      at += length;
      if (length != 0) continue;
      flush(1);
      out_.append("\xef\xbf\xbd");
    } else {
      flush(1);
      out_.push_back('\\');
      out_.push_back(writing);
      if (writing != 'u') continue;
      constexpr std::string_view digits = "0123456789abcdef";
      out_.append("00");
      out_.push_back(digits[byte >> 4]);
      out_.push_back(digits[byte & 15]);
    }
  }
  flush(0);
  out_.push_back('"');
}

void JsonWriter::key(std::string_view key) {
  separate();
  quote(key);
  out_.push_back(':');
  needs_comma_ = false;
}

void JsonWriter::member(std::string_view name) {
  separate();
  out_.push_back('"');
  out_.append(name);
  out_.append("\":");
  needs_comma_ = false;
}

void JsonWriter::text(std::string_view text) {
  separate();
  quote(text);
}

void JsonWriter::integer(std::int64_t value) {
  std::array<char, 20> digits;  // "-9223372036854775808"
  const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
  raw({digits.begin(), end});
}

void JsonWriter::number(double value) {
  if (!std::isfinite(value)) return null();
  std::array<char, 24> digits;  // "-2.2250738585072014e-308"
  const auto end = std::to_chars(digits.begin(), digits.end(), value).ptr;
  raw({digits.begin(), end});
}

void JsonWriter::begin(char bracket) {
  separate();
  out_.push_back(bracket);
  needs_comma_ = false;
}

void JsonWriter::end(char bracket) {
  out_.push_back(bracket);
  needs_comma_ = true;
}

void JsonWriter::raw(std::string_view value) {
  separate();
  out_.append(value);
}

}  // namespace sallyport::transport::rest
