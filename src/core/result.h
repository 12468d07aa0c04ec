#pragma once

#include <expected>
#include <utility>

#include "core/error.h"

namespace sallyport::core {

/// A value, or why there is none. Expected failures travel this way; exceptions are for bugs and exhausted resources.
template <class T>
using Result = std::expected<T, Error>;

/// Shorthand for the failing arm: `return fail(Fault::conflict, "identifier_taken");`
inline std::unexpected<Error> fail(Fault fault, std::string_view code) {
  return std::unexpected(Error{.fault = fault, .code = code});
}

/// The same for an operator to read, with a sentence that says what is wrong and what to do.
inline std::unexpected<Error> refuse(Fault fault, std::string_view code, std::string sentence) {
  return std::unexpected(Error{.fault = fault, .code = code, .log_detail = std::move(sentence)});
}

/// Passes the error of one result on as the error of another.
template <class T>
std::unexpected<Error> fail(Result<T>&& failed) {
  return std::unexpected(std::move(failed).error());
}

}  // namespace sallyport::core
