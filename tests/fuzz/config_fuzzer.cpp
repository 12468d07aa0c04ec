#include <cstdint>

#include "app/config_fuzz_target.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sallyport::app::fuzz_config({reinterpret_cast<const char*>(data), size});
  return 0;
}
