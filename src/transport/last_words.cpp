#include "transport/last_words.h"

#include <sys/epoll.h>

#include <array>
#include <utility>

namespace sallyport::transport {

LastWords::LastWords(Worker& worker, Stream stream, const ConnectionOrigin&)
    : worker_(worker), stream_(std::move(stream)) {}

void LastWords::open(std::string_view words) {
  worker_.loop().hand_watch(stream_.descriptor(), *this);
  worker_.loop().schedule(*this, worker_.loop().now() + worker_.limits().linger_time);
  stream_.transmit(words);  // fresh sockets have room for so few
  stream_.shut_down();
  pump();
}

void LastWords::ready(std::uint32_t events) {
  if (is_done_) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close();
  pump();
}

void LastWords::pump() {
  static thread_local std::array<char, 16 * 1024> discarded;
  while (!is_done_) {
    const auto got = stream_.receive(discarded);
    if (got.input == Stream::Input::would_block) return;
    drained_ += got.size;
    const bool is_over = got.input == Stream::Input::end || got.input == Stream::Input::error;
    if (is_over || drained_ > worker_.limits().drained_bytes) return close();
  }
}

void LastWords::close() {
  if (std::exchange(is_done_, true)) return;
  unlink();
  worker_.loop().unwatch(stream_.descriptor());
  worker_.remove(*this);
}

}  // namespace sallyport::transport
