#include "accounts/locale.h"

#include <algorithm>
#include <vector>

namespace sallyport::accounts {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alpha(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_alnum(char c) { return is_digit(c) || is_alpha(c); }

bool all(std::string_view subtag, bool (*is_kind)(char), std::size_t min_size, std::size_t max_size) {
  return subtag.size() >= min_size && subtag.size() <= max_size && std::ranges::all_of(subtag, is_kind);
}

bool is_private_mark(std::string_view subtag) { return subtag == "x" || subtag == "X"; }
bool is_private_part(std::string_view subtag) { return all(subtag, is_alnum, 1, 8); }
bool is_extended_language(std::string_view subtag) { return all(subtag, is_alpha, 3, 3); }
bool is_script(std::string_view subtag) { return all(subtag, is_alpha, 4, 4); }
bool is_region(std::string_view subtag) { return all(subtag, is_alpha, 2, 2) || all(subtag, is_digit, 3, 3); }
bool is_variant(std::string_view subtag) {
  return all(subtag, is_alnum, 5, 8) || (all(subtag, is_alnum, 4, 4) && is_digit(subtag[0]));
}
bool is_singleton(std::string_view subtag) { return all(subtag, is_alnum, 1, 1) && !is_private_mark(subtag); }
bool is_extension_part(std::string_view subtag) { return all(subtag, is_alnum, 2, 8); }

/// The subtags of a tag, taken from the left.
class Subtags {
 public:
  explicit Subtags(std::string_view tag) {
    for (auto end = tag.find('-'); end != tag.npos; end = tag.find('-')) {
      subtags_.push_back(tag.substr(0, end));
      tag.remove_prefix(end + 1);
    }
    subtags_.push_back(tag);
  }
  bool take(bool (*is_kind)(std::string_view)) {
    if (next_ == subtags_.size() || !is_kind(subtags_[next_])) return false;
    ++next_;
    return true;
  }
  std::size_t take_all(bool (*is_kind)(std::string_view)) {
    std::size_t taken = 0;
    while (take(is_kind)) ++taken;
    return taken;
  }
  bool is_empty() const { return next_ == subtags_.size(); }

 private:
  std::vector<std::string_view> subtags_;
  std::size_t next_ = 0;
};

bool take_private_use(Subtags& subtags) {
  return subtags.take(is_private_mark) && subtags.take_all(is_private_part) > 0;
}

/// The ABNF of RFC 5646 §2.1, in its order.
bool is_language_tag(std::string_view tag) {
  Subtags subtags(tag);
  if (subtags.take([](auto subtag) { return all(subtag, is_alpha, 2, 3); })) {
    for (int extensions = 0; extensions < 3 && subtags.take(is_extended_language);) ++extensions;
  } else if (!subtags.take([](auto subtag) { return all(subtag, is_alpha, 4, 8); })) {
    return take_private_use(subtags) && subtags.is_empty();
  }
  subtags.take(is_script);
  subtags.take(is_region);
  subtags.take_all(is_variant);
  while (subtags.take(is_singleton))
    if (subtags.take_all(is_extension_part) == 0) return false;
  return subtags.is_empty() || (take_private_use(subtags) && subtags.is_empty());
}

}  // namespace

core::Result<Locale> Locale::parse(std::string_view text) {
  if (text.size() > max_size) return core::fail(core::Fault::invalid, "too_long");
  if (!is_language_tag(text)) return core::fail(core::Fault::invalid, "locale_malformed");
  return Locale(text);
}

}  // namespace sallyport::accounts
