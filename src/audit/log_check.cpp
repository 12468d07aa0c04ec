#include "audit/log_check.h"

#include <algorithm>

namespace sallyport::audit {
namespace {

using Kind = Finding::Kind;

Kind kind_of(ChainBreak::Kind kind) {
  switch (kind) {
    case ChainBreak::Kind::altered:
      return Kind::row_altered;
    case ChainBreak::Kind::missing:
      return Kind::row_missing;
    case ChainBreak::Kind::inserted:
      return Kind::row_inserted;
  }
  std::unreachable();
}

}  // namespace

void LogCheck::see(const std::optional<StoredRemoval>& stored) {
  if (!stored) return;
  removal_ = parse_removal(stored->document.text);
  const bool is_good = removal_ && removal_->checkpoint == stored->checkpoint && removal_->at == stored->at &&
                       keys_.judge(stored->document) == CheckpointKeys::Judgement::good;
  if (is_good) return;
  removal_.reset();
  verdict_.findings.push_back({.kind = Kind::removal_forged, .checkpoint = stored->checkpoint});
}

void LogCheck::see(const StoredCheckpoint& stored) {
  Finding subject{.kind = Kind::checkpoint_forged, .checkpoint = stored.number, .checkpoint_at = stored.at};
  auto checkpoint = read(stored.document, subject);
  if (checkpoint && (checkpoint->number != stored.number || checkpoint->at != stored.at)) {
    verdict_.findings.push_back(subject);
    checkpoint.reset();
  }
  const auto before = stored_.find(stored.number - 1);
  if (checkpoint && before != stored_.end() && before->second.is_good &&
      before->second.digest != checkpoint->previous) {
    subject.kind = Kind::checkpoint_replaced;
    verdict_.findings.push_back(subject);
  }
  stored_[stored.number] = {digest_of(stored.document), checkpoint.has_value()};
  if (!checkpoint) return;
  ++verdict_.checkpoints;
  verdict_.newest_checkpoint_at = checkpoint->at;
  claim(*checkpoint, {});
  if (removal_ && removal_->checkpoint == stored.number) removed_ = std::move(checkpoint);
}

void LogCheck::see(const SignedText& exported, const std::string& source) {
  end_stored();
  Finding subject{.kind = Kind::checkpoint_forged, .source = source};
  if (const auto said = parse_checkpoint(exported.text)) {
    subject.checkpoint = said->number;
    subject.checkpoint_at = said->at;
  }
  const auto checkpoint = read(exported, subject);
  if (!checkpoint) return;
  claim(*checkpoint, source);
  const auto stored = stored_.find(checkpoint->number);
  const auto newest = stored_.empty() ? 0 : stored_.rbegin()->first;
  if (stored != stored_.end() && stored->second.digest != digest_of(exported)) subject.kind = Kind::checkpoint_replaced;
  else if (checkpoint->number > newest) subject.kind = Kind::checkpoint_missing;
  else return;
  verdict_.findings.push_back(subject);
}

void LogCheck::see(const FoundRow& row) {
  chains().see(row);
  if (!seen_ || seen_->stream != row.place.stream) {
    end_stream();
    seen_ = {row.place.stream, 0, false};
  }
  seen_->last = row.place.sequence;
  const auto claims = claims_.find(row.place.stream);
  if (claims == claims_.end() || seen_->is_rewritten) return;
  const auto [first, last] = claims->second.equal_range(row.place.sequence);
  const auto other = std::find_if(first, last, [&](const auto& claim) { return claim.second.hash != row.hash; });
  if (other == last) return;
  seen_->is_rewritten = true;
  verdict_.findings.push_back({.kind = Kind::stream_rewritten,
                               .stream = row.place.stream,
                               .sequence = row.place.sequence,
                               .known = row.place.sequence,
                               .checkpoint = other->second.checkpoint,
                               .checkpoint_at = other->second.at,
                               .source = other->second.source});
}

Verdict LogCheck::finish() {
  chains();
  end_stream();
  for (const auto& [stream, claims] : claims_) {  // of those without any row
    const auto& [known, claim] = *claims.rbegin();
    if (is_removed(stream, known, claim)) continue;
    verdict_.findings.push_back({.kind = Kind::stream_removed,
                                 .stream = stream,
                                 .known = known,
                                 .checkpoint = claim.checkpoint,
                                 .checkpoint_at = claim.at,
                                 .source = claim.source});
  }
  for (const auto& [place, kind] : chains_->breaks()) {
    verdict_.findings.push_back({.kind = kind_of(kind), .stream = place.stream, .sequence = place.sequence});
  }
  verdict_.rows = chains_->rows();
  verdict_.streams = chains_->streams();
  if (removed_) verdict_.removed_at = removal_->at;
  return std::move(verdict_);
}

std::optional<Checkpoint> LogCheck::read(const SignedText& document, Finding subject) {
  auto checkpoint = parse_checkpoint(document.text);
  switch (keys_.judge(document)) {
    case CheckpointKeys::Judgement::good:
      if (checkpoint) return checkpoint;
      break;
    case CheckpointKeys::Judgement::forged:
      break;
    case CheckpointKeys::Judgement::unknown_key:
      subject.kind = Kind::checkpoint_key_unknown;
      break;
  }
  verdict_.findings.push_back(std::move(subject));
  return std::nullopt;
}

/// Checkpoints repeat each other: one claim is kept for all that say the same of a row, and the newest says it.
void LogCheck::claim(const Checkpoint& checkpoint, const std::string& source) {
  removed_through_ = std::max(removed_through_, checkpoint.removed_through);
  for (const auto& head : checkpoint.heads) {
    auto& claims = claims_[head.stream];
    const auto [first, last] = claims.equal_range(head.sequence);
    const auto same = std::find_if(first, last, [&](const auto& claim) { return claim.second.hash == head.hash; });
    if (same == last) {
      claims.emplace(head.sequence, Claim{head.hash, checkpoint.number, checkpoint.at, source});
    } else if (same->second.checkpoint < checkpoint.number) {
      same->second = {head.hash, checkpoint.number, checkpoint.at, source};
    }
  }
}

void LogCheck::end_stored() {
  if (has_ended_stored_) return;
  has_ended_stored_ = true;
  if (removal_) {
    const auto named = stored_.find(removal_->checkpoint);
    if (named == stored_.end()) {
      verdict_.findings.push_back({.kind = Kind::checkpoint_missing, .checkpoint = removal_->checkpoint});
    } else if (removed_ && named->second.digest != removal_->digest) {
      verdict_.findings.push_back({.kind = Kind::removal_forged, .checkpoint = removal_->checkpoint});
      removed_.reset();
    }
  }
  if (stored_.empty()) return;
  const auto newest = stored_.rbegin()->first;
  for (auto number = std::max<std::int64_t>(1, newest - recent_checkpoints + 1); number < newest; ++number) {
    if (stored_.contains(number) || (removal_ && removal_->checkpoint == number)) continue;
    verdict_.findings.push_back({.kind = Kind::checkpoint_missing, .checkpoint = number});
  }
}

ChainCheck& LogCheck::chains() {
  if (!chains_) begin_rows();
  return *chains_;
}

void LogCheck::begin_rows() {
  end_stored();
  if (removed_through_ > (removal_ ? removal_->checkpoint : 0))
    verdict_.findings.push_back({.kind = Kind::removal_missing, .checkpoint = removed_through_});
  chains_.emplace(std::move(commitment_keys_), removed_ ? removed_->heads : std::vector<StreamHead>{});
}

/// Judges whether the stream seen last goes as far as checkpoints know.
void LogCheck::end_stream() {
  if (!seen_) return;
  const auto claims = claims_.find(seen_->stream);
  if (claims == claims_.end()) return;
  const auto& [known, claim] = *claims->second.rbegin();
  if (known > seen_->last && !is_removed(seen_->stream, known, claim)) {
    verdict_.findings.push_back({.kind = Kind::stream_truncated,
                                 .stream = seen_->stream,
                                 .sequence = seen_->last,
                                 .known = known,
                                 .checkpoint = claim.checkpoint,
                                 .checkpoint_at = claim.at,
                                 .source = claim.source});
  }
  claims_.erase(claims);
}

/// Whether the row may be gone: all that is known at the checkpoint of the removal, or was before.
bool LogCheck::is_removed(const core::Bytes& stream, std::int64_t sequence, const Claim& claim) const {
  if (!removed_) return false;
  if (claim.checkpoint <= removed_->number) return true;
  const auto head = std::ranges::lower_bound(removed_->heads, stream, {}, &StreamHead::stream);
  return head != removed_->heads.end() && head->stream == stream && sequence <= head->sequence;
}

}  // namespace sallyport::audit
