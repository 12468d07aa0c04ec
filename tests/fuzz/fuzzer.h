#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace sallyport::fuzz {

/// One run of a fuzzer: `broken_rule(text)` names the rule that the input broke, or nothing.
template <class BrokenRule>
int run(BrokenRule broken_rule, const std::uint8_t* data, std::size_t size) {
  const std::string broken = broken_rule(std::string_view(reinterpret_cast<const char*>(data), size));
  if (broken.empty()) return 0;
  std::fprintf(stderr, "broken: %s\n", broken.c_str());
  std::abort();
}

}  // namespace sallyport::fuzz
