#pragma once

#include <string>
#include <string_view>

#include "audit/event.h"
#include "core/result.h"
#include "core/task.h"
#include "transport/rest/json_encoder.h"

namespace sallyport::app {

/// What a command answers with: a JSON object, or an error with a sentence for the operator in `log_detail`.
using Answer = core::Result<std::string>;

template <class Document>
Answer answer(const Document& document) {
  std::string text;
  transport::rest::encode_json(text, document);
  return text;
}

/// `{"error":{"code":"...","message":"..."}}`, without a line's end.
std::string error_line(std::string_view code, std::string_view message);

/// `{"result":{...}}`, or `{"error":{"code":"...","message":"..."}}` with a sentence that says what to do.
std::string answer_line(const Answer& answer);

/// Where the audit log says that a command came from.
inline audit::Origin operator_origin() { return {.ip = "", .user_agent = "sallyport command line", .request_id = ""}; }

}  // namespace sallyport::app
