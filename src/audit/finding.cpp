#include "audit/finding.h"

#include <fmt/format.h>

#include "core/hex.h"
#include "core/timestamp_text.h"

namespace sallyport::audit {
namespace {

std::string checkpoint_of(const Finding& finding) {
  auto text = fmt::format("checkpoint {}", finding.checkpoint);
  if (finding.checkpoint_at) text += " of " + core::to_rfc3339(*finding.checkpoint_at);
  if (!finding.source.empty()) text += " in " + finding.source;
  return text;
}

}  // namespace

std::string sentence_of(const Finding& finding) {
  const auto stream = core::to_hex(finding.stream);
  using enum Finding::Kind;
  switch (finding.kind) {
    case row_altered:
    case row_inserted:
      return fmt::format("stream {} is broken: row {} was {}", stream, finding.sequence, to_text(finding.kind));
    case row_missing:
      return fmt::format("stream {} is broken: row {} is missing", stream, finding.sequence);
    case stream_truncated:
      return fmt::format("stream {} ends at row {}, but {} knows row {}", stream, finding.sequence,
                         checkpoint_of(finding), finding.known);
    case stream_removed:
      return fmt::format("stream {} is gone, but {} knows its row {}", stream, checkpoint_of(finding), finding.known);
    case stream_rewritten:
      return fmt::format("stream {} was rewritten: its row {} is not the one that {} knows", stream, finding.sequence,
                         checkpoint_of(finding));
    case checkpoint_forged:
      return checkpoint_of(finding) + " was forged: it is not what was signed";
    case checkpoint_key_unknown:
      return checkpoint_of(finding) +
             " was signed with a key that is not in this store: the key was replaced, or the "
             "checkpoint is another store's";
    case checkpoint_missing:
      return checkpoint_of(finding) + " is missing from the store";
    case checkpoint_replaced:
      return checkpoint_of(finding) + " was replaced: the store's and it do not belong to one history";
    case removal_forged:
      return fmt::format(
          "the record of what retention removed, up to checkpoint {}, was forged: it is not what was "
          "signed",
          finding.checkpoint);
    case removal_missing:
      return fmt::format("the record of what retention removed, up to checkpoint {}, is missing", finding.checkpoint);
  }
  std::unreachable();
}

}  // namespace sallyport::audit
