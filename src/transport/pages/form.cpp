#include "transport/pages/form.h"

#include <algorithm>
#include <optional>

#include "transport/http1/uri.h"
#include "transport/rest/utf8.h"

namespace sallyport::transport::pages {
namespace {

std::unexpected<core::Error> malformed() { return core::fail(core::Fault::malformed, "form_malformed"); }

/// Nothing if it is not encoded as it must be, or is no text.
std::optional<core::Secret> decode(std::string_view encoded) {
  const auto is_foreign = [](char c) { return c <= ' ' || c > '~'; };  // what is not ASCII is negative
  if (std::ranges::any_of(encoded, is_foreign)) return std::nullopt;
  std::string text;
  text.reserve(encoded.size());  // so that no copy stays behind as it grows
  std::optional<core::Secret> decoded;
  if (http1::percent_decode_query(encoded, text) && rest::is_utf8(text)) decoded.emplace(std::string_view(text));
  OPENSSL_cleanse(text.data(), text.size());
  return decoded;
}

/// `application/x-www-form-urlencoded`, in any letter case, with or without parameters (RFC 9110 §8.3.1).
bool is_form(std::string_view content_type) {
  static constexpr std::string_view wanted = "application/x-www-form-urlencoded";
  auto type = content_type.substr(0, content_type.find(';'));
  while (type.ends_with(' ') || type.ends_with('\t')) type.remove_suffix(1);
  return std::ranges::equal(type, wanted, {},
                            [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c; });
}

}  // namespace

core::Result<Form> Form::parse(std::string_view text) {
  if (text.size() > most_bytes) return core::fail(core::Fault::too_large, "body_too_large");
  Form form;
  bool is_at_end = text.empty();
  while (!is_at_end) {
    const auto end = text.find('&');
    const auto pair = text.substr(0, end);
    is_at_end = end == std::string_view::npos;
    if (!is_at_end) text.remove_prefix(end + 1);
    const auto equals = pair.find('=');
    if (equals == std::string_view::npos || form.size() == most_fields) return malformed();
    const auto name = decode(pair.substr(0, equals));
    auto value = decode(pair.substr(equals + 1));
    if (!name || name->size() == 0 || !value) return malformed();
    const auto has_name = [&](const auto& field) { return field.first == name->reveal(); };
    if (std::ranges::any_of(form.fields_, has_name)) return malformed();
    form.fields_.emplace_back(name->reveal(), std::move(*value));
  }
  return form;
}

std::string_view Form::operator[](std::string_view name) const {
  const auto found =
      std::ranges::find(fields_, name, [](const auto& field) -> std::string_view { return field.first; });
  return found == fields_.end() ? std::string_view{} : found->second.reveal();
}

bool Form::has(std::string_view name) const {
  return std::ranges::any_of(fields_, [&](const auto& field) { return field.first == name; });
}

core::Task<core::Result<Form>> read_form(Exchange& exchange) {
  using Outcome = core::Result<Form>;
  auto body = co_await exchange.read_body(Form::most_bytes);
  if (!body) co_return Outcome(core::fail(std::move(body)));
  if (!is_form(exchange.header("Content-Type").value_or("")))
    co_return Outcome(core::fail(core::Fault::invalid, "unsupported_media_type"));
  co_return Form::parse(*body);
}

}  // namespace sallyport::transport::pages
