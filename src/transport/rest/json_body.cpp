#include "transport/rest/json_body.h"

#include <algorithm>

namespace sallyport::transport::rest {
namespace {

/// `application/json`, in any letter case, with or without parameters (RFC 9110 §8.3.1). A form or plain text, which a
/// browser sends across sites without asking, is neither.
bool is_json(std::string_view content_type) {
  static constexpr std::string_view wanted = "application/json";
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return std::ranges::equal(type, wanted, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
}

}  // namespace

core::Task<core::Result<std::string_view>> read_json_text(Exchange& exchange, std::size_t limit) {
  using Text = core::Result<std::string_view>;
  // The size first: a body that is too large is too large whatever it is.
  auto body = co_await exchange.read_body(limit);
  if (!body) co_return body;
  if (!is_json(exchange.header("Content-Type").value_or(""))) {
    co_return Text(core::fail(core::Fault::invalid, "unsupported_media_type"));
  }
  co_return body;
}

}  // namespace sallyport::transport::rest
