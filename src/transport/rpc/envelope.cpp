#include "transport/rpc/envelope.h"

#include <openssl/crypto.h>

#include <algorithm>

namespace sallyport::transport::rpc {
namespace {

std::size_t payload_size(std::string_view head) {
  std::size_t size = 0;
  for (const char c : head.substr(1, 4)) size = size << 8 | static_cast<unsigned char>(c);
  return size;
}

Envelope envelope_of(std::string_view bytes, std::size_t size) {
  return {.flags = static_cast<std::uint8_t>(bytes.front()), .payload = bytes.substr(envelope_head_size, size)};
}

void write_head(char* to, std::uint8_t flags, std::size_t size) {
  *to++ = static_cast<char>(flags);
  for (int shift = 24; shift >= 0; shift -= 8) *to++ = static_cast<char>(size >> shift);
}

}  // namespace

void append_envelope_head(std::string& out, std::uint8_t flags, std::size_t size) {
  const auto at = open_envelope(out);
  write_head(out.data() + at, flags, size);
}

std::size_t open_envelope(std::string& out) {
  const auto at = out.size();
  out.append(envelope_head_size, '\0');
  return at;
}

void close_envelope(std::string& out, std::size_t at, std::uint8_t flags) {
  write_head(out.data() + at, flags, out.size() - at - envelope_head_size);
}

void EnvelopeReader::wipe() {
  OPENSSL_cleanse(kept_.data(), kept_.size());
  kept_.clear();
}

/// Moves bytes of the piece behind those that are kept, until `wanted` are.
void EnvelopeReader::keep(std::size_t wanted) {
  const auto many = std::min(wanted - std::min(wanted, kept_.size()), piece_.size());
  if (kept_.size() + many > kept_.capacity()) {  // growing in place would leave a copy unwiped
    std::string larger;
    larger.reserve(wanted);
    larger.append(kept_);
    wipe();
    kept_.swap(larger);
  }
  kept_.append(piece_.substr(0, many));
  piece_.remove_prefix(many);
}

core::Result<std::optional<Envelope>> EnvelopeReader::next() {
  if (is_kept_given_out_) {
    wipe();
    is_kept_given_out_ = false;
  }
  if (kept_.empty() && piece_.size() >= envelope_head_size) {
    const auto size = payload_size(piece_);
    if (size > limit_) return core::fail(core::Fault::too_large, "body_too_large");
    if (piece_.size() - envelope_head_size >= size) {
      const auto envelope = envelope_of(piece_, size);
      piece_.remove_prefix(envelope_head_size + size);
      return envelope;
    }
  }
  if (kept_.empty() && piece_.empty()) return std::nullopt;
  keep(envelope_head_size);
  if (kept_.size() < envelope_head_size) return std::nullopt;
  const auto size = payload_size(kept_);
  if (size > limit_) return core::fail(core::Fault::too_large, "body_too_large");
  keep(envelope_head_size + size);
  if (kept_.size() < envelope_head_size + size) return std::nullopt;
  is_kept_given_out_ = true;
  return envelope_of(kept_, size);
}

}  // namespace sallyport::transport::rpc
