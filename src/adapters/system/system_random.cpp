#include "adapters/system/system_random.h"

#include <openssl/crypto.h>
#include <pthread.h>
#include <sys/random.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <stdexcept>

namespace sallyport::system_adapter {
namespace {

/// How many forks lie between the first process and this one.
std::atomic<std::uint64_t> generation{0};

void fill_from_kernel(std::span<std::uint8_t> out) {
  while (!out.empty()) {
    const auto got = ::getrandom(out.data(), out.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) {
      std::perror("getrandom");
      std::abort();  // weaker bytes would be worse than no server
    }
    out = out.subspan(static_cast<std::size_t>(got));
  }
}

class Buffer {
 public:
  Buffer() = default;
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;
  ~Buffer() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

  void take(std::span<std::uint8_t> out) {
    const auto now = generation.load(std::memory_order_relaxed);
    if (out.size() > left_ || now != generation_) {
      fill_from_kernel(bytes_);
      left_ = bytes_.size();
      generation_ = now;
    }
    // From the end, so that what is left is always the front.
    left_ -= out.size();
    const auto given = std::span(bytes_).subspan(left_, out.size());
    std::ranges::copy(given, out.begin());
    OPENSSL_cleanse(given.data(), given.size());
  }

  static constexpr std::size_t size = 4096;

 private:
  std::array<std::uint8_t, size> bytes_;
  std::size_t left_ = 0;
  std::uint64_t generation_ = 0;
};

}  // namespace

SystemRandom::SystemRandom() {
  static const int failed = ::pthread_atfork(nullptr, nullptr, [] { generation.fetch_add(1); });
  if (failed != 0) throw std::runtime_error("pthread_atfork has no memory");
}

void SystemRandom::fill(std::span<std::uint8_t> out) {
  if (out.size() > Buffer::size) return fill_from_kernel(out);
  thread_local Buffer buffer;
  buffer.take(out);
}

}  // namespace sallyport::system_adapter
