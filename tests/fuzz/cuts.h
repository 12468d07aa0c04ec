#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace sallyport::fuzz {

/// Repeatable numbers drawn from the input itself, so that a corpus file is the plain message.
class Cuts {
 public:
  explicit Cuts(std::string_view seed) {
    for (const char c : seed) state_ = (state_ ^ static_cast<unsigned char>(c)) * 0x100000001b3;  // FNV-1a
  }
  /// From 1 to `most`.
  std::size_t next(std::size_t most) {
    state_ = state_ * 6364136223846793005 + 1442695040888963407;
    return 1 + static_cast<std::size_t>(state_ >> 33) % most;
  }

 private:
  std::uint64_t state_ = 0xcbf29ce484222325;
};

/// `text` with one byte changed, left out or added; never the same.
inline std::string with_one_byte_changed(std::string text, Cuts& cuts) {
  constexpr std::string_view likely = "AQgw09-_.=+/ \n";
  const auto at = cuts.next(text.size()) - 1;
  const char byte = cuts.next(2) == 1 ? likely[cuts.next(likely.size()) - 1] : static_cast<char>(cuts.next(256) - 1);
  switch (cuts.next(3)) {
    case 1:
      return text.erase(at, 1);
    case 2:
      return text.insert(at, 1, byte);
    default:
      text[at] = text[at] == byte ? static_cast<char>(byte ^ 1) : byte;
      return text;
  }
}

inline bool lies_within(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

}  // namespace sallyport::fuzz
