#pragma once

#include <algorithm>
#include <array>
#include <boost/describe/class.hpp>
#include <boost/describe/enum.hpp>
#include <boost/describe/enumerators.hpp>
#include <boost/describe/members.hpp>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/secret.h"

namespace sallyport::transport::rest {

/// What JSON value a place in a document holds, and which C++ type receives it.
enum class JsonKind : std::uint8_t {
  text,         ///< string, `std::string`
  secret,       ///< string, `core::Secret`; in requests only
  boolean,      ///< true or false, `bool`
  int32,        ///< number without fraction and exponent, `std::int32_t`
  int64,        ///< likewise, `std::int64_t`
  number,       ///< any number, `double`
  enumeration,  ///< string, an enum described with BOOST_DESCRIBE_ENUM
  object,       ///< object, a wire struct
  list,         ///< array, `std::vector`
  text_map,     ///< object with any keys, `std::map<std::string, std::string>`
};

/// Bounds, both inclusive, of one member of a wire struct: code points of a text or secret, value of an integer, number
/// of elements of a list or map. `member` is the member's name, or `name[]` for what a list or map holds.
struct JsonLimit {
  static constexpr auto none = std::numeric_limits<std::int64_t>::max();
  std::string_view member;
  std::int64_t min = std::numeric_limits<std::int64_t>::min();
  std::int64_t max = none;
};

/// What people are told of one member of a wire struct. It promises and checks nothing; a value object, which a second
/// step makes of the text, does.
struct JsonNote {
  std::string_view member;
  std::string_view text{};                           ///< sentences for whoever writes a client
  std::string_view format{};                         ///< of JSON Schema: "email", "uuid", "date-time", "uri-reference"
  std::string_view example{};                        ///< a text, or a number's digits
  std::initializer_list<std::string_view> values{};  ///< all that a text may be
};

/// The elements of a list, without their type.
struct JsonItems {
  const std::byte* first;
  std::size_t count;
  std::size_t stride;
};

/// One place in the documents of a wire struct: the struct itself, a member, or what a list holds. All of it has static
/// storage, so an error may point at `path`. Functions take the address of the value or of the value's owner, of
/// exactly the type that the node was made for.
struct JsonNode {
  std::string_view name;  ///< of the member; empty for the root and for elements
  std::string_view path;  ///< from the root: `device.name`, and `roles[]` for every element of `roles`
  JsonKind kind;
  bool is_required;
  JsonLimit limit;
  void* (*open)(void* owner);              ///< makes the value present (an element: appends it) and finds it
  const void* (*find)(const void* owner);  ///< null if absent
  const JsonNode* first_member = nullptr;  ///< of an object, see `members()`
  std::size_t member_count = 0;
  const JsonNode* element = nullptr;  ///< of a list or map
  JsonItems (*items)(const void* list) = nullptr;
  std::span<const std::string_view> enumerators{};                   ///< as spelled in JSON
  void (*set_enumerator)(void* value, std::size_t index) = nullptr;  ///< index in `enumerators`
  std::optional<std::size_t> (*enumerator)(const void* value) = nullptr;
  void (*set_null)(void* owner) = nullptr;  ///< of a member for which null is a value of its own
  std::string_view type_name{};             ///< of an object: its struct's, without namespaces
  const JsonNote* note = nullptr;           ///< of a member that has one

  constexpr std::span<const JsonNode> members() const { return {first_member, member_count}; }
};

namespace detail {

template <class T>
struct Present {
  using Type = T;
  static constexpr bool is_optional = false;
};
template <class T>
struct Present<std::optional<T>> {
  using Type = T;
  static constexpr bool is_optional = true;
};
/// Absent, null, or a value: what a partial change needs (RFC 7396).
template <class T>
struct Present<std::optional<std::optional<T>>> : Present<std::optional<T>> {};
template <class T>
inline constexpr bool is_nullable = false;
template <class T>
inline constexpr bool is_nullable<std::optional<std::optional<T>>> = true;

template <class T>
inline constexpr bool is_vector = false;
template <class E>
inline constexpr bool is_vector<std::vector<E>> = true;

using TextMap = std::map<std::string, std::string>;

template <class Owner, class Descriptor>
using MemberType = std::remove_cvref_t<decltype(std::declval<Owner&>().*Descriptor::pointer)>;

/// A step of a path; `Member<...>` and `Element` chained give each place of a document its own text.
template <class Descriptor>
struct Member {
  static constexpr std::string_view text = Descriptor::name;
};
struct Element {
  static constexpr std::string_view text = "[]";
};

template <class... Steps>
struct Path {
  static constexpr auto joined = [] {
    std::array<char, (std::size_t{1} + ... + (Steps::text.size() + 1))> chars{};
    std::size_t size = 0;
    const auto add = [&](std::string_view step) {
      if (size != 0 && step != Element::text) chars[size++] = '.';
      for (const char c : step) chars[size++] = c;
    };
    (add(Steps::text), ...);
    return std::pair(chars, size);
  }();
  static constexpr std::string_view text{joined.first.data(), joined.second};
};

template <class E>
struct Enumerators {
  template <template <class...> class List, class... D>
  static constexpr auto names_of(List<D...>) {
    return std::array<std::string_view, sizeof...(D)>{D::name...};
  }
  template <template <class...> class List, class... D>
  static constexpr auto values_of(List<D...>) {
    return std::array<E, sizeof...(D)>{D::value...};
  }
  static constexpr auto names = names_of(boost::describe::describe_enumerators<E>{});
  static constexpr auto values = values_of(boost::describe::describe_enumerators<E>{});
};

constexpr bool has_limits(JsonKind kind) {
  using enum JsonKind;
  return kind == text || kind == secret || kind == int32 || kind == int64 || kind == list || kind == text_map;
}

template <class T>
constexpr std::span<const JsonLimit> limits_of() {
  if constexpr (requires { T::limits; }) return T::limits;
  else return {};
}

/// The limit of `name` followed by `suffix`, or none.
constexpr JsonLimit find_limit(std::span<const JsonLimit> limits, std::string_view name, std::string_view suffix = {}) {
  for (const auto& limit : limits)
    if (limit.member.starts_with(name) && limit.member.substr(name.size()) == suffix) return limit;
  return {};
}

template <class T>
constexpr std::span<const JsonNote> notes_of() {
  if constexpr (requires { T::notes; }) return T::notes;
  else return {};
}

constexpr const JsonNote* find_note(std::span<const JsonNote> notes, std::string_view name) {
  for (const auto& note : notes)
    if (note.member == name) return &note;
  return nullptr;
}

/// "UserAnswer" for sallyport::sessions::api::UserAnswer.
template <class T>
consteval std::string_view type_name() {
  std::string_view text = __PRETTY_FUNCTION__;  // "... [T = sallyport::sessions::api::UserAnswer]"
  text.remove_suffix(1);
  text.remove_prefix(text.rfind(" = ") + 3);
  const auto colon = text.rfind(':');
  return colon == std::string_view::npos ? text : text.substr(colon + 1);
}

template <class Value>
consteval JsonKind kind_of() {
  if constexpr (std::is_same_v<Value, std::string>) return JsonKind::text;
  else if constexpr (std::is_same_v<Value, core::Secret>) return JsonKind::secret;
  else if constexpr (std::is_same_v<Value, bool>) return JsonKind::boolean;
  else if constexpr (std::is_same_v<Value, std::int32_t>) return JsonKind::int32;
  else if constexpr (std::is_same_v<Value, std::int64_t>) return JsonKind::int64;
  else if constexpr (std::is_same_v<Value, double>) return JsonKind::number;
  else if constexpr (std::is_same_v<Value, TextMap>) return JsonKind::text_map;
  else if constexpr (is_vector<Value>) return JsonKind::list;
  else if constexpr (boost::describe::has_describe_enumerators<Value>::value) return JsonKind::enumeration;
  else {
    static_assert(boost::describe::has_describe_members<Value>::value, "not a type that JSON members may have");
    return JsonKind::object;
  }
}

template <class T, class... Steps>
struct Members;
template <class List, JsonLimit (*limit)(), class... Steps>
struct Elements;

/// The node of a `Value` at `Steps`; `own` is its limit, `of_elements` that of the elements it may have.
template <class Value, JsonLimit (*of_elements)(), class... Steps>
consteval JsonNode make_node(std::string_view name, bool is_required, JsonLimit own, void* (*open)(void*),
                             const void* (*find)(const void*)) {
  constexpr auto kind = kind_of<Value>();
  JsonNode node{name, Path<Steps...>::text, kind, is_required, own, open, find};
  if constexpr (kind == JsonKind::object) {
    node.type_name = type_name<Value>();
    node.first_member = Members<Value, Steps...>::nodes.data();
    node.member_count = Members<Value, Steps...>::nodes.size();
  } else if constexpr (kind == JsonKind::list) {
    static_assert(!std::is_same_v<Value, std::vector<bool>>, "std::vector<bool> holds no bools");
    node.element = &Elements<Value, of_elements, Steps...>::node;
    node.items = [](const void* list) {
      const auto& items = *static_cast<const Value*>(list);
      return JsonItems{reinterpret_cast<const std::byte*>(items.data()), items.size(),
                       sizeof(typename Value::value_type)};
    };
  } else if constexpr (kind == JsonKind::text_map) {
    node.element = &Elements<Value, of_elements, Steps...>::node;
  } else if constexpr (kind == JsonKind::enumeration) {
    node.enumerators = Enumerators<Value>::names;
    node.set_enumerator = [](void* value, std::size_t index) {
      *static_cast<Value*>(value) = Enumerators<Value>::values[index];
    };
    node.enumerator = [](const void* value) -> std::optional<std::size_t> {
      const auto found = std::ranges::find(Enumerators<Value>::values, *static_cast<const Value*>(value));
      if (found == Enumerators<Value>::values.end()) return std::nullopt;
      return static_cast<std::size_t>(found - Enumerators<Value>::values.begin());
    };
  }
  return node;
}

constexpr JsonLimit no_limit() { return {}; }

/// A secret has no default constructor, so that an empty one is never an accident; here it is about to be filled.
template <class Value, class Emplace>
void* emplace_default(Emplace emplace) {
  if constexpr (std::is_same_v<Value, core::Secret>) return &emplace(std::string_view{});
  else return &emplace();
}

template <class List, JsonLimit (*limit)(), class... Steps>
struct Elements {
  using Value = typename List::value_type;
  static constexpr JsonNode node = make_node<Value, &no_limit, Steps..., Element>(
      {}, true, limit(),
      [](void* list) {
        return emplace_default<Value>(
            [list](auto... from) -> Value& { return static_cast<List*>(list)->emplace_back(from...); });
      },
      nullptr);
};
template <JsonLimit (*limit)(), class... Steps>
struct Elements<TextMap, limit, Steps...> {  // the decoder and the encoder walk the map themselves, it has one type
  static constexpr JsonNode node =
      make_node<std::string, &no_limit, Steps..., Element>({}, true, limit(), nullptr, nullptr);
};

template <class T, class... Steps>
struct Members {
  template <class D>
  static constexpr JsonLimit element_limit() {
    return find_limit(limits_of<T>(), D::name, Element::text);
  }
  template <class D>
  static consteval JsonNode make_member() {
    using Held = MemberType<T, D>;
    using Value = typename Present<Held>::Type;
    auto node = make_node<Value, &element_limit<D>, Steps..., Member<D>>(
        D::name, !Present<Held>::is_optional, find_limit(limits_of<T>(), D::name),
        [](void* owner) -> void* {
          auto& held = static_cast<T*>(owner)->*D::pointer;
          if constexpr (is_nullable<Held>)
            return emplace_default<Value>([&held](auto... from) -> Value& { return held.emplace().emplace(from...); });
          else if constexpr (Present<Held>::is_optional)
            return emplace_default<Value>([&held](auto... from) -> Value& { return held.emplace(from...); });
          else return &held;
        },
        [](const void* owner) -> const void* {
          const auto& held = static_cast<const T*>(owner)->*D::pointer;
          if constexpr (is_nullable<Held>) return held && *held ? &**held : nullptr;
          else if constexpr (Present<Held>::is_optional) return held ? &*held : nullptr;
          else return &held;
        });
    node.note = find_note(notes_of<T>(), D::name);
    if constexpr (is_nullable<Held>) {
      node.set_null = [](void* owner) { (static_cast<T*>(owner)->*D::pointer).emplace(std::nullopt); };
    }
    return node;
  }
  template <template <class...> class List, class... D>
  static consteval auto make_all(List<D...>) {
    static_assert(sizeof...(D) <= 64, "the decoder marks what it saw in 64 bits");
    return std::array<JsonNode, sizeof...(D)>{make_member<D>()...};
  }
  static constexpr auto nodes = make_all(boost::describe::describe_members<T, boost::describe::mod_public>{});

  static constexpr bool names_what_has_limits(const JsonLimit& limit) {
    return std::ranges::any_of(nodes, [&](const JsonNode& node) {
      return (limit.member == node.name && has_limits(node.kind)) ||
             (node.element != nullptr && has_limits(node.element->kind) && limit.member.starts_with(node.name) &&
              limit.member.substr(node.name.size()) == Element::text);
    });
  }
  static_assert(std::ranges::all_of(limits_of<T>(), names_what_has_limits),
                "a limit names no member that can have one");
  static_assert(std::ranges::all_of(notes_of<T>(),
                                    [](const JsonNote& note) {
                                      return std::ranges::find(nodes, note.member, &JsonNode::name) != nodes.end();
                                    }),
                "a note names no member");
};

}  // namespace detail

/// The schema of a *wire struct*, the shape of a request or an answer: a default-constructible struct of public
/// members, each listed in BOOST_DESCRIBE_STRUCT(Name, (), (members)), of the types named at `JsonKind` or an
/// `std::optional` of one; an optional of an optional tells null from absence. Members that are not optional are
/// required. A required secret is written `core::Secret password{""};`. Wire structs nest, but never hold themselves.
/// Limits are the struct's own; in requests every list and map has one:
///
///     struct Registration {
///       std::string identifier;
///       core::Secret password{""};
///       std::vector<std::string> roles;
///       static constexpr JsonLimit limits[] = {{"identifier", 1, 254}, {"roles", 0, 8}, {"roles[]", 1, 32}};
///     };
///     BOOST_DESCRIBE_STRUCT(Registration, (), (identifier, password, roles))
///
/// What the reference says of members (see `openapi_document`) stands in `static constexpr JsonNote notes[]`.
template <class T>
inline constexpr JsonNode json_schema = detail::make_node<T, &detail::no_limit>({}, true, {}, nullptr, nullptr);

/// Whether any place of a schema matches.
constexpr bool any_node(const JsonNode& node, bool (*matches)(const JsonNode&)) {
  return matches(node) || (node.element != nullptr && any_node(*node.element, matches)) ||
         std::ranges::any_of(node.members(), [&](const JsonNode& member) { return any_node(member, matches); });
}

}  // namespace sallyport::transport::rest
