#include "fuzz/fuzzer.h"
#include "fuzz/rpc_web_text_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run(sallyport::fuzz::broken_web_text_rule, data, size);
}
