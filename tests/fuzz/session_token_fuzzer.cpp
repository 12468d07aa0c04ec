#include "fuzz/fuzzer.h"
#include "fuzz/token_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run(sallyport::fuzz::broken_session_token_rule, data, size);
}
