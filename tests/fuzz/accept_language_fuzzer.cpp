#include "fuzz/accept_language_invariants.h"
#include "fuzz/fuzzer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run(sallyport::fuzz::broken_accept_language_rule, data, size);
}
