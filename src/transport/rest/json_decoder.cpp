#include "transport/rest/json_decoder.h"

#include <openssl/crypto.h>

#include <boost/json/basic_parser_impl.hpp>
#include <charconv>
#include <cstring>
#include <forward_list>

#include "transport/rest/utf8.h"

namespace sallyport::transport::rest {

namespace {

using ErrorCode = boost::json::error_code;
using TextView = boost::json::string_view;

/// Receives the parser's events and walks the schema beside them.
class SchemaHandler {
 public:
  static constexpr std::size_t max_object_size = std::numeric_limits<std::size_t>::max();
  static constexpr std::size_t max_array_size = max_object_size;
  static constexpr std::size_t max_key_size = max_object_size;
  static constexpr std::size_t max_string_size = max_object_size;

  SchemaHandler(std::string_view body, const JsonNode& root, void* object, std::vector<core::FieldError>& wrong)
      : body_(body), root_(root), object_(object), wrong_(wrong) {
    keys_.reserve(16);
  }

  bool is_object() const { return is_object_; }
  bool has_duplicate_key() const { return has_duplicate_key_; }

  bool on_document_begin(ErrorCode&) { return true; }
  bool on_document_end(ErrorCode&) { return true; }

  bool on_object_begin(ErrorCode&) {
    const auto* node = expected();
    if (depth_ == 0) is_object_ = true;
    push(node, node != nullptr && (node->kind == JsonKind::object || node->kind == JsonKind::text_map));
    return true;
  }

  bool on_key_part(TextView part, std::size_t, ErrorCode&) {
    keep(part);
    return true;
  }

  bool on_key(TextView part, std::size_t, ErrorCode&) {
    auto key = whole(part);
    if (!is_in_body(key)) key = unescaped_keys_.emplace_front(key);
    keys_.push_back(key);
    auto& frame = frames_[depth_ - 1];
    if (frame.node == nullptr) return true;
    if (frame.node->kind == JsonKind::text_map) {
      if (key.contains('\0')) reject(*frame.node, "contains_nul");
      return true;
    }
    const auto members = frame.node->members();
    const auto found = std::ranges::find(members, key, &JsonNode::name);
    frame.member = found == members.end() ? nullptr : &*found;
    if (frame.member != nullptr) frame.seen |= frame.member_bit();
    return true;
  }

  bool on_object_end(std::size_t count, ErrorCode& ec) {
    const auto& frame = frames_[--depth_];
    const auto own_keys = std::span(keys_).subspan(frame.first_key);
    std::ranges::sort(own_keys);  // not a hash set: nothing for a client to collide, and no allocation
    if (std::ranges::adjacent_find(own_keys) != own_keys.end()) {
      has_duplicate_key_ = true;
      ec = boost::json::error::syntax;
      return false;
    }
    keys_.resize(frame.first_key);
    if (frame.node == nullptr) return true;
    if (frame.node->kind == JsonKind::text_map) check_length(*frame.node, count);
    std::uint64_t bit = 1;
    for (const auto& member : frame.node->members()) {
      if (member.is_required && (frame.seen & bit) == 0) reject(member, "missing");
      bit <<= 1;
    }
    return true;
  }

  bool on_array_begin(ErrorCode&) {
    const auto* node = expected();
    push(node, node != nullptr && node->kind == JsonKind::list);
    return true;
  }

  bool on_array_end(std::size_t count, ErrorCode&) {
    const auto& frame = frames_[--depth_];
    if (frame.node != nullptr) check_length(*frame.node, count);
    return true;
  }

  bool on_string_part(TextView part, std::size_t, ErrorCode&) {
    if (expected() != nullptr) keep(part);
    return true;
  }

  bool on_string(TextView part, std::size_t, ErrorCode&) {
    const auto* node = expected();
    if (node == nullptr) return true;
    const auto text = whole(part);
    if (node->kind == JsonKind::text || node->kind == JsonKind::secret) {
      if (text.contains('\0')) reject(*node, "contains_nul");
      else check_length(*node, count_code_points(text));
      if (node->kind == JsonKind::text) open<std::string>(*node).assign(text);
      else open<core::Secret>(*node) = core::Secret(text);
    } else if (node->kind == JsonKind::enumeration) {
      const auto found = std::ranges::find(node->enumerators, text);
      if (found == node->enumerators.end()) reject(*node, "unknown_value");
      else node->set_enumerator(open(*node), static_cast<std::size_t>(found - node->enumerators.begin()));
    } else {
      reject(*node, "wrong_type");
    }
    return true;
  }

  // The numbers' own text is read instead of the parser's value, whose doubles are not correctly rounded in Boost 1.81.
  bool on_number_part(TextView, ErrorCode&) { return true; }
  bool on_int64(std::int64_t, TextView text, ErrorCode&) { return on_number(text); }
  bool on_uint64(std::uint64_t, TextView text, ErrorCode&) { return on_number(text); }
  bool on_double(double, TextView text, ErrorCode&) { return on_number(text); }

  bool on_bool(bool value, ErrorCode&) {
    const auto* node = expected();
    if (node == nullptr) return true;
    if (node->kind == JsonKind::boolean) open<bool>(*node) = value;
    else reject(*node, "wrong_type");
    return true;
  }

  bool on_null(ErrorCode&) {
    const auto* node = expected();
    if (node == nullptr) return true;
    if (node->name.empty()) {
      reject(*node, "wrong_type");
    } else {
      auto& frame = frames_[depth_ - 1];
      if (node->set_null != nullptr) node->set_null(frame.object);
      else frame.seen &= ~frame.member_bit();
    }
    return true;
  }

  bool on_comment_part(TextView, ErrorCode&) { return true; }
  bool on_comment(TextView, ErrorCode&) { return true; }

 private:
  /// An array or object that the parser is inside of.
  struct Frame {
    const JsonNode* node = nullptr;  ///< null: nothing in here has a place in the schema
    void* object = nullptr;
    const JsonNode* member = nullptr;  ///< whose value is next; null for an unknown one
    std::uint64_t seen = 0;            ///< a bit for each member
    std::size_t first_key = 0;         ///< in `keys_`
    std::uint64_t member_bit() const { return std::uint64_t{1} << (member - node->first_member); }
  };

  /// The place of the value that comes now; null if it is to be ignored, as elements beyond their list's limit are:
  /// three bytes of body must not buy a struct each.
  const JsonNode* expected() const {
    if (depth_ == 0) return &root_;
    const auto& frame = frames_[depth_ - 1];
    if (frame.node == nullptr) return nullptr;
    if (frame.node->kind == JsonKind::object) return frame.member;
    return std::cmp_less(element_count(frame), frame.node->limit.max) ? frame.node->element : nullptr;
  }

  /// How many elements of a list or map have been kept.
  static std::size_t element_count(const Frame& frame) {
    if (frame.node->kind == JsonKind::text_map) return static_cast<const detail::TextMap*>(frame.object)->size();
    return frame.node->items(frame.object).count;
  }

  void* open(const JsonNode& node) {
    if (depth_ == 0) return object_;
    const auto& frame = frames_[depth_ - 1];
    if (frame.node->kind != JsonKind::text_map) return node.open(frame.object);
    return &(*static_cast<detail::TextMap*>(frame.object))[std::string(keys_.back())];
  }
  template <class T>
  T& open(const JsonNode& node) {
    return *static_cast<T*>(open(node));
  }

  void push(const JsonNode* node, bool fits) {
    if (node != nullptr && !fits) reject(*node, "wrong_type");
    void* object = fits ? open(*node) : nullptr;
    frames_[depth_++] = {.node = fits ? node : nullptr, .object = object, .first_key = keys_.size()};
  }

  void reject(const JsonNode& node, std::string_view rule) {
    if (&node == &root_) return;  // the document is no object, which is not a field's error
    const core::FieldError error{node.path, rule};
    if (std::ranges::find(wrong_, error) == wrong_.end()) wrong_.push_back(error);
  }

  void check_length(const JsonNode& node, std::size_t length) {
    if (std::cmp_less(length, node.limit.min)) reject(node, "too_short");
    else if (std::cmp_greater(length, node.limit.max)) reject(node, "too_long");
  }

  bool on_number(std::string_view text) {
    const auto* node = expected();
    if (node == nullptr) return true;
    if (node->kind == JsonKind::number) {
      double value = 0;
      if (std::from_chars(text.begin(), text.end(), value).ec != std::errc()) reject(*node, "out_of_range");
      else open<double>(*node) = value;
    } else if (node->kind == JsonKind::int32) {
      on_integer<std::int32_t>(*node, text);
    } else if (node->kind == JsonKind::int64) {
      on_integer<std::int64_t>(*node, text);
    } else {
      reject(*node, "wrong_type");
    }
    return true;
  }

  template <class Integer>
  void on_integer(const JsonNode& node, std::string_view text) {
    if (text.find_first_of(".eE") != std::string_view::npos) return reject(node, "wrong_type");
    Integer value = 0;
    const auto read = std::from_chars(text.begin(), text.end(), value).ec;
    if (read != std::errc() || value < node.limit.min || value > node.limit.max) return reject(node, "out_of_range");
    open<Integer>(node) = value;
  }

  bool is_in_body(std::string_view text) const {
    return !std::less<>()(text.data(), body_.data()) && !std::less<>()(body_.data() + body_.size(), text.data());
  }

  /// The whole string whose last part this is; good until the next string.
  std::string_view whole(std::string_view part) {
    if (kept_ == 0) return part;
    keep(part);
    return {scratch_->reveal().data(), std::exchange(kept_, 0)};
  }
  void keep(std::string_view part) {
    if (!scratch_) scratch_ = core::Secret::of_size(body_.size());  // unescaped text is never longer than its source
    std::memcpy(scratch_->writable().data() + kept_, part.data(), part.size());
    kept_ += part.size();
  }

  std::string_view body_;
  const JsonNode& root_;
  void* object_;
  std::vector<core::FieldError>& wrong_;
  std::array<Frame, max_json_depth> frames_;
  std::size_t depth_ = 0;
  std::vector<std::string_view> keys_;             ///< of every object that is open
  std::forward_list<std::string> unescaped_keys_;  ///< those of `keys_` that the body spells with escapes
  std::optional<core::Secret> scratch_;            ///< a string with escapes, while its parts come in
  std::size_t kept_ = 0;                           ///< how much of `scratch_` is used
  bool is_object_ = false;
  bool has_duplicate_key_ = false;
};

/// Overwrites the stack that calls made from here have used. The parser unescapes strings in a buffer of 4 KB that it
/// leaves as it is.
[[gnu::noinline]] void wipe_stack_below() {
  std::array<char, 32 * 1024> used;
  OPENSSL_cleanse(used.data(), used.size());
}

core::Result<void> parse(std::string_view body, const JsonNode& schema, void* object,
                         std::vector<core::FieldError>& wrong) {
  const auto malformed = [](std::string_view code) { return core::fail(core::Fault::malformed, code); };
  boost::json::parse_options options;
  options.max_depth = max_json_depth;
  options.allow_invalid_utf8 = true;  // all of the body has been checked, not just its strings
  boost::json::basic_parser<SchemaHandler> parser(options, body, schema, object, wrong);
  ErrorCode ec;
  const auto read = parser.write_some(false, body.data(), body.size(), ec);
  if (parser.handler().has_duplicate_key()) return malformed("json_duplicate_key");
  if (ec == boost::json::error::too_deep) return malformed("json_too_deep");
  if (ec || read != body.size()) return malformed("json_malformed");
  if (!parser.handler().is_object()) return malformed("json_not_object");
  return {};
}

}  // namespace

core::Result<void> detail::decode_json(std::string_view body, const JsonNode& schema, void* object,
                                       std::vector<core::FieldError>& wrong) {
  if (!is_utf8(body)) return core::fail(core::Fault::malformed, "json_not_utf8");
  auto parsed = parse(body, schema, object, wrong);
  if (body.contains('\\') && any_node(schema, [](const JsonNode& node) { return node.kind == JsonKind::secret; }))
    wipe_stack_below();
  return parsed;
}

}  // namespace sallyport::transport::rest
