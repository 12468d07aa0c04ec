#include "audit/checkpoint.h"

#include <algorithm>
#include <charconv>

#include "core/hex.h"
#include "crypto/digest.h"

namespace sallyport::audit {
namespace {

constexpr std::string_view checkpoint_title = "sallyport audit checkpoint v1";
constexpr std::string_view removal_title = "sallyport audit removal v1";

/// Reads a text line by line. What it takes loosely (leading zeros, a missing last line feed) the comparison with the
/// one right text refuses afterwards.
class Lines {
 public:
  explicit Lines(std::string_view text) : rest_(text) {}

  std::string_view next() {
    const auto end = std::min(rest_.find('\n'), rest_.size());
    const auto line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    return line;
  }
  /// What stands behind the word that the next line begins with.
  std::string_view after(std::string_view word) {
    const auto line = next();
    const bool is_there = line.starts_with(word) && line.substr(word.size()).starts_with(' ');
    return is_there ? line.substr(word.size() + 1) : std::string_view{};
  }
  bool is_at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool is_whole = error == std::errc{} && end == text.data() + text.size();
  return is_whole ? std::optional(number) : std::nullopt;
}

std::optional<core::Timestamp> parse_time(std::string_view text) {
  const auto micros = parse_number(text);
  return micros ? std::optional(core::Timestamp{std::chrono::microseconds{*micros}}) : std::nullopt;
}

std::optional<core::Digest> parse_digest(std::string_view text) {
  const auto bytes = core::parse_hex(text);
  core::Digest digest{};
  if (!bytes || bytes->size() != digest.size()) return std::nullopt;
  std::ranges::copy(*bytes, digest.begin());
  return digest;
}

std::optional<StreamHead> parse_head(std::string_view line) {
  const auto first = std::min(line.find(' '), line.size()), second = line.find(' ', first + 1);
  if (second == std::string_view::npos) return std::nullopt;
  auto stream = core::parse_hex(line.substr(0, first));
  const auto sequence = parse_number(line.substr(first + 1, second - first - 1));
  const auto hash = parse_digest(line.substr(second + 1));
  if (!stream || !sequence || !hash) return std::nullopt;
  return StreamHead{std::move(*stream), *sequence, *hash};
}

void append_line(std::string& text, std::string_view word, std::string_view value) {
  (((text += word) += ' ') += value) += '\n';
}

std::string number_text(core::Timestamp at) { return std::to_string(at.time_since_epoch().count()); }

}  // namespace

std::string to_text(const Checkpoint& checkpoint) {
  std::string text(checkpoint_title);
  text += '\n';
  append_line(text, "number", std::to_string(checkpoint.number));
  append_line(text, "at", number_text(checkpoint.at));
  append_line(text, "previous", core::to_hex(checkpoint.previous));
  append_line(text, "removed", std::to_string(checkpoint.removed_through));
  append_line(text, "streams", std::to_string(checkpoint.heads.size()));
  for (const auto& head : checkpoint.heads) {
    append_line(text, core::to_hex(head.stream), std::to_string(head.sequence) + ' ' + core::to_hex(head.hash));
  }
  return text;
}

std::optional<Checkpoint> parse_checkpoint(std::string_view text) {
  Lines lines(text);
  lines.next();  // the title: compared below
  const auto number = parse_number(lines.after("number"));
  const auto at = parse_time(lines.after("at"));
  const auto previous = parse_digest(lines.after("previous"));
  const auto removed = parse_number(lines.after("removed"));
  lines.next();  // how many streams: compared below
  if (!number || !at || !previous || !removed) return std::nullopt;
  Checkpoint checkpoint{*number, *at, *previous, *removed, {}};
  while (!lines.is_at_end()) {
    auto head = parse_head(lines.next());
    const bool is_next = head && (checkpoint.heads.empty() || checkpoint.heads.back().stream < head->stream);
    if (!is_next) return std::nullopt;
    checkpoint.heads.push_back(std::move(*head));
  }
  return to_text(checkpoint) == text ? std::optional(std::move(checkpoint)) : std::nullopt;
}

std::string to_text(const Removal& removal) {
  std::string text(removal_title);
  text += '\n';
  append_line(text, "checkpoint", std::to_string(removal.checkpoint));
  append_line(text, "digest", core::to_hex(removal.digest));
  append_line(text, "at", number_text(removal.at));
  return text;
}

std::optional<Removal> parse_removal(std::string_view text) {
  Lines lines(text);
  lines.next();
  const auto checkpoint = parse_number(lines.after("checkpoint"));
  const auto digest = parse_digest(lines.after("digest"));
  const auto at = parse_time(lines.after("at"));
  if (!checkpoint || !digest || !at) return std::nullopt;
  const Removal removal{*checkpoint, *digest, *at};
  return to_text(removal) == text ? std::optional(removal) : std::nullopt;
}

core::Digest digest_of(const SignedText& document) { return crypto::sha256(core::as_bytes(document.text)); }

}  // namespace sallyport::audit
