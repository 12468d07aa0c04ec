#include "fuzz/fuzzer.h"
#include "fuzz/rpc_timeout_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run(sallyport::fuzz::broken_timeout_rule, data, size);
}
