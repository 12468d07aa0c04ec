#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sallyport::sessions {

/// Where addresses are, as far as anybody told this server.
class Countries {
 public:
  virtual ~Countries() = default;
  /// ISO 3166-1 alpha-2 ("CH"); nothing for what is unknown, and for text that is no IP address. Answers from memory,
  /// at once, on any thread.
  virtual std::optional<std::string> country_of(std::string_view ip) const = 0;
};

}  // namespace sallyport::sessions
