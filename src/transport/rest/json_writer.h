#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::transport::rest {

/// Appends JSON text (RFC 8259) to a string the caller owns, which outlives the writer. Commas are the writer's,
/// balanced calls the caller's. No white space.
class JsonWriter {
 public:
  explicit JsonWriter(std::string& out) : out_(out) {}

  void begin_object() { begin('{'); }
  void end_object() { end('}'); }
  void begin_array() { begin('['); }
  void end_array() { end(']'); }

  /// A key of any characters.
  void key(std::string_view key);
  /// A key that needs no escaping, such as a member's name.
  void member(std::string_view name);

  /// A member of that name, and the beginning of its value or all of it.
  void begin_object(std::string_view name) {
    member(name);
    begin_object();
  }
  void begin_array(std::string_view name) {
    member(name);
    begin_array();
  }
  void text(std::string_view name, std::string_view value) {
    member(name);
    text(value);
  }

  /// Quotes, backslashes and controls are escaped; each byte that is not UTF-8 becomes U+FFFD.
  void text(std::string_view text);
  void integer(std::int64_t value);
  /// The shortest text that reads back as the same value; what JSON cannot say (infinity, NaN) is null.
  void number(double value);
  void boolean(bool value) { raw(value ? "true" : "false"); }
  void null() { raw("null"); }
  /// A value that is JSON already: something that this program has written itself.
  void embed(std::string_view json) { raw(json); }

 private:
  void begin(char bracket);
  void end(char bracket);
  void raw(std::string_view value);
  void quote(std::string_view text);
  void separate() {
    if (needs_comma_) out_.push_back(',');
    needs_comma_ = true;
  }

  std::string& out_;
  bool needs_comma_ = false;
};

}  // namespace sallyport::transport::rest
