#pragma once

#include <cstdint>
#include <span>

#include "core/bytes.h"
#include "core/result.h"

namespace sallyport::crypto {

/// Cost of one Argon2 hash (RFC 9106 §3.1). The default is OWASP's 19 MiB, two passes.
struct Argon2Parameters {
  std::uint32_t memory_kib = 19456;
  std::uint32_t passes = 2;
  std::uint32_t lanes = 1;
  friend bool operator==(const Argon2Parameters&, const Argon2Parameters&) = default;
};

/// Argon2id, version 0x13 (RFC 9106), without secret or associated data. Blocks for the time the parameters ask for.
class Argon2 {
 public:
  virtual ~Argon2() = default;
  /// Fills `out` (16 bytes or more). From every thread at once. `unimplemented` / "argon2_unsupported" for parameters
  /// or a salt size this implementation cannot do; `unavailable` / "out_of_memory".
  virtual core::Result<void> hash(core::ByteView password, core::ByteView salt, const Argon2Parameters& parameters,
                                  std::span<std::uint8_t> out) = 0;
};

}  // namespace sallyport::crypto
