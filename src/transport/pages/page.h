#pragma once

#include <string_view>
#include <vector>

#include "transport/exchange.h"
#include "transport/pages/html.h"

namespace sallyport::transport::pages {

/// One labelled input of a form.
struct Field {
  Markup name;  ///< also the first part of its id
  Markup label;
  Markup type;          ///< "text", "email", "password"
  Markup autocomplete;  ///< WHATWG HTML, "autofill detail tokens"
  Markup hint = "";
  std::string_view value{};                ///< what it is filled with; never of a secret
  std::vector<std::string_view> errors{};  ///< a sentence each
  bool is_required = true;
};

/// The field with label, hint and errors, which screen readers read out with it.
void add_field(Html& html, const Field& field);

/// What the form sends along without asking.
void add_hidden_field(Html& html, Markup name, std::string_view value);

/// A whole page: a heading above `body`, with this server's one style sheet.
Response page(int status, Markup title, const Html& body);

/// What the style sheet is allowed by in Content-Security-Policy. A test holds it against the sheet.
std::string_view style_hash();
std::string_view style_sheet();

}  // namespace sallyport::transport::pages
