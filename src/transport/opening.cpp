#include "transport/opening.h"

#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "transport/handshake.h"
#include "transport/http1/connection.h"
#include "transport/http2/connection.h"
#include "transport/last_words.h"
#include "transport/proxy/preamble.h"
#include "transport/tls/live_certificates.h"

namespace sallyport::transport {
namespace {

/// RFC 9113 §3.4.
constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

// RFC 8446 §5.1: every handshake begins with a record of this type; type, version and length stand before its content.
constexpr char handshake_record = 0x16;
constexpr std::size_t record_head = 5;
constexpr std::size_t most_record_bytes = 16 * 1024 + 256;

using namespace std::string_view_literals;
/// RFC 8446 §6: a fatal alert, handshake_failure.
constexpr auto no_tls_here = "\x15\x03\x01\x00\x02\x02\x28"sv;
/// RFC 9113 §6.5, §6.8: empty SETTINGS, and GOAWAY with INADEQUATE_SECURITY and a word to whoever looks.
constexpr auto http2_needs_tls =
    "\x00\x00\x00\x04\x00\x00\x00\x00\x00"
    "\x00\x00\x17\x07\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x0c"
    "TLS is required"sv;

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
  static thread_local std::array<char, 16 * 1024> discarded;
  stream_.receive(discarded);  // what was only looked at would make a reset of the end
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
  if (bytes->front() == handshake_record) return look_at_tls(*bytes);
  const bool is_refused = worker_.protection().is_required;
  if (*bytes == http2_preface) {
    if (is_refused) become<LastWords>(http2_needs_tls);
    else become<http2::Connection>();
  } else if (!http2_preface.starts_with(*bytes)) {
    become<http1::Connection>(is_refused ? http1::Connection::Refuse::plain : http1::Connection::Refuse::nothing);
  }
}

void Opening::look_at_tls(std::string_view first) {
  const auto* const certificates = worker_.protection().certificates;
  auto context = certificates == nullptr ? nullptr : certificates->current();
  if (!context) {
    (void)worker_.service().refusal(nullptr, 400,
                                    {.fault = core::Fault::malformed,
                                     .code = "request_malformed",
                                     .log_detail = "TLS on a port without certificates; set tls.certificates"});
    return become<LastWords>(no_tls_here);
  }
  // A handshake takes memory. A client that drips its first message gets none.
  if (first.size() < record_head) return;
  const auto byte = [&first](std::size_t at) {
    return static_cast<std::size_t>(static_cast<unsigned char>(first[at]));
  };
  const auto announced = record_head + (byte(3) << 8 | byte(4));
  int available = 0;
  ioctl(stream_.descriptor(), FIONREAD, &available);
  if (static_cast<std::size_t>(available) < std::min(announced, most_record_bytes)) return;
  stream_.protect(std::move(context));
  become<Handshake>();
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
