#include "audit/checkpoint_maker.h"

#include <algorithm>

namespace sallyport::audit {
namespace {

const StreamHead* find(const std::vector<StreamHead>& heads, const core::Bytes& stream) {
  const auto at = std::ranges::lower_bound(heads, stream, {}, &StreamHead::stream);
  return at != heads.end() && at->stream == stream ? &*at : nullptr;
}

}  // namespace

std::optional<Checkpoint> CheckpointMaker::read(const StoredCheckpoint& stored) const {
  auto checkpoint = parse_checkpoint(stored.document.text);
  if (!checkpoint || checkpoint->number != stored.number || checkpoint->at != stored.at) return std::nullopt;
  return keys_.judge(stored.document) == CheckpointKeys::Judgement::good ? std::move(checkpoint) : std::nullopt;
}

std::optional<Checkpoint> CheckpointMaker::read(const StoredRemoval& stored, const StoredCheckpoint& named) const {
  const auto removal = parse_removal(stored.document.text);
  if (!removal || removal->checkpoint != stored.checkpoint || removal->at != stored.at) return std::nullopt;
  if (keys_.judge(stored.document) != CheckpointKeys::Judgement::good) return std::nullopt;
  if (named.number != removal->checkpoint || digest_of(named.document) != removal->digest) return std::nullopt;
  return read(named);
}

MadeCheckpoint CheckpointMaker::make(Found found, core::Timestamp now, MakeCheckpoint when) const {
  const auto before = found.newest ? read(*found.newest) : std::nullopt;
  MadeCheckpoint made{.checkpoint = {}, .is_new = true, .was_previous_altered = found.newest && !before, .cut = {}};
  std::optional<Checkpoint> removed;
  if (found.removal && found.removed_with) removed = read(*found.removal, *found.removed_with);

  Checkpoint next{.number = found.newest ? found.newest->number + 1 : 1,
                  .at = now,
                  .previous = found.newest ? digest_of(found.newest->document) : core::Digest{},
                  .removed_through = removed ? removed->number : 0,
                  .heads = std::move(found.heads)};
  for (const auto& known : before ? before->heads : std::vector<StreamHead>{}) {
    const auto* const there = find(next.heads, known.stream);
    if (there != nullptr && there->sequence > known.sequence) continue;
    if (there != nullptr && *there == known) continue;
    const auto* const gone = removed ? find(removed->heads, known.stream) : nullptr;
    if (there == nullptr && gone != nullptr && gone->sequence >= known.sequence) continue;
    made.cut.push_back({known.stream, there == nullptr ? 0 : there->sequence, known.sequence});
    if (there != nullptr) next.heads[static_cast<std::size_t>(there - next.heads.data())] = known;
    else next.heads.insert(std::ranges::lower_bound(next.heads, known.stream, {}, &StreamHead::stream), known);
  }
  if (before) next.removed_through = std::max(next.removed_through, before->removed_through);

  const bool says_the_same = before && before->heads == next.heads && before->removed_through == next.removed_through;
  if (says_the_same && when == MakeCheckpoint::if_changed) {
    made.is_new = false;
    made.checkpoint = std::move(*found.newest);
    return made;
  }
  made.checkpoint = {.number = next.number, .at = next.at, .document = keys_.sign(to_text(next))};
  return made;
}

}  // namespace sallyport::audit
