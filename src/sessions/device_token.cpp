#include "sessions/device_token.h"

#include <algorithm>
#include <span>

#include "core/base64url.h"

namespace sallyport::sessions {
namespace {

constexpr std::string_view prefix = "spd_";
constexpr std::uint8_t format_version = 1;
constexpr std::string_view tag_label = "sallyport/device/tag", name_label = "sallyport/device/name";

// The layout, in bytes: version, key version, account, credential version, how the device is named, its name, time of
// issue in microseconds since 1970, tag. Numbers are big-endian.
constexpr std::size_t key_version_at = 1, account_at = 5, credentials_at = 21, naming_at = 29, device_at = 30,
                      issued_at = 46, tag_at = 54;
constexpr std::size_t device_size = issued_at - device_at;

enum Naming : std::uint8_t { given_here = 1, digest_of_own = 2 };

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

DeviceToken::DeviceToken(const Layout& bytes)
    : account_(*core::Uuid::from_bytes(core::ByteView(bytes).subspan(account_at, credentials_at - account_at))),
      credential_version_(
          static_cast<std::int64_t>(get_big_endian<std::uint64_t>(core::ByteView(bytes).subspan(credentials_at)))),
      bytes_(bytes) {}

DeviceToken DeviceToken::make(const crypto::Keyring& keyring, core::AccountId account, std::int64_t credential_version,
                              std::string_view device_id, core::Timestamp now) {
  const auto& key = keyring.mac_key(crypto::Purpose::device);
  Layout bytes{};
  const std::span<std::uint8_t> out(bytes);
  out[0] = format_version;
  put_big_endian(out.subspan(key_version_at), keyring.current_version());
  std::ranges::copy(account.bytes(), out.begin() + account_at);
  put_big_endian(out.subspan(credentials_at), static_cast<std::uint64_t>(credential_version));
  const auto given = core::base64url_decode(device_id);
  if (given && given->size() == device_size) {
    out[naming_at] = given_here;
    std::ranges::copy(*given, out.begin() + device_at);
  } else {
    out[naming_at] = digest_of_own;
    const auto digest = key.mac({core::as_bytes(name_label), core::as_bytes(device_id)});
    std::copy_n(digest.begin(), device_size, out.begin() + device_at);
  }
  put_big_endian(out.subspan(issued_at), static_cast<std::uint64_t>(now.time_since_epoch().count()));
  const auto tag = key.mac({core::as_bytes(tag_label), out.first(tag_at)});
  std::ranges::copy(tag, out.begin() + tag_at);
  return DeviceToken(bytes);
}

std::optional<DeviceToken> DeviceToken::parse(const crypto::Keyring& keyring, std::string_view text,
                                              core::Timestamp now) {
  if (!text.starts_with(prefix) || text.size() > 2 * size) return std::nullopt;
  const auto decoded = core::base64url_decode(text.substr(prefix.size()));
  if (!decoded || decoded->size() != size || decoded->front() != format_version) return std::nullopt;
  const core::ByteView view(*decoded);
  const auto* const key =
      keyring.mac_key(crypto::Purpose::device, get_big_endian<std::uint32_t>(view.subspan(key_version_at)));
  if (key == nullptr) return std::nullopt;
  const auto tag = key->mac({core::as_bytes(tag_label), view.first(tag_at)});
  if (!crypto::equal(tag, view.subspan(tag_at))) return std::nullopt;
  const core::Timestamp issued{
      std::chrono::microseconds{static_cast<std::int64_t>(get_big_endian<std::uint64_t>(view.subspan(issued_at)))}};
  if (now > issued + lifetime) return std::nullopt;
  Layout bytes{};
  std::ranges::copy(view, bytes.begin());
  return DeviceToken(bytes);
}

std::optional<std::string> DeviceToken::device_id() const {
  if (bytes_[naming_at] != given_here) return std::nullopt;
  return core::base64url_encode(core::ByteView(bytes_).subspan(device_at, device_size));
}

core::ByteView DeviceToken::counter_subject() const& {
  return core::ByteView(bytes_).subspan(account_at, issued_at - account_at);
}

core::Secret DeviceToken::text() const { return core::token_text(prefix, bytes_); }

}  // namespace sallyport::sessions
