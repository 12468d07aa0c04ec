#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <functional>
#include <memory>
#include <string>

#include "transport/tls/channel.h"

namespace sallyport::transport::tls {

/// Two ends of a connection that nobody else has.
struct SocketPair {
  std::array<int, 2> ends{};
  SocketPair() { EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends.data()), 0); }
  SocketPair(const SocketPair&) = delete;
  SocketPair& operator=(const SocketPair&) = delete;
  ~SocketPair() {
    for (const int end : ends) ::close(end);
  }
  int server() const { return ends[0]; }
  int client() const { return ends[1]; }
};

/// OpenSSL's own client over one end of a socket pair.
class TestClient {
 public:
  explicit TestClient(int socket, const std::function<void(SSL_CTX*)>& configure = {})
      : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    if (configure) configure(context_.get());
    SSL_CTX_set_session_cache_mode(context_.get(), SSL_SESS_CACHE_CLIENT);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket);
    SSL_set_connect_state(ssl_.get());
  }
  SSL* ssl() const { return ssl_.get(); }
  void ask_for(const char* host) const { SSL_set_tlsext_host_name(ssl(), host); }
  void offer(std::string_view protocols) const {
    SSL_set_alpn_protos(ssl(), reinterpret_cast<const unsigned char*>(protocols.data()),
                        static_cast<unsigned>(protocols.size()));
  }
  /// Both take steps until both are done, or one cannot go on. Whether they agreed.
  bool shake_hands(Channel& server) const {
    for (int i = 0; i < 20; ++i) {
      const int mine = SSL_do_handshake(ssl());
      const auto theirs = server.handshake();
      if (theirs == Channel::Status::failed) {
        (void)SSL_do_handshake(ssl());  // hears the alert
        return false;
      }
      if (mine == 1 && theirs == Channel::Status::done) return true;
    }
    return false;
  }
  std::string read() const {
    std::array<char, 64 * 1024> buffer;
    const int got = SSL_read(ssl(), buffer.data(), buffer.size());
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : std::string();
  }
  void write(std::string_view text) const { SSL_write(ssl(), text.data(), static_cast<int>(text.size())); }
  /// The first DNS name of the certificate it was shown.
  std::string shown() const {
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(SSL_get1_peer_certificate(ssl()), X509_free);
    auto* const names =
        static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate.get(), NID_subject_alt_name, nullptr, nullptr));
    const auto* const name = sk_GENERAL_NAME_value(names, 0)->d.dNSName;
    std::string text(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name)),
                     static_cast<std::size_t>(ASN1_STRING_length(name)));
    GENERAL_NAMES_free(names);
    return text;
  }

 private:
  std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context_;
  struct Free {
    void operator()(SSL* ssl) const {
      SSL_set_shutdown(ssl, SSL_SENT_SHUTDOWN);  // or its session could not be resumed
      SSL_free(ssl);
    }
  };
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace sallyport::transport::tls
