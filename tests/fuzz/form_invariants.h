#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "transport/pages/form.h"
#include "transport/rest/utf8.h"

namespace sallyport::fuzz {

/// With every byte encoded, as a form may have it too.
inline std::string encoded_form_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    ((out += '%') += "0123456789ABCDEF"[byte >> 4]) += "0123456789abcdef"[byte & 15];
  }
  return out;
}

inline std::string broken_form_rule(std::string_view text) {
  using transport::pages::Form;
  const auto form = Form::parse(text);
  if (!form) {
    const bool is_too_long = text.size() > Form::most_bytes;
    if (form.error().code != (is_too_long ? "body_too_large" : "form_malformed")) return "refused for no known reason";
    return {};
  }
  if (form->size() > Form::most_fields || text.size() > Form::most_bytes) return "it is beyond its limits";
  std::set<std::string_view> names;
  std::string again;
  for (const auto& [name, secret] : form->fields()) {
    const auto value = secret.reveal();
    if (name.empty() || !names.insert(name).second) return "a name is empty or there twice";
    for (const auto part : {std::string_view(name), value}) {
      if (!transport::rest::is_utf8(part) || part.contains('\0')) return "what was decoded is no text";
    }
    if ((*form)[name] != value) return "a field is not found";
    if (!again.empty()) again += '&';
    again += encoded_form_text(name) + '=' + encoded_form_text(value);
  }
  if (again.size() > Form::most_bytes) return {};
  const auto second = Form::parse(again);
  const bool is_same = second && std::ranges::equal(form->fields(), second->fields(), [](const auto& a, const auto& b) {
                         return a.first == b.first && a.second.reveal() == b.second.reveal();
                       });
  return is_same ? "" : "another encoding of it is another form";
}

}  // namespace sallyport::fuzz
