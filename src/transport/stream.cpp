#include "transport/stream.h"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "transport/tls/channel.h"

namespace sallyport::transport {
namespace {

Stream::Received received(const tls::Channel::Moved& moved) {
  using Status = tls::Channel::Status;
  using enum Stream::Input;
  switch (moved.status) {
    case Status::done:
      return {all, moved.bytes};
    case Status::would_block:
      return {moved.bytes > 0 ? some : would_block, moved.bytes};
    case Status::end:
      return {end};
    case Status::failed:
      return {error};
  }
  std::unreachable();
}

}  // namespace

Stream::Stream(int socket) : socket_(socket) {}

Stream::Stream(Stream&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)), channel_(std::move(other.channel_)) {}

Stream::~Stream() {
  if (channel_) channel_->close_notify();
  if (socket_ >= 0) ::close(socket_);
}

void Stream::protect(std::shared_ptr<const tls::Context> context) {
  channel_ = std::make_unique<tls::Channel>(std::move(context), socket_);
}

Stream::Received Stream::receive(std::span<char> room) {
  if (channel_) return received(channel_->receive(room));
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
  if (channel_) {
    const auto moved = channel_->transmit(bytes);
    return moved.status == tls::Channel::Status::failed ? std::nullopt : std::optional(moved.bytes);
  }
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

void Stream::shut_down() {
  if (channel_) channel_->close_notify();
  shutdown(socket_, SHUT_WR);
}

}  // namespace sallyport::transport
