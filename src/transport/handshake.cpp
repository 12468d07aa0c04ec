#include "transport/handshake.h"

#include <sys/epoll.h>

#include <algorithm>
#include <utility>

#include "transport/http1/connection.h"
#include "transport/http2/connection.h"
#include "transport/tls/channel.h"

namespace sallyport::transport {

Handshake::Handshake(Worker& worker, Stream stream, const ConnectionOrigin& origin)
    : worker_(worker), stream_(std::move(stream)), origin_(origin) {}

void Handshake::open() {
  worker_.loop().hand_watch(stream_.descriptor(), *this);
  worker_.loop().schedule(*this, origin_.due);
  pump();
}

void Handshake::drain() {
  worker_.loop().schedule(*this, std::min(due(), worker_.loop().now() + worker_.limits().linger_time));
}

void Handshake::ready(std::uint32_t events) {
  if (is_done_) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return fail();
  if (!is_waiting_) pump();
}

void Handshake::pump() {
  is_waiting_ = false;
  if (is_done_) return;
  // A step can cost a signature: not all of a crowd at once, or those who are in would wait for them.
  if (!worker_.may_shake_hands()) {
    is_waiting_ = true;
    return worker_.pump_later(*this);
  }
  switch (stream_.channel()->handshake()) {
    case tls::Channel::Status::would_block:
      return;
    case tls::Channel::Status::end:
    case tls::Channel::Status::failed:
      return fail();
    case tls::Channel::Status::done:
      break;
  }
  ++worker_.counters().handshakes;
  if (stream_.channel()->is_resumed()) ++worker_.counters().handshakes_resumed;
  if (stream_.channel()->is_http2()) become<http2::Connection>();
  else become<http1::Connection>();
}

void Handshake::fail() {
  if (!is_done_) ++worker_.counters().handshakes_failed;
  close();
}

void Handshake::close() {
  if (std::exchange(is_done_, true)) return;
  unlink();
  worker_.loop().unwatch(stream_.descriptor());
  worker_.remove(*this);
}

template <class Protocol>
void Handshake::become() {
  is_done_ = true;
  unlink();
  auto& worker = worker_;
  auto next = std::make_unique<Protocol>(worker, std::move(stream_), origin_);
  auto& connection = *next;
  worker.replace(*this, std::move(next));
  connection.open();
}

}  // namespace sallyport::transport
