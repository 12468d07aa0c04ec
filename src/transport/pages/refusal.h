#pragma once

#include <initializer_list>
#include <optional>
#include <string_view>
#include <vector>

#include "core/result.h"
#include "transport/exchange.h"
#include "transport/pages/form.h"
#include "transport/pages/html.h"

namespace sallyport::transport::pages {

/// Why a form is shown again, in words for whoever filled it in.
struct Refusal {
  int status = 200;
  std::string_view notice{};              ///< a sentence above the form; points at a literal
  std::vector<core::FieldError> wrong{};  ///< beside the fields
  std::optional<core::Error> error{};     ///< none: the form is shown for the first time

  /// A sentence for each thing that is wrong with a field.
  std::vector<std::string_view> sentences_of(std::string_view field) const;
  void add_notice(Html& html) const;
  /// Says in metrics, log and headers what the page says in words.
  void mark(Response& response) const;
};

/// An error that is about one field, so that it is shown beside it.
struct FieldOfCode {
  std::string_view code, field;
};

/// Puts an error into words. A field that was left empty is missing, whatever else is wrong with it; `form` may be
/// null. Errors that no person can do anything about stay errors.
core::Result<Refusal> refusal_of(core::Error error, const Form* form, std::initializer_list<FieldOfCode> fields = {});

}  // namespace sallyport::transport::pages
