#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sallyport::accounts {

/// The languages that somebody reads, as their browser tells (RFC 9110 §12.5.4).
class AcceptLanguage {
 public:
  static constexpr std::size_t most_ranges = 32;  ///< of more, the first

  /// Ranges with their weights, the preferred first and otherwise as they stand there. Never fails: what is no language
  /// range (RFC 4647 §2.1), or has a weight that is none, is passed over.
  static AcceptLanguage parse(std::string_view header);

  /// The one of `available` that a look-up finds (RFC 4647 §3.4): the first range that is one of them, or becomes one
  /// as subtags are taken off its end. Nothing if none does, or only ones of weight 0: the default is the caller's.
  std::optional<std::string_view> best_of(std::span<const std::string_view> available) const;

 private:
  struct Range {
    std::string tag;  ///< in lower case
    int weight;       ///< thousandths
  };
  explicit AcceptLanguage(std::vector<Range> ranges) : ranges_(std::move(ranges)) {}
  bool is_refused(std::string_view tag) const;
  std::vector<Range> ranges_;
};

}  // namespace sallyport::accounts
