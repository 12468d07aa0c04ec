#include "crypto/paseto.h"

#include <initializer_list>

#include "core/base64url.h"

namespace sallyport::crypto {
namespace {

constexpr std::size_t signature_size = 64;

void append_size(core::Bytes& out, std::size_t size) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<std::uint8_t>(size >> shift));
}

/// Pre-authentication encoding (PASETO, "Common implementation details"): what is signed, so that no two lists of
/// pieces read alike. Sizes are 64 bits, the least significant byte first.
core::Bytes pre_authentication_encoding(std::initializer_list<std::string_view> pieces) {
  core::Bytes out;
  append_size(out, pieces.size());
  for (const auto piece : pieces) {
    append_size(out, piece.size());
    out.insert(out.end(), piece.begin(), piece.end());
  }
  return out;
}

}  // namespace

std::optional<Paseto> Paseto::parse(std::string_view text) {
  if (!text.starts_with(prefix)) return std::nullopt;
  text.remove_prefix(prefix.size());
  const auto dot = text.find('.');
  auto body = core::base64url_decode(text.substr(0, dot));
  if (!body || body->size() < signature_size) return std::nullopt;
  std::optional<core::Bytes> footer{std::in_place};
  if (dot != text.npos) {
    footer = core::base64url_decode(text.substr(dot + 1));
    if (!footer || footer->empty()) return std::nullopt;  // an empty footer has no dot, so that a token has one text
  }
  const auto signature = body->end() - signature_size;
  return Paseto{{body->begin(), signature}, {footer->begin(), footer->end()}, {signature, body->end()}};
}

bool Paseto::is_signed_by(const VerifyingKey& key, std::string_view implicit_assertion) const {
  return key.use().algorithm == SigningAlgorithm::v4_public &&
         key.verify(pre_authentication_encoding({prefix, message, footer, implicit_assertion}), signature);
}

bool looks_like_paseto(std::string_view text) {  // a JWT begins with the base64url of '{': "e"
  return text.size() > 2 && text[0] == 'v' && text[1] >= '1' && text[1] <= '9' && text[2] == '.';
}

std::string sign_paseto(const SigningKey& key, std::string_view message, std::string_view footer,
                        std::string_view implicit_assertion) {
  const auto signature = key.sign(pre_authentication_encoding({Paseto::prefix, message, footer, implicit_assertion}));
  core::Bytes body(message.begin(), message.end());
  body.insert(body.end(), signature.begin(), signature.end());
  auto text = std::string(Paseto::prefix) + core::base64url_encode(body);
  if (!footer.empty()) text.append(".").append(core::base64url_encode(core::as_bytes(footer)));
  return text;
}

}  // namespace sallyport::crypto
