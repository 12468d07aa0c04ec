#include "audit/chain_check.h"

#include <algorithm>

#include "audit/chain.h"

namespace sallyport::audit {

void ChainCheck::see(const FoundRow& row) {
  ++rows_;
  if (!before_ || before_->stream != row.place.stream) begin_stream(row);
  if (!is_stream_broken_) {
    if (auto broken = judge(row)) {
      is_stream_broken_ = true;
      breaks_.push_back(std::move(*broken));
    }
  }
  before_->sequence = row.place.sequence;
  hash_before_ = row.hash;
}

void ChainCheck::begin_stream(const FoundRow& first) {
  ++streams_;
  before_ = RowPlace{first.place.stream, 0};
  hash_before_ = {};
  is_stream_broken_ = false;
  const auto removed = std::ranges::lower_bound(removed_, first.place.stream, {}, &StreamHead::stream);
  if (removed == removed_.end() || removed->stream != first.place.stream || first.place.sequence <= 1) return;
  if (first.place.sequence > removed->sequence + 1) {
    *before_ = {removed->stream, removed->sequence};
  } else {  // while rows up to the head are being removed, the hash of the head still binds those that are left
    before_->sequence = first.place.sequence - 1;
    hash_before_ = first.place.sequence == removed->sequence + 1 ? removed->hash : first.previous;
  }
}

void ChainCheck::miss(const RowPlace& place) {
  const auto known = std::ranges::find(breaks_, place.stream, [](const ChainBreak& at) { return at.place.stream; });
  if (known == breaks_.end()) breaks_.push_back({place, ChainBreak::Kind::missing});
  else if (place.sequence < known->place.sequence) *known = {place, ChainBreak::Kind::missing};
}

std::optional<ChainBreak> ChainCheck::judge(const FoundRow& row) const {
  using Kind = ChainBreak::Kind;
  const auto expected = before_->sequence + 1;
  if (row.place.sequence > expected) return ChainBreak{{row.place.stream, expected}, Kind::missing};
  if (row.place.sequence < expected) return ChainBreak{row.place, Kind::inserted};
  const auto hash = hash_of({.stream = row.place.stream,
                             .sequence = row.place.sequence,
                             .at = row.at,
                             .event = row.event,
                             .account = row.account,
                             .session = row.session,
                             .person_commitment = row.person_commitment,
                             .previous = row.previous});
  if (hash != row.hash || !is_committed(row)) return ChainBreak{row.place, Kind::altered};
  if (row.previous != hash_before_) return ChainBreak{row.place, Kind::inserted};
  return std::nullopt;
}

bool ChainCheck::is_committed(const FoundRow& row) const {
  if (!row.person) return true;  // erased with the person
  return std::ranges::any_of(commitment_keys_, [&](const crypto::HmacKey* key) {
    return commitment_of(*key, row.person->salt, row.person->text) == row.person_commitment;
  });
}

}  // namespace sallyport::audit
