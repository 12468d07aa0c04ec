#pragma once

#include <string>
#include <string_view>

#include "core/error.h"

namespace sallyport::app {

enum class Output { text, json, markdown };

/// To standard output. 0, the status of a command that did what it was asked to.
int print(const std::string& text);

/// A sentence to standard error, after the program's name. 1, the status of a command that failed.
int complain(std::string_view sentence);
/// The same of an error's sentence; as JSON it is an `{"error":{"code":"...","message":"..."}}` on standard output.
int complain(const core::Error& error, Output output);

}  // namespace sallyport::app
