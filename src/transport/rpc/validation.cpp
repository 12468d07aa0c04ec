#include "transport/rpc/validation.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <limits>
#include <optional>
#include <stdexcept>

#include "core/ids.h"
#include "sallyport/options/v1/options.pb.h"
#include "transport/rest/utf8.h"

namespace sallyport::transport::rpc {

namespace pb = google::protobuf;
namespace options = ::sallyport::options::v1;
using Wrong = std::vector<core::FieldError>;
using Cpp = pb::FieldDescriptor::CppType;

/// One field of a type, at its place below the root.
struct MessageRules::Field {
  const pb::FieldDescriptor* field;
  std::string_view path;          ///< of the field; for a repeated one, of the list
  std::string_view element_path;  ///< of each element of it
  options::FieldRules rules;
  std::vector<Field> nested{};  ///< of a message, what it holds
};

namespace {

void report(Wrong& wrong, std::string_view path, std::string_view rule) {
  // A list may have a thousand elements that are wrong alike; which one is no part of the path.
  if (std::ranges::none_of(wrong, [&](const auto& error) { return error.field == path; }))
    wrong.push_back({path, rule});
}

/// The rule that a text breaks, or nothing.
std::string_view broken_by_text(const options::FieldRules& rules, std::string_view text) {
  if (!rest::is_utf8(text)) return "not_utf8";
  if (text.contains('\0')) return "contains_nul";
  if (text.empty() && (rules.min_len() > 0 || rules.one_of_size() > 0)) return "missing";
  const auto length = rest::count_code_points(text);
  if (length < rules.min_len()) return "too_short";
  if (rules.has_max_len() && length > rules.max_len()) return "too_long";
  if (rules.uuid() && !text.empty() && !core::Uuid::parse_digits(text)) return "uuid_malformed";
  if (rules.one_of_size() > 0 && std::ranges::find(rules.one_of(), text) == rules.one_of().end())
    return "unknown_value";
  return {};
}

std::string_view broken_by_enum(const options::FieldRules& rules, const pb::EnumDescriptor& type, int number) {
  if (rules.not_unspecified() && number == 0) return "missing";
  return type.FindValueByNumber(number) == nullptr ? "unknown_value" : std::string_view();
}

template <class Number>
std::string_view broken_by_number(const options::FieldRules& rules, Number number) {
  const bool is_in_range = (!rules.has_gte() || std::cmp_greater_equal(number, rules.gte())) &&
                           (!rules.has_gt() || std::cmp_greater(number, rules.gt())) &&
                           (!rules.has_lte() || std::cmp_less_equal(number, rules.lte()));
  return is_in_range ? std::string_view() : "out_of_range";
}

/// Reads one value of a field: the field's own, or an element of it.
struct Value {
  const pb::Message& message;
  const pb::FieldDescriptor* field;
  std::optional<int> index;

  template <class T>
  T get(T (pb::Reflection::*one)(const pb::Message&, const pb::FieldDescriptor*) const,
        T (pb::Reflection::*of_many)(const pb::Message&, const pb::FieldDescriptor*, int) const) const {
    const auto& reflection = *message.GetReflection();
    return index ? (reflection.*of_many)(message, field, *index) : (reflection.*one)(message, field);
  }
  const std::string& text(std::string& scratch) const {
    const auto& reflection = *message.GetReflection();
    return index ? reflection.GetRepeatedStringReference(message, field, *index, &scratch)
                 : reflection.GetStringReference(message, field, &scratch);
  }
  const pb::Message& nested() const {
    const auto& reflection = *message.GetReflection();
    return index ? reflection.GetRepeatedMessage(message, field, *index) : reflection.GetMessage(message, field);
  }
};

std::string_view broken_by_scalar(const options::FieldRules& rules, const Value& value) {
  using Reflection = pb::Reflection;
  switch (value.field->cpp_type()) {
    case Cpp::CPPTYPE_STRING: {
      if (value.field->type() == pb::FieldDescriptor::TYPE_BYTES) return {};
      std::string scratch;
      return broken_by_text(rules, value.text(scratch));
    }
    case Cpp::CPPTYPE_ENUM:
      return broken_by_enum(rules, *value.field->enum_type(),
                            value.get(&Reflection::GetEnumValue, &Reflection::GetRepeatedEnumValue));
    case Cpp::CPPTYPE_INT32:
      return broken_by_number(rules, value.get(&Reflection::GetInt32, &Reflection::GetRepeatedInt32));
    case Cpp::CPPTYPE_INT64:
      return broken_by_number(rules, value.get(&Reflection::GetInt64, &Reflection::GetRepeatedInt64));
    case Cpp::CPPTYPE_UINT32:
      return broken_by_number(rules, value.get(&Reflection::GetUInt32, &Reflection::GetRepeatedUInt32));
    case Cpp::CPPTYPE_UINT64:
      return broken_by_number(rules, value.get(&Reflection::GetUInt64, &Reflection::GetRepeatedUInt64));
    default:
      return {};
  }
}

/// Whether a message has nothing set, as a UUID that is there and empty.
bool is_blank(const pb::Message& message) {
  std::vector<const pb::FieldDescriptor*> present;
  message.GetReflection()->ListFields(message, &present);
  return present.empty();
}

void look_at_fields(const std::vector<MessageRules::Field>& fields, const pb::Message& message, Wrong& wrong);

void look_at(const MessageRules::Field& at, const Value& value, std::string_view path, Wrong& wrong) {
  if (at.field->cpp_type() != Cpp::CPPTYPE_MESSAGE) {
    const auto rule = broken_by_scalar(at.rules, value);
    if (!rule.empty()) report(wrong, path, rule);
    return;
  }
  if (at.rules.required() && is_blank(value.nested())) return report(wrong, path, "missing");
  look_at_fields(at.nested, value.nested(), wrong);
}

void look_at_map(const MessageRules::Field& at, const pb::Message& message, Wrong& wrong) {
  const auto& reflection = *message.GetReflection();
  const auto count = reflection.FieldSize(message, at.field);
  if (at.rules.has_max_items() && std::cmp_greater(count, at.rules.max_items())) report(wrong, at.path, "too_long");
  options::FieldRules of_key, of_value;
  if (at.rules.has_max_key_len()) of_key.set_max_len(at.rules.max_key_len());
  if (at.rules.has_max_value_len()) of_value.set_max_len(at.rules.max_value_len());
  for (int i = 0; i < count; ++i) {
    const auto& entry = reflection.GetRepeatedMessage(message, at.field, i);
    const auto key = broken_by_scalar(of_key, {entry, at.field->message_type()->map_key(), {}});
    if (!key.empty()) report(wrong, at.path, key);
    const auto value = broken_by_scalar(of_value, {entry, at.field->message_type()->map_value(), {}});
    if (!value.empty()) report(wrong, at.element_path, value);
  }
}

void look_at_fields(const std::vector<MessageRules::Field>& fields, const pb::Message& message, Wrong& wrong) {
  const auto& reflection = *message.GetReflection();
  for (const auto& at : fields) {
    if (at.field->is_map()) {
      look_at_map(at, message, wrong);
    } else if (at.field->is_repeated()) {
      const auto count = reflection.FieldSize(message, at.field);
      if (at.rules.has_max_items() && std::cmp_greater(count, at.rules.max_items())) report(wrong, at.path, "too_long");
      for (int i = 0; i < count; ++i) look_at(at, {message, at.field, i}, at.element_path, wrong);
    } else if (at.field->has_presence() && !reflection.HasField(message, at.field)) {
      if (at.rules.required()) report(wrong, at.path, "missing");
    } else {
      look_at(at, {message, at.field, {}}, at.path, wrong);
    }
  }
}

void check_options(const pb::FieldDescriptor& field, const options::FieldRules& rules) {
  const auto refuse_if = [&](bool is_wrong, const char* why) {
    if (is_wrong) throw std::logic_error(field.full_name() + ": " + why);
  };
  const auto type = field.cpp_type();
  const bool is_text = field.type() == pb::FieldDescriptor::TYPE_STRING;
  const bool is_integer = type == Cpp::CPPTYPE_INT32 || type == Cpp::CPPTYPE_INT64 || type == Cpp::CPPTYPE_UINT32 ||
                          type == Cpp::CPPTYPE_UINT64;
  const bool has_text_rules = rules.has_min_len() || rules.has_max_len() || rules.uuid() || rules.one_of_size() > 0;
  refuse_if(has_text_rules && !is_text, "min_len, max_len, uuid and one_of are for strings");
  refuse_if(rules.has_max_len() && rules.min_len() > rules.max_len(), "min_len is above max_len");
  refuse_if(rules.one_of_size() > 0 && (rules.has_min_len() || rules.has_max_len() || rules.uuid()),
            "one_of says it all");
  refuse_if(rules.required() && (type != Cpp::CPPTYPE_MESSAGE || field.is_map()), "required is for messages");
  refuse_if(rules.not_unspecified() && type != Cpp::CPPTYPE_ENUM, "not_unspecified is for enumerations");
  refuse_if((rules.has_gte() || rules.has_gt() || rules.has_lte()) && !is_integer, "gte, gt and lte are for integers");
  refuse_if(rules.has_gte() && rules.has_gt(), "gte and gt exclude each other");
  refuse_if(rules.has_lte() &&
                ((rules.has_gte() && rules.gte() > rules.lte()) || (rules.has_gt() && rules.gt() >= rules.lte())),
            "no number is in the range");
  refuse_if(rules.has_max_items() && !field.is_repeated(), "max_items is for repeated fields");
  const bool is_text_map = field.is_map() &&
                           field.message_type()->map_key()->type() == pb::FieldDescriptor::TYPE_STRING &&
                           field.message_type()->map_value()->type() == pb::FieldDescriptor::TYPE_STRING;
  refuse_if((rules.has_max_key_len() || rules.has_max_value_len()) && !is_text_map,
            "max_key_len and max_value_len are for maps of strings");
  refuse_if(field.options().GetExtension(options::secret) && type != Cpp::CPPTYPE_STRING,
            "only strings and bytes are secret");
}

}  // namespace

struct MessageRules::Builder {
  MessageRules& rules;
  std::vector<const pb::Descriptor*> above{};  ///< the types that a place is nested in

  std::string_view keep(std::string path) { return rules.paths_.emplace_back(std::move(path)); }

  std::vector<Field> fields_of(const pb::Descriptor& type, std::string_view prefix) {
    if (std::ranges::find(above, &type) != above.end()) throw std::logic_error(type.full_name() + " nests itself");
    above.push_back(&type);
    std::vector<Field> fields;
    for (int i = 0; i < type.field_count(); ++i) add(*type.field(i), prefix, fields);
    above.pop_back();
    return fields;
  }

  void add(const pb::FieldDescriptor& field, std::string_view prefix, std::vector<Field>& to) {
    const auto& rules_of_field = field.options().GetExtension(options::rules);
    check_options(field, rules_of_field);
    rules.has_secrets_ |= field.options().GetExtension(options::secret);
    const auto path = keep(prefix.empty() ? field.name() : std::string(prefix) + "." + field.name());
    Field made{.field = &field, .path = path, .element_path = path, .rules = rules_of_field};
    if (field.is_repeated()) made.element_path = keep(std::string(path) + "[]");
    const bool is_message = field.cpp_type() == Cpp::CPPTYPE_MESSAGE;
    if (is_message && !field.is_map()) made.nested = fields_of(*field.message_type(), made.element_path);
    const bool is_checked_anyway =
        field.type() == pb::FieldDescriptor::TYPE_STRING || field.cpp_type() == Cpp::CPPTYPE_ENUM || field.is_map();
    const bool has_rules = rules_of_field.ByteSizeLong() > 0;
    if (is_checked_anyway || has_rules || !made.nested.empty()) to.push_back(std::move(made));
  }
};

MessageRules::MessageRules(const pb::Descriptor& type) { fields_ = Builder{*this}.fields_of(type, ""); }

MessageRules::~MessageRules() = default;

Wrong MessageRules::violations(const pb::Message& message) const {
  Wrong wrong;
  look_at_fields(fields_, message, wrong);
  return wrong;
}

}  // namespace sallyport::transport::rpc
