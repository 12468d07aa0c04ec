#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "adapters/system/file_descriptor.h"
#include "core/result.h"
#include "core/secret.h"
#include "core/task.h"

namespace sallyport::app {

inline constexpr std::string_view control_socket_name = "control.sock";
/// Of a request, its end of line counted.
inline constexpr std::size_t max_control_request = 65'536;

/// Where the command line talks to the server that holds the data: a Unix socket in the data folder, mode 0600. One
/// connection is one line of request and one line of answer, one client at a time; only the server's own user and root
/// are listened to. Runs on a thread of its own; each request becomes a task on `loop`.
class ControlSocket {
 public:
  using Answer = std::function<core::Task<std::string>(core::Secret request)>;
  /// `internal` / "control_socket_unusable", with a sentence. The caller holds the folder's lock: a socket that is
  /// there is a dead server's and is replaced.
  static core::Result<std::unique_ptr<ControlSocket>> open(const std::filesystem::path& folder, core::Loop& loop,
                                                           Answer answer,
                                                           std::chrono::milliseconds patience = std::chrono::seconds{
                                                               5});
  /// Interrupts what runs, ends the thread and removes the socket. The loop still runs.
  ~ControlSocket();
  ControlSocket(const ControlSocket&) = delete;
  ControlSocket& operator=(const ControlSocket&) = delete;

 private:
  struct Run;
  ControlSocket(std::filesystem::path file, system_adapter::FileDescriptor listener,
                system_adapter::FileDescriptor stop, core::Loop& loop, Answer answer,
                std::chrono::milliseconds patience);
  void serve();
  void serve(const system_adapter::FileDescriptor& client);
  std::string run(core::Secret request);

  std::filesystem::path file_;
  system_adapter::FileDescriptor listener_, stop_;
  core::Loop& loop_;
  Answer answer_;
  std::chrono::milliseconds patience_;  ///< for a client to send its request, and to take the answer
  std::mutex mutex_;
  std::shared_ptr<Run> running_;  ///< shared with the thread that waits for it and the loop that does it
  bool is_stopping_ = false;
  std::thread thread_;
};

/// Asks the server that listens in `folder`. Nothing if none does. `unavailable` / "server_silent" if it does not take
/// the request or answer in time, or ends before.
std::optional<core::Result<std::string>> ask_server(const std::filesystem::path& folder, const core::Secret& line,
                                                    std::chrono::milliseconds patience);

}  // namespace sallyport::app
