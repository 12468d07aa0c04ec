#include "crypto/derived_random.h"

#include <openssl/crypto.h>

#include <stdexcept>

namespace sallyport::crypto {

DerivedRandom::~DerivedRandom() { OPENSSL_cleanse(block_.data(), block_.size()); }

void DerivedRandom::fill(std::span<std::uint8_t> out) {
  for (auto& byte : out) {
    if (used_ == block_.size()) {
      if (++blocks_ == 0) throw std::length_error("more than 255 blocks of one seed");
      block_ = key_.mac({seed_, {&blocks_, 1}});
      used_ = 0;
    }
    byte = block_[used_++];
  }
}

}  // namespace sallyport::crypto
