#include "sessions/refresh_token.h"

#include <algorithm>

#include "core/base64url.h"

namespace sallyport::sessions {
namespace {

constexpr std::string_view prefix = "spr_";
constexpr std::uint8_t format_version = 1;
constexpr std::string_view tag_label = "sallyport/refresh/tag";
constexpr std::string_view successor_label = "sallyport/refresh/successor";

// The layout, in bytes: version, key version, session, generation (both numbers big-endian), secret, tag.
constexpr std::size_t key_version_at = 1, session_at = 5, generation_at = 21, secret_at = 29, tag_at = 61, size = 93;

template <class Number>
void put_big_endian(std::span<std::uint8_t> out, Number number) {
  for (std::size_t i = 0; i < sizeof number; ++i)
    out[i] = static_cast<std::uint8_t>(number >> (8 * (sizeof number - 1 - i)));
}

template <class Number>
Number get_big_endian(core::ByteView bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = static_cast<Number>(number << 8 | bytes[i]);
  return number;
}

}  // namespace

RefreshToken RefreshToken::make(const crypto::Keyring& keyring, core::SessionId session, std::int64_t generation,
                                core::ByteView secret) {
  auto bytes = core::Secret::of_size(size);
  const auto out = bytes.writable();
  out[0] = format_version;
  put_big_endian(out.subspan(key_version_at), keyring.current_version());
  std::ranges::copy(session.bytes(), out.begin() + session_at);
  put_big_endian(out.subspan(generation_at), static_cast<std::uint64_t>(generation));
  std::ranges::copy(secret, out.begin() + secret_at);
  const auto tag = keyring.mac_key(crypto::Purpose::refresh).mac({core::as_bytes(tag_label), out.first(tag_at)});
  std::ranges::copy(tag, out.begin() + tag_at);
  return {session, generation, std::move(bytes)};
}

RefreshToken RefreshToken::first(const crypto::Keyring& keyring, core::SessionId session, core::Random& random) {
  const auto secret = random.secret(tag_at - secret_at);
  return make(keyring, session, 1, secret.reveal_bytes());
}

core::Result<RefreshToken> RefreshToken::parse(const crypto::Keyring& keyring, std::string_view text) {
  const auto invalid = core::fail(core::Fault::unauthenticated, "refresh_token_invalid");
  if (!text.starts_with(prefix) || text.size() > 2 * size) return invalid;
  auto decoded = core::base64url_decode(text.substr(prefix.size()));
  if (!decoded) return invalid;
  core::Secret bytes{core::ByteView(*decoded)};
  OPENSSL_cleanse(decoded->data(), decoded->size());
  const auto view = bytes.reveal_bytes();
  if (view.size() != size || view[0] != format_version) return invalid;
  const auto* key =
      keyring.mac_key(crypto::Purpose::refresh, get_big_endian<std::uint32_t>(view.subspan(key_version_at)));
  if (key == nullptr) return invalid;
  const auto tag = key->mac({core::as_bytes(tag_label), view.first(tag_at)});
  if (!crypto::equal(tag, view.subspan(tag_at))) return invalid;
  const auto session = core::Uuid::from_bytes(view.subspan(session_at, generation_at - session_at));
  const auto generation = static_cast<std::int64_t>(get_big_endian<std::uint64_t>(view.subspan(generation_at)));
  return RefreshToken(core::SessionId(*session), generation, std::move(bytes));
}

RefreshToken RefreshToken::successor(const crypto::Keyring& keyring, const RefreshNonce& nonce) const {
  const auto view = bytes_.reveal_bytes();
  auto secret = keyring.mac_key(crypto::Purpose::refresh)
                    .mac({core::as_bytes(successor_label), view.subspan(session_at, secret_at - session_at), nonce,
                          view.subspan(secret_at, tag_at - secret_at)});
  auto next = make(keyring, session_, generation_ + 1, secret);
  OPENSSL_cleanse(secret.data(), secret.size());
  return next;
}

core::Digest RefreshToken::digest() const { return crypto::sha256(bytes_.reveal_bytes()); }

core::Secret RefreshToken::text() const { return core::token_text(prefix, bytes_.reveal_bytes()); }

}  // namespace sallyport::sessions
