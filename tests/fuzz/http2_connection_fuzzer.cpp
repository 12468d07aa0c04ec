#include "fuzz/fuzzer.h"
#include "fuzz/http2_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run(sallyport::fuzz::broken_http2_rule, data, size);
}
