#pragma once

#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/error.h"

namespace google::protobuf {
class Descriptor;
class Message;
}  // namespace google::protobuf

namespace sallyport::transport::rpc {

/// What a type of message may hold: the options of its fields and of everything nested in it, laid out once, so that
/// looking at a message looks only at what can be wrong. Of every type, whatever its options: text is UTF-8 without NUL
/// characters, and an enumeration has a value that is known.
///
/// The errors it makes point at paths that it owns, so it outlives them. Read by every loop at once.
class MessageRules {
 public:
  /// Throws std::logic_error, with the field's full name, for options that contradict each other or the field's type,
  /// and for a type that nests itself: bugs, found at start.
  explicit MessageRules(const google::protobuf::Descriptor& type);
  MessageRules(const MessageRules&) = delete;
  ~MessageRules();

  /// Every wrong field of a message of this type, in the order of its fields, with its path (`client_info.device_id`,
  /// `user_ids[].value`, `metadata[]`) and its rule as REST names it: `missing`, `too_short`, `too_long`,
  /// `out_of_range`, `unknown_value`, `uuid_malformed`, `contains_nul`, `not_utf8`. One rule a path.
  std::vector<core::FieldError> violations(const google::protobuf::Message& message) const;

  /// Whether a field, at any depth, is marked as a secret.
  bool has_secrets() const { return has_secrets_; }

  struct Field;

 private:
  struct Builder;

  std::vector<Field> fields_;
  std::deque<std::string> paths_;  ///< which do not move
  bool has_secrets_ = false;
};

}  // namespace sallyport::transport::rpc
