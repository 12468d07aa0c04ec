#pragma once

#include <sys/socket.h>
#include <sys/un.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "adapters/system/file_descriptor.h"
#include "core/result.h"

namespace sallyport::system_adapter {

/// What a service manager leaves in the environment of what it starts, empty where it left nothing: sd_notify(3) and
/// sd_watchdog_enabled(3).
struct ServiceEnvironment {
  std::string notify_socket;
  std::string watchdog_usec;
  std::string watchdog_pid;
  /// Reads the environment of this process; before any thread starts.
  static ServiceEnvironment of_process();
};

/// The one that started this process and watches it, systemd for example: told how the server is, in the datagrams of
/// sd_notify(3) but without its library. One that nobody asked for hears nothing. Used from any thread.
class ServiceManager {
 public:
  /// Nobody: telling is a success without effect.
  ServiceManager() = default;

  /// Fails with `invalid` / "service_manager_unknown" for a `NOTIFY_SOCKET` that is neither an absolute path nor `@`
  /// and an abstract name, or is longer than a socket's address can be; with `internal` / "service_manager_unreachable"
  /// if there can be no socket. `log_detail` is a sentence for the operator.
  static core::Result<ServiceManager> of(const ServiceEnvironment& environment);

  /// The server serves from now on. `status` is one line for people. Blocks up to some seconds. Fails with
  /// `unavailable` / "service_manager_unreachable".
  core::Result<void> tell_ready(std::string_view status) const;
  /// The end has begun and takes `at_most`, however long the manager would have waited by itself; nothing is watched
  /// any more. Blocks and fails as `tell_ready`.
  core::Result<void> tell_stopping(std::chrono::microseconds at_most) const;
  /// Still alive, for the watchdog. Never blocks; one that is lost is made good by the next.
  void tell_alive() const;

  /// Within which time `tell_alive` has to be repeated; none if nobody watches this process.
  std::optional<std::chrono::microseconds> watchdog() const { return watchdog_; }

 private:
  bool send(std::string_view lines, int flags) const;
  core::Result<void> tell(std::string_view lines) const;

  FileDescriptor socket_{-1};
  sockaddr_un address_{};
  socklen_t address_size_ = 0;
  std::optional<std::chrono::microseconds> watchdog_;
};

}  // namespace sallyport::system_adapter
