#include "fuzz/fuzzer.h"
#include "fuzz/idempotency_key_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run(sallyport::fuzz::broken_idempotency_key_rule, data, size);
}
