#include "app/http_probe.h"

#include <netdb.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <charconv>
#include <memory>
#include <optional>
#include <span>

#include "adapters/system/file_descriptor.h"

namespace sallyport::app {
namespace {

using system_adapter::FileDescriptor;
using Deadline = std::chrono::steady_clock::time_point;

constexpr std::size_t most_bytes = 64 * 1024;

std::unexpected<core::Error> no_answer(std::string why) {
  return std::unexpected(
      core::Error{.fault = core::Fault::unavailable, .code = "no_answer", .log_detail = std::move(why)});
}

std::string reason(int error) { return std::generic_category().message(error); }

bool wait_for(const FileDescriptor& socket, short events, Deadline deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd watched{socket.get(), events, 0};
    const int ready = ::poll(&watched, 1, static_cast<int>(left));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

struct FreeAddresses {
  void operator()(addrinfo* list) const { ::freeaddrinfo(list); }
};

/// An open connection to the first address that takes one; a closed one, with the reason in `why`.
FileDescriptor connect(const addrinfo* addresses, Deadline deadline, std::string& why) {
  for (const auto* address = addresses; address != nullptr; address = address->ai_next) {
    FileDescriptor socket(::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const bool is_begun = socket.is_open() &&
                          (::connect(socket.get(), address->ai_addr, address->ai_addrlen) == 0 || errno == EINPROGRESS);
    if (!is_begun) {
      why = reason(errno);
      continue;
    }
    int error = ETIMEDOUT;
    socklen_t size = sizeof error;
    if (wait_for(socket, POLLOUT, deadline)) ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error == 0) return socket;
    why = reason(error);
  }
  return FileDescriptor(-1);
}

core::Result<ProbeAnswer> parse(std::string_view text) {
  int status = 0;
  const bool is_http = text.starts_with("HTTP/1.") && text.size() > 12 &&
                       std::from_chars(text.data() + 9, text.data() + 12, status).ec == std::errc{};
  const auto end = text.find("\r\n\r\n");
  if (!is_http || end == std::string_view::npos) return no_answer("the answer is not HTTP/1.1");
  return ProbeAnswer{status, std::string(text.substr(end + 4))};
}

/// A connected socket, with TLS over it or without. Every wait ends at the deadline.
class Wire {
 public:
  Wire(FileDescriptor socket, Deadline deadline) : socket_(std::move(socket)), deadline_(deadline) {}

  /// Nothing, or why not.
  std::optional<std::string> shake_hands(const std::string& host, ProbeWire wire) {
    context_.reset(SSL_CTX_new(TLS_client_method()));
    ssl_.reset(context_ ? SSL_new(context_.get()) : nullptr);
    if (!ssl_) return "there is no memory";
    auto* const parameters = SSL_get0_param(ssl_.get());
    const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
    if (!is_address) SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
    if (wire == ProbeWire::checked_tls) {
      if (!is_address) SSL_set1_host(ssl_.get(), host.c_str());
      SSL_CTX_set_default_verify_paths(context_.get());
      SSL_set_verify(ssl_.get(), SSL_VERIFY_PEER, nullptr);
    }
    SSL_set_fd(ssl_.get(), socket_.get());
    const auto outcome = repeat([this] { return SSL_connect(ssl_.get()); });
    if (outcome > 0) return std::nullopt;
    const auto distrust = SSL_get_verify_result(ssl_.get());
    if (wire == ProbeWire::checked_tls && distrust != X509_V_OK)
      return std::string("its certificate is not good: ") + X509_verify_cert_error_string(distrust);
    return "the TLS handshake failed: " + why();
  }

  bool send(std::string_view bytes) {
    if (ssl_) return repeat([&] { return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())); }) > 0;
    // Fresh sockets have room for so little.
    return ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }

  /// 0 at the end, less after a failure.
  int receive(std::span<char> into) {
    if (ssl_) {
      const int got = repeat([&] { return SSL_read(ssl_.get(), into.data(), static_cast<int>(into.size())); });
      return got < 0 && SSL_get_shutdown(ssl_.get()) != 0 ? 0 : got;
    }
    for (;;) {
      if (!wait_for(socket_, POLLIN, deadline_)) return -1;
      const auto got = ::recv(socket_.get(), into.data(), into.size(), 0);
      if (got >= 0 || (errno != EINTR && errno != EAGAIN)) return static_cast<int>(got);
    }
  }

  std::string why() {
    if (std::chrono::steady_clock::now() >= deadline_) return "no answer in time";
    const char* const text = ERR_reason_error_string(ERR_peek_last_error());
    return ssl_ && text != nullptr ? text : reason(errno != 0 ? errno : ECONNRESET);
  }

 private:
  template <class Step>
  int repeat(Step step) {
    for (;;) {
      ERR_clear_error();
      const int outcome = step();
      if (outcome > 0) return outcome;
      const int wanted = SSL_get_error(ssl_.get(), outcome);
      if (wanted == SSL_ERROR_ZERO_RETURN) return 0;
      const bool can_wait = wanted == SSL_ERROR_WANT_READ || wanted == SSL_ERROR_WANT_WRITE;
      const auto event = static_cast<short>(wanted == SSL_ERROR_WANT_WRITE ? POLLOUT : POLLIN);
      if (!can_wait || !wait_for(socket_, event, deadline_)) return -1;
    }
  }
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  FileDescriptor socket_;
  Deadline deadline_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
};

}  // namespace

core::Result<ProbeAnswer> probe(const ProbeTarget& target, std::string_view path, Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
      failed != 0)
    return no_answer(std::string("the name is not found: ") + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  std::string refused;
  auto socket = connect(addresses.get(), deadline, refused);
  if (!socket.is_open()) return no_answer(refused);

  Wire wire(std::move(socket), deadline);
  if (!target.preamble.empty() && !wire.send(target.preamble)) return no_answer(wire.why());
  if (target.wire != ProbeWire::plain) {
    if (auto failed = wire.shake_hands(target.host, target.wire)) return no_answer(std::move(*failed));
  }
  const auto request =
      "GET " + std::string(path) + " HTTP/1.1\r\nHost: " + target.authority + "\r\nConnection: close\r\n\r\n";
  if (!wire.send(request)) return no_answer(wire.why());
  std::string answer;
  for (;;) {
    std::array<char, 4'096> buffer;
    const auto got = wire.receive(buffer);
    if (got < 0) return no_answer(wire.why());
    if (got == 0) return parse(answer);
    answer.append(buffer.data(), static_cast<std::size_t>(got));
    if (answer.size() > most_bytes) return no_answer("the answer is too long");
  }
}

}  // namespace sallyport::app
