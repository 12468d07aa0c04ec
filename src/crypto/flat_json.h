#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sallyport::crypto {

/// A JSON object whose members are strings and whole numbers: what the parts of a token are.
class FlatJson {
 public:
  static constexpr std::size_t max_members = 32;

  /// Strict, so that no two readers can understand one text differently: nothing for text that is not JSON in UTF-8,
  /// has white space around it, a member twice (RFC 7515 §4, RFC 7519 §4), a nested value, a fraction, `true`, `false`
  /// or `null`, or more than `max_members`.
  static std::optional<FlatJson> parse(std::string_view text);

  /// The member, if it is there and is a string, or null.
  const std::string* string(std::string_view name) const { return find<std::string>(name); }
  /// The member, if it is there and is a whole number, or null.
  const std::int64_t* integer(std::string_view name) const { return find<std::int64_t>(name); }
  std::size_t size() const { return members_.size(); }

 private:
  friend struct FlatJsonHandler;
  struct Member {
    std::string name;
    std::variant<std::string, std::int64_t> value;
  };

  template <class T>
  const T* find(std::string_view name) const {
    for (const auto& member : members_)
      if (member.name == name) return std::get_if<T>(&member.value);
    return nullptr;
  }

  std::vector<Member> members_;
};

/// Appends `text`, which is UTF-8, as a JSON string with its quotes (RFC 8259 §7).
void append_json_string(std::string& out, std::string_view text);

}  // namespace sallyport::crypto
