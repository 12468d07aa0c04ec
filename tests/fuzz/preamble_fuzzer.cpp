#include "fuzz/fuzzer.h"
#include "fuzz/preamble_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run([](std::string_view bytes) { return sallyport::fuzz::broken_preamble_rule(bytes); }, data,
                              size);
}
