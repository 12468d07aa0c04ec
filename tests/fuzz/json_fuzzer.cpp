#include <cstdint>

#include "transport/rest/json_decoder_fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sallyport::transport::rest::fuzz_json({reinterpret_cast<const char*>(data), size});
  return 0;
}
