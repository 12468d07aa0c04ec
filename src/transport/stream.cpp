#include "transport/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace sallyport::transport {

Stream::Stream(Stream&& other) noexcept : socket_(std::exchange(other.socket_, -1)) {}

Stream::~Stream() {
  if (socket_ >= 0) ::close(socket_);
}

Stream::Received Stream::receive(std::span<char> room) {
  for (;;) {
    const auto got = recv(socket_, room.data(), room.size(), 0);
    if (got > 0) {
      const auto size = static_cast<std::size_t>(got);
      return {size < room.size() ? Input::some : Input::all, size};
    }
    if (got == 0) return {Input::end};
    if (errno != EINTR) return {errno == EAGAIN || errno == EWOULDBLOCK ? Input::would_block : Input::error};
  }
}

std::optional<std::size_t> Stream::transmit(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    const auto took = ::send(socket_, bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (took >= 0) {
      sent += static_cast<std::size_t>(took);
    } else if (errno != EINTR) {
      if (errno != EAGAIN && errno != EWOULDBLOCK) return std::nullopt;
      break;
    }
  }
  return sent;
}

void Stream::shut_down() { shutdown(socket_, SHUT_WR); }

}  // namespace sallyport::transport
