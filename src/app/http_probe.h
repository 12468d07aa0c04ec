#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::app {

struct ProbeAnswer {
  int status;
  std::string body;  ///< with whatever framing it came in; at most 64 KiB with the head
};

/// One GET of plain HTTP/1.1 on a connection of its own, which begins with `preamble`. `authority` is what the request
/// names as its Host. Blocks until the deadline at most, a look-up of the name apart. `unavailable` / "no_answer" with
/// a sentence.
core::Result<ProbeAnswer> probe(const std::string& host, std::uint16_t port, std::string_view authority,
                                std::string_view path, std::string_view preamble,
                                std::chrono::steady_clock::time_point deadline);

}  // namespace sallyport::app
