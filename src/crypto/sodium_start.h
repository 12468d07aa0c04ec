#pragma once

#include <sodium.h>

#include <stdexcept>

namespace sallyport::crypto {

/// To be called before any other function of libsodium: it chooses the implementations that fit the processor. Cheap
/// after the first time, safe from every thread. Throws `std::runtime_error` if libsodium cannot work here.
inline void start_sodium() {
  static const bool is_started = sodium_init() >= 0;
  if (!is_started) throw std::runtime_error("libsodium cannot start");
}

}  // namespace sallyport::crypto
