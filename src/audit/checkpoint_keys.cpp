#include "audit/checkpoint_keys.h"

#include <algorithm>
#include <stdexcept>

namespace sallyport::audit {

CheckpointKeys::CheckpointKeys(std::vector<crypto::SigningKey> keys) : keys_(std::move(keys)) {
  const bool is_fit = !keys_.empty() && std::ranges::all_of(keys_, [](const crypto::SigningKey& key) {
    return key.use().purpose == crypto::SigningPurpose::audit_checkpoint;
  });
  if (!is_fit) throw std::invalid_argument("checkpoints need keys of their own");
}

SignedText CheckpointKeys::sign(std::string text) const {
  const auto& key = keys_.back();
  auto signature = key.sign(core::as_bytes(text));
  return {.text = std::move(text), .key_id = key.id(), .signature = std::move(signature)};
}

CheckpointKeys::Judgement CheckpointKeys::judge(const SignedText& document) const {
  const auto* const key = find(document.key_id);
  if (key == nullptr) return Judgement::unknown_key;
  const bool is_signed = key->verifying_key().verify(core::as_bytes(document.text), document.signature);
  return is_signed ? Judgement::good : Judgement::forged;
}

core::Bytes CheckpointKeys::public_key(std::string_view key_id) const {
  const auto* const key = find(key_id);
  return key == nullptr ? core::Bytes{} : key->verifying_key().bytes();
}

const crypto::SigningKey* CheckpointKeys::find(std::string_view key_id) const {
  const auto found =
      std::ranges::find(keys_, key_id, [](const crypto::SigningKey& key) -> std::string_view { return key.id(); });
  return found == keys_.end() ? nullptr : &*found;
}

}  // namespace sallyport::audit
