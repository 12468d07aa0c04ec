#pragma once

#include <chrono>
#include <cstddef>

namespace sallyport::transport {

/// What one client can take. Every one has a defined answer when it is reached (docs/operating.md).
struct Limits {
  std::size_t connections = 10'000;    ///< in the process; beyond it new ones are answered 503 and closed
  std::size_t head_bytes = 16 * 1024;  ///< 431
  std::size_t body_bytes = 64 * 1024;  ///< 413; of a JSON body
  std::size_t drained_bytes =
      4 * 1024 * 1024;                   ///< read and thrown away after a refusal, so that the answer is not reset
  std::size_t unsent_bytes = 64 * 1024;  ///< a handler that streams waits above this
  std::chrono::milliseconds head_time{10'000};     ///< from the first byte of a request to the end of its head: 408
  std::chrono::milliseconds body_time{10'000};     ///< from then to the end of its body: 408
  std::chrono::milliseconds request_time{15'000};  ///< from then to the answer: 504
  std::chrono::milliseconds grace_time{500};       ///< for a handler to answer by itself once its time is over
  std::chrono::milliseconds send_time{15'000};     ///< a client that takes nothing of an answer for so long is closed
  std::chrono::milliseconds idle_time{60'000};     ///< between two requests of a connection
  std::chrono::milliseconds linger_time{2'000};    ///< for a refused client to hear the answer
};

}  // namespace sallyport::transport
