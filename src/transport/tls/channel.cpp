#include "transport/tls/channel.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <cerrno>
#include <new>

namespace sallyport::transport::tls {
namespace {

/// Renewals of keys (RFC 8446 §4.6.3) and refused renegotiations that one connection may ask for. Each costs the server
/// more than the client; honest ones come after gigabytes.
constexpr int most_handshake_messages = 100;

}  // namespace

/// The socket as OpenSSL sees it. Its own `BIO_s_socket` would raise SIGPIPE, and forget what it learnt of the socket.
struct Channel::Descriptor {
  static BIO* open(Channel& channel) {
    static BIO_METHOD* const method = make_method();
    BIO* const bio = BIO_new(method);
    if (bio == nullptr) throw std::bad_alloc();
    BIO_set_data(bio, &channel);
    BIO_set_init(bio, 1);
    return bio;
  }

 private:
  static BIO_METHOD* make_method() {
    auto* const method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "socket");
    if (method == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(method, read);
    BIO_meth_set_write(method, write);
    BIO_meth_set_ctrl(method, control);
    return method;
  }

  static int read(BIO* bio, char* into, int room) {
    auto& channel = *static_cast<Channel*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    if (!channel.is_socket_empty_) {
      ssize_t got;
      do {
        got = ::recv(channel.socket_, into, static_cast<std::size_t>(room), 0);
      } while (got < 0 && errno == EINTR);
      // Less than there was room for: the next edge tells of more.
      channel.is_socket_empty_ = got >= 0 && got < room;
      if (got > 0) return static_cast<int>(got);
      if (got == 0) {
        channel.is_at_end_ = true;
        return 0;
      }
      if (errno != EAGAIN && errno != EWOULDBLOCK) return -1;
      channel.is_socket_empty_ = true;
    }
    channel.has_blocked_ = true;
    BIO_set_retry_read(bio);
    return -1;
  }

  static int write(BIO* bio, const char* bytes, int size) {
    auto& channel = *static_cast<Channel*>(BIO_get_data(bio));
    BIO_clear_retry_flags(bio);
    ssize_t took;
    do {
      took = ::send(channel.socket_, bytes, static_cast<std::size_t>(size), MSG_NOSIGNAL);
    } while (took < 0 && errno == EINTR);
    if (took >= 0) return static_cast<int>(took);
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      channel.has_blocked_ = true;
      BIO_set_retry_write(bio);
    }
    return -1;
  }

  static long control(BIO* bio, int command, long, void*) {
    if (command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP) return 1;
    if (command == BIO_CTRL_EOF) return static_cast<Channel*>(BIO_get_data(bio))->is_at_end_ ? 1 : 0;
    return 0;
  }
};

Channel::Channel(std::shared_ptr<const Context> context, int socket)
    : context_(std::move(context)), ssl_(context_->new_connection()), socket_(socket) {
  if (ssl_ == nullptr) throw std::bad_alloc();
  auto* const bio = Descriptor::open(*this);
  SSL_set_bio(ssl_, bio, bio);
  SSL_set_accept_state(ssl_);
}

Channel::~Channel() { SSL_free(ssl_); }

Channel::Status Channel::handshake() {
  if (is_broken_) return Status::failed;
  has_blocked_ = is_socket_empty_ = false;
  ERR_clear_error();
  if (SSL_do_handshake(ssl_) != 1) return explain();
  is_established_ = true;
  SSL_set_msg_callback(ssl_, count_message);
  SSL_set_msg_callback_arg(ssl_, this);
  return Status::done;
}

bool Channel::is_http2() const {
  const unsigned char* name = nullptr;
  unsigned int size = 0;
  SSL_get0_alpn_selected(ssl_, &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

bool Channel::is_resumed() const { return SSL_session_reused(ssl_) == 1; }

std::string_view Channel::version() const { return SSL_get_version(ssl_); }

Channel::Moved Channel::receive(std::span<char> into) {
  if (is_broken_) return {0, Status::failed};
  has_blocked_ = is_socket_empty_ = false;
  std::size_t got = 0;
  while (got < into.size()) {
    std::size_t more = 0;
    if (SSL_read_ex(ssl_, into.data() + got, into.size() - got, &more) != 1) {
      const auto status = explain();
      // What came before the end is taken first.
      return {got, got > 0 && status != Status::would_block ? Status::done : status};
    }
    got += more;
    if (is_socket_empty_ && SSL_has_pending(ssl_) == 0) return {got, Status::would_block};
  }
  return {got, Status::done};
}

Channel::Moved Channel::transmit(std::string_view bytes) {
  std::size_t sent = 0;
  while (sent < bytes.size()) {
    if (is_broken_) return {sent, Status::failed};
    has_blocked_ = false;
    std::size_t took = 0;
    if (SSL_write_ex(ssl_, bytes.data() + sent, bytes.size() - sent, &took) != 1) return {sent, explain()};
    sent += took;
  }
  return {sent, Status::done};
}

void Channel::close_notify() {
  if (!is_established_ || is_broken_ || (SSL_get_shutdown(ssl_) & SSL_SENT_SHUTDOWN) != 0) return;
  if (SSL_shutdown(ssl_) < 0) ERR_clear_error();
}

/// Why a call did not succeed. OpenSSL's own SSL_get_error looks at the thread's queue of errors, where anybody's may
/// be.
Channel::Status Channel::explain() {
  if (is_broken_) return Status::failed;
  if (has_blocked_) return Status::would_block;
  const bool has_ended = is_at_end_ || (SSL_get_shutdown(ssl_) & SSL_RECEIVED_SHUTDOWN) != 0;
  if (is_established_ && has_ended) return Status::end;
  is_broken_ = true;
  const auto error = ERR_peek_error();
  const char* const text = ERR_reason_error_string(error);
  failure_ = is_at_end_ ? "the client has gone" : text == nullptr ? "the connection was reset" : text;
  ERR_clear_error();
  return Status::failed;
}

void Channel::count_message(int is_sent, int, int content_type, const void*, std::size_t, ssl_st*, void* channel) {
  if (is_sent != 0 || content_type != SSL3_RT_HANDSHAKE) return;
  auto& self = *static_cast<Channel*>(channel);
  if (++self.handshake_messages_ <= most_handshake_messages) return;
  self.failure_ = "the client renews keys again and again";
  self.is_broken_ = self.is_socket_empty_ = true;  // the call in progress reads no more
}

}  // namespace sallyport::transport::tls
