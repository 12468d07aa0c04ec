#include "fuzz/fuzzer.h"
#include "fuzz/key_file_invariants.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  return sallyport::fuzz::run(sallyport::fuzz::broken_key_file_rule, data, size);
}
