#pragma once

#include <string>
#include <vector>

#include "audit/checkpoint.h"
#include "crypto/signing_key.h"

namespace sallyport::audit {

/// The keys that checkpoints and removals are signed with. Safe to use from every thread.
class CheckpointKeys {
 public:
  /// Oldest first; the last one signs. Throws `std::invalid_argument` if there is none or one has another purpose.
  explicit CheckpointKeys(std::vector<crypto::SigningKey> keys);

  SignedText sign(std::string text) const;
  enum class Judgement { good, forged, unknown_key };
  /// Whether one of these keys signed exactly this text. Costs 100 µs.
  Judgement judge(const SignedText& document) const;
  /// The public half of a key, 32 bytes (RFC 8032 §5.1.5); nothing of an unknown one.
  core::Bytes public_key(std::string_view key_id) const;

 private:
  const crypto::SigningKey* find(std::string_view key_id) const;
  std::vector<crypto::SigningKey> keys_;
};

}  // namespace sallyport::audit
