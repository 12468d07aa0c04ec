#include "app/http_probe.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <charconv>
#include <memory>

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

}  // namespace

core::Result<ProbeAnswer> probe(const std::string& host, std::uint16_t port, std::string_view authority,
                                std::string_view path, std::string_view preamble, Deadline deadline) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (const int failed = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found); failed != 0)
    return no_answer(std::string("the name is not found: ") + ::gai_strerror(failed));
  const std::unique_ptr<addrinfo, FreeAddresses> addresses(found);
  std::string why;
  const auto socket = connect(addresses.get(), deadline, why);
  if (!socket.is_open()) return no_answer(why);

  const auto request =
      std::string(preamble).append("GET ").append(path).append(" HTTP/1.1\r\nHost: ").append(authority) +
      "\r\nConnection: close\r\n\r\n";
  // Fresh sockets have room for so little.
  if (::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(request.size()))
    return no_answer(reason(errno));
  std::string answer;
  for (;;) {
    if (!wait_for(socket, POLLIN, deadline)) return no_answer("no answer in time");
    char buffer[4'096];
    const auto got = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return no_answer(reason(errno));
    if (got == 0) return parse(answer);
    answer.append(buffer, static_cast<std::size_t>(got));
    if (answer.size() > most_bytes) return no_answer("the answer is too long");
  }
}

}  // namespace sallyport::app
