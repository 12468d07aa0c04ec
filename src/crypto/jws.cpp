#include "crypto/jws.h"

#include <algorithm>

#include "core/base64url.h"

namespace sallyport::crypto {

std::optional<Jws> Jws::parse(std::string_view text) {
  if (std::ranges::count(text, '.') != 2) return std::nullopt;
  const auto first = text.find('.'), second = text.rfind('.');
  const auto header_bytes = core::base64url_decode(text.substr(0, first));
  auto payload = core::base64url_decode(text.substr(first + 1, second - first - 1));
  auto signature = core::base64url_decode(text.substr(second + 1));
  if (!header_bytes || !payload || !signature) return std::nullopt;
  auto header = FlatJson::parse(core::as_text(*header_bytes));
  if (!header) return std::nullopt;
  return Jws{std::move(*header), std::move(*payload), std::move(*signature), text.substr(0, second)};
}

bool Jws::names_algorithm_of(const VerifyingKey& key) const {
  const auto* const algorithm = header.string("alg");
  return algorithm != nullptr && format_of(key.use().algorithm) == TokenFormat::jwt &&
         *algorithm == to_text(key.use().algorithm);
}

bool Jws::is_signed_by(const VerifyingKey& key) const {
  return names_algorithm_of(key) && key.verify(core::as_bytes(signed_text), signature);
}

std::string sign_jws(const SigningKey& key, std::string_view header, std::string_view payload) {
  auto text = core::base64url_encode(core::as_bytes(header)) + '.' + core::base64url_encode(core::as_bytes(payload));
  const auto signature = key.sign(core::as_bytes(text));
  return text.append(".").append(core::base64url_encode(signature));
}

}  // namespace sallyport::crypto
