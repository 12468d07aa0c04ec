#include "crypto/flat_json.h"

#include <algorithm>
#include <boost/json/basic_parser_impl.hpp>

namespace sallyport::crypto {

/// Receives the events of Boost.JSON's parser: its `parse` would keep the last of equal names.
struct FlatJsonHandler {
  using Code = boost::json::error_code;
  using Text = boost::json::string_view;
  static constexpr std::size_t max_object_size = FlatJson::max_members;
  static constexpr std::size_t max_array_size = 0;
  static constexpr std::size_t max_key_size = 4096;
  static constexpr std::size_t max_string_size = 4096;

  FlatJson object;
  std::string text;  ///< of the name or string being read
  bool is_in_object = false;

  static bool refuse(Code& code) {
    code = boost::json::error::syntax;
    return false;
  }
  template <class T>
  bool set(T value, Code& code) {
    if (!is_in_object) return refuse(code);
    object.members_.back().value = std::move(value);
    return true;
  }

  bool on_document_begin(Code&) { return true; }
  bool on_document_end(Code&) { return true; }
  bool on_object_begin(Code& code) {
    if (is_in_object) return refuse(code);
    return is_in_object = true;
  }
  bool on_object_end(std::size_t, Code&) { return true; }
  bool on_array_begin(Code& code) { return refuse(code); }
  bool on_array_end(std::size_t, Code& code) { return refuse(code); }
  bool on_key_part(Text part, std::size_t, Code&) { return on_part(part); }
  bool on_key(Text part, std::size_t, Code& code) {
    on_part(part);
    if (std::ranges::find(object.members_, text, &FlatJson::Member::name) != object.members_.end()) return refuse(code);
    object.members_.push_back({std::exchange(text, {}), {}});
    return true;
  }
  bool on_string_part(Text part, std::size_t, Code&) { return on_part(part); }
  bool on_string(Text part, std::size_t, Code& code) {
    on_part(part);
    return set(std::exchange(text, {}), code);
  }
  bool on_number_part(Text, Code&) { return true; }
  bool on_int64(std::int64_t number, Text, Code& code) { return set(number, code); }
  bool on_uint64(std::uint64_t, Text, Code& code) { return refuse(code); }  // only what is no std::int64_t comes here
  bool on_double(double, Text, Code& code) { return refuse(code); }
  bool on_bool(bool, Code& code) { return refuse(code); }
  bool on_null(Code& code) { return refuse(code); }
  bool on_comment_part(Text, Code& code) { return refuse(code); }
  bool on_comment(Text, Code& code) { return refuse(code); }

 private:
  bool on_part(Text part) {
    text.append(part.data(), part.size());
    return true;
  }
};

std::optional<FlatJson> FlatJson::parse(std::string_view text) {
  if (!text.starts_with('{') || !text.ends_with('}')) return std::nullopt;
  boost::json::basic_parser<FlatJsonHandler> parser{boost::json::parse_options{}};
  boost::json::error_code code;
  const auto read = parser.write_some(false, text.data(), text.size(), code);
  if (code || read != text.size()) return std::nullopt;
  return std::move(parser.handler().object);
}

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += c < 0x10 ? "\\u000" : "\\u001";
      out += "0123456789abcdef"[c & 15];
    } else {
      out += c;
    }
  }
  out += '"';
}

}  // namespace sallyport::crypto
