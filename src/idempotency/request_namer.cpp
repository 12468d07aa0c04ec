#include "idempotency/request_namer.h"

namespace sallyport::idempotency {
namespace {

/// With its length before it, so that no two lists of pieces read alike.
void append(core::Bytes& text, std::string_view piece) {
  for (int shift = 24; shift >= 0; shift -= 8) text.push_back(static_cast<std::uint8_t>(piece.size() >> shift));
  const auto bytes = core::as_bytes(piece);
  text.insert(text.end(), bytes.begin(), bytes.end());
}

}  // namespace

NamedRequest RequestNamer::operator()(std::string_view use_case, const IdempotencyKey& key,
                                      std::span<const Piece> pieces) const {
  core::Bytes name;
  append(name, "key");
  append(name, use_case);
  append(name, key.str());
  core::Bytes asked;
  append(asked, "fingerprint");
  append(asked, use_case);
  for (const auto& piece : pieces) {
    asked.push_back(piece ? 1 : 0);
    if (piece) append(asked, *piece);
  }
  return {.key = key_.mac({name}), .fingerprint = key_.mac({asked})};
}

}  // namespace sallyport::idempotency
