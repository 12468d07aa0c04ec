#include "adapters/system/service_manager.h"

#include <sys/time.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdlib>

namespace sallyport::system_adapter {
namespace {

using std::chrono::microseconds;

constexpr timeval patience{.tv_sec = 5, .tv_usec = 0};  // the manager may be busy, and its queue full

std::string variable(const char* name) {
  const char* const text = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): before any thread starts
  return text == nullptr ? "" : text;
}

std::optional<std::int64_t> positive_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size() || number <= 0) return std::nullopt;
  return number;
}

/// Another process's watchdog is inherited with the environment, and none of ours.
std::optional<microseconds> watchdog_of(const ServiceEnvironment& environment) {
  if (!environment.watchdog_pid.empty() && positive_number(environment.watchdog_pid) != ::getpid()) return std::nullopt;
  const auto interval = positive_number(environment.watchdog_usec);
  return interval ? std::optional<microseconds>(*interval) : std::nullopt;
}

std::unexpected<core::Error> unreachable(core::Fault fault, const char* what) {
  return std::unexpected(core::Error{
      .fault = fault,
      .code = "service_manager_unreachable",
      .log_detail = std::string("cannot ") + what + " the service manager: " + std::generic_category().message(errno)});
}

}  // namespace

ServiceEnvironment ServiceEnvironment::of_process() {
  return {.notify_socket = variable("NOTIFY_SOCKET"),
          .watchdog_usec = variable("WATCHDOG_USEC"),
          .watchdog_pid = variable("WATCHDOG_PID")};
}

core::Result<ServiceManager> ServiceManager::of(const ServiceEnvironment& environment) {
  ServiceManager manager;
  const auto& name = environment.notify_socket;
  if (name.empty()) return manager;
  const bool is_abstract = name.front() == '@';
  if ((!is_abstract && name.front() != '/') || name.size() < 2 || name.size() >= sizeof manager.address_.sun_path) {
    return std::unexpected(core::Error{.fault = core::Fault::invalid,
                                       .code = "service_manager_unknown",
                                       .log_detail = "NOTIFY_SOCKET is no address that can be written to: " + name});
  }
  manager.address_.sun_family = AF_UNIX;
  std::ranges::copy(name, std::begin(manager.address_.sun_path));
  if (is_abstract) manager.address_.sun_path[0] = '\0';  // unix(7): an abstract name is as long as the address says
  manager.address_size_ = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + name.size() + (is_abstract ? 0 : 1));

  manager.socket_ = FileDescriptor(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!manager.socket_.is_open() ||
      ::setsockopt(manager.socket_.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience) != 0)
    return unreachable(core::Fault::internal, "make a socket for");
  manager.watchdog_ = watchdog_of(environment);
  return manager;
}

core::Result<void> ServiceManager::tell_ready(std::string_view status) const {
  return tell("READY=1\nSTATUS=" + std::string(status.substr(0, status.find('\n'))));
}

core::Result<void> ServiceManager::tell_stopping(microseconds at_most) const {
  auto lines = "STOPPING=1\nSTATUS=shutting down\nEXTEND_TIMEOUT_USEC=" + std::to_string(at_most.count());
  if (watchdog_) lines += "\nWATCHDOG_USEC=0";
  return tell(lines);
}

void ServiceManager::tell_alive() const { send("WATCHDOG=1", MSG_DONTWAIT); }

bool ServiceManager::send(std::string_view lines, int flags) const {
  if (!socket_.is_open()) return true;
  const auto* const address = reinterpret_cast<const sockaddr*>(&address_);
  for (;;) {
    const auto sent = ::sendto(socket_.get(), lines.data(), lines.size(), flags | MSG_NOSIGNAL, address, address_size_);
    if (sent >= 0 || errno != EINTR) return sent >= 0;
  }
}

core::Result<void> ServiceManager::tell(std::string_view lines) const {
  if (!send(lines, 0)) return unreachable(core::Fault::unavailable, "tell");
  return {};
}

}  // namespace sallyport::system_adapter
