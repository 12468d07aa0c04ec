#pragma once

#include <array>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/ids.h"
#include "core/secret.h"
#include "crypto/keyring.h"

namespace sallyport::sessions {

/// Says that a device has signed in to an account before (design.md 8): `spd_` and base64url of version, key version,
/// account, credential version, device, time of issue and a MAC tag over all of it. Every sign-in gives a fresh one;
/// browsers keep it in their device cookie.
///
/// It opens nothing. It lets guesses at the account's password count apart from those of strangers, and spares its
/// owner the notice of a new device. It is of use for that account only and while the account has the password it was
/// issued under: whoever once knew a password could have made any number of devices with it.
class DeviceToken {
 public:
  /// As long as browsers keep a cookie at most (RFC 6265bis §5.5).
  static constexpr std::chrono::days lifetime{400};

  /// `device_id` is that of the session.
  static DeviceToken make(const crypto::Keyring& keyring, core::AccountId account, std::int64_t credential_version,
                          std::string_view device_id, core::Timestamp now);
  /// Nothing unless this server made it and it is not older than `lifetime`.
  static std::optional<DeviceToken> parse(const crypto::Keyring& keyring, std::string_view text, core::Timestamp now);

  core::AccountId account() const { return account_; }
  std::int64_t credential_version() const { return credential_version_; }
  /// The device's id if this server gave it; what a client has named itself it has to say itself, since the token holds
  /// only a digest of it.
  std::optional<std::string> device_id() const;
  /// What guesses from this device are counted by: account, credential version and device.
  core::ByteView counter_subject() const&;
  core::ByteView counter_subject() && = delete;
  core::Secret text() const;

 private:
  static constexpr std::size_t size = 86;
  using Layout = std::array<std::uint8_t, size>;
  explicit DeviceToken(const Layout& bytes);

  core::AccountId account_;
  std::int64_t credential_version_;
  Layout bytes_;  ///< no secret: whoever has it can be told from others by it, and no more
};

}  // namespace sallyport::sessions
