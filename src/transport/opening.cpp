#include "transport/opening.h"

#include <sys/epoll.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "transport/http1/connection.h"
#include "transport/http2/connection.h"
#include "transport/proxy/preamble.h"

namespace sallyport::transport {
namespace {

/// RFC 9113 §3.4.
constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

/// What has come and is still there for whoever reads next; nothing when the client is gone.
std::optional<std::string_view> peek(int socket, std::span<char> room) {
  for (;;) {
    const auto got = recv(socket, room.data(), room.size(), MSG_PEEK);
    if (got > 0) return std::string_view(room.data(), static_cast<std::size_t>(got));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return std::string_view{};
    return std::nullopt;
  }
}

}  // namespace

Opening::Opening(Worker& worker, int socket, const Address& peer, bool is_over_cap)
    : worker_(worker), stream_(socket), peer_(peer), is_over_cap_(is_over_cap) {
  const auto& [header, trusted] = worker.proxies();
  const bool is_spoken = header == ProxyHeader::proxy_v1 || header == ProxyHeader::proxy_v2;
  is_preamble_due_ = is_spoken && contains(trusted, peer);
}

void Opening::open() {
  worker_.loop().schedule(*this, worker_.loop().now() + worker_.limits().head_time);
  worker_.loop().watch(stream_.descriptor(), *this);
}

void Opening::close() {
  if (std::exchange(is_done_, true)) return;
  unlink();
  worker_.loop().unwatch(stream_.descriptor());
  worker_.remove(*this);
}

void Opening::drain() {
  pump();  // what came before the end is served
  if (!is_done_) worker_.loop().schedule(*this, worker_.loop().now() + worker_.limits().linger_time);
}

void Opening::ready(std::uint32_t events) {
  if (is_done_) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close();
  pump();
  if ((events & EPOLLRDHUP) != 0 && !is_done_) close();  // it will never say the rest
}

void Opening::pump() {
  if (!is_done_ && (!is_preamble_due_ || read_preamble())) look();
}

bool Opening::read_preamble() {
  static thread_local std::array<char, max_preamble> room;
  const auto bytes = peek(stream_.descriptor(), room);
  if (!bytes) return close(), false;
  if (bytes->empty()) return false;
  const auto preamble = transport::read_preamble(worker_.proxies().header, *bytes);
  switch (preamble.status) {
    case Preamble::Status::incomplete:
      return false;
    case Preamble::Status::refused:
      become<http1::Connection>(http1::Connection::Refuse::preamble);
      return false;
    case Preamble::Status::complete:
      break;
  }
  is_preamble_due_ = false;
  client_ = preamble.client;
  stream_.receive(std::span(room).first(preamble.size));
  return true;
}

void Opening::look() {
  std::array<char, http2_preface.size()> room;
  const auto bytes = peek(stream_.descriptor(), room);
  if (!bytes) return close();
  if (bytes->empty()) return;
  if (*bytes == http2_preface) become<http2::Connection>();
  else if (!http2_preface.starts_with(*bytes)) become<http1::Connection>();
}

template <class Protocol, class... More>
void Opening::become(More&&... more) {
  is_done_ = true;
  unlink();
  auto& worker = worker_;
  const ConnectionOrigin origin{.peer = peer_, .client = client_, .is_over_cap = is_over_cap_, .due = due()};
  auto next = std::make_unique<Protocol>(worker, std::move(stream_), origin);
  auto& connection = *next;
  worker.replace(*this, std::move(next));
  connection.open(std::forward<More>(more)...);
}

}  // namespace sallyport::transport
