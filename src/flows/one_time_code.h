#pragma once

#include <string_view>
#include <utility>
#include <vector>

#include "core/random.h"
#include "core/secret.h"
#include "crypto/keyring.h"
#include "flows/flow.h"

namespace sallyport::flows {

/// Eight decimal digits, mailed, that are typed where the flow was started. The store keeps a MAC of them and the
/// flow's id: behind a plain digest they could be guessed from a dump (design.md 1, promise 6).
class OneTimeCode {
 public:
  static constexpr std::size_t digits = 8;
  /// Every code is as likely as any other.
  static OneTimeCode fresh(core::Random& random);
  /// Spaces and hyphens between the digits are no part of it. `invalid` / "code_malformed".
  static core::Result<OneTimeCode> parse(std::string_view text);

  /// What the store keeps, under the current master key.
  core::Digest mac(const crypto::Keyring& keyring, FlowId id) const;
  /// The same under each version of the master key, any of which may have been current when the flow began.
  std::vector<core::Digest> macs(const crypto::Keyring& keyring, FlowId id) const;
  core::Secret text() const { return text_.duplicate(); }  ///< the digits alone

 private:
  explicit OneTimeCode(core::Secret text) : text_(std::move(text)) {}
  core::Digest mac_with(const crypto::HmacKey& key, FlowId id) const;
  core::Secret text_;
};

}  // namespace sallyport::flows
