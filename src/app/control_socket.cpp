#include "app/control_socket.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <algorithm>
#include <cstring>
#include <latch>
#include <vector>

namespace sallyport::app {

using core::Result;
using std::chrono::milliseconds;
using system_adapter::FileDescriptor;
using Deadline = std::chrono::steady_clock::time_point;

namespace {

std::unexpected<core::Error> silent(std::string sentence) {
  core::Error error{core::Fault::unavailable, "server_silent"};
  error.log_detail = std::move(sentence);
  return std::unexpected(std::move(error));
}

/// The socket by way of its folder: a path in a sockaddr_un has at most 107 bytes, a folder's may have more.
struct Place {
  explicit Place(const std::filesystem::path& folder)
      : folder_(::open(folder.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)) {
    address.sun_family = AF_UNIX;
    const auto path = "/proc/self/fd/" + std::to_string(folder_.get()) + '/' + std::string(control_socket_name);
    std::ranges::copy(path, address.sun_path);
  }
  const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
  sockaddr_un address{};

 private:
  FileDescriptor folder_;
};

/// Waits for `events` until the deadline; false also if `stop` becomes readable first.
bool wait_for(int descriptor, short events, Deadline deadline, int stop = -1) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(deadline - std::chrono::steady_clock::now()).count();
    if (left <= 0) return false;
    pollfd watched[] = {{descriptor, events, 0}, {stop, POLLIN, 0}};
    const int ready = ::poll(watched, 2, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready < 0 && errno != EINTR) return false;
    if (ready > 0) return watched[1].revents == 0;
  }
}

/// One line without its end, at most `most` bytes with it; nothing if it does not come in time.
std::optional<core::Secret> read_line(int socket, std::size_t most, Deadline deadline, int stop = -1) {
  auto buffer = core::Secret::of_size(most);
  std::size_t size = 0;
  while (size < most && wait_for(socket, POLLIN, deadline, stop)) {
    const auto got = ::recv(socket, buffer.writable().data() + size, most - size, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got <= 0) return std::nullopt;
    const auto end = buffer.reveal().substr(0, size + static_cast<std::size_t>(got)).find('\n', size);
    size += static_cast<std::size_t>(got);
    if (end != std::string_view::npos) return core::Secret(buffer.reveal().substr(0, end));
  }
  return std::nullopt;
}

bool write_all(int socket, std::string_view text, Deadline deadline, int stop = -1) {
  while (!text.empty()) {
    if (!wait_for(socket, POLLOUT, deadline, stop)) return false;
    const auto sent = ::send(socket, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (sent < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

bool is_trusted(int socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && (peer.uid == ::geteuid() || peer.uid == 0);
}

/// Reads what a client of another kind would see at once, and a command line as its error.
constexpr std::string_view request_refused =
    R"({"error":{"code":"request_refused","message":"the request did not come whole, or is too long"}})";

}  // namespace

/// One request on the loop. Kept by those who need it until the last of them is through.
struct ControlSocket::Run final : core::Posted, std::enable_shared_from_this<Run> {
  Run(core::Loop& on, core::Task<std::string> work) : context(on, core::Moment::max()), task(std::move(work)) {}
  void run() override {
    core::start(context, std::move(task), [self = shared_from_this()](std::string text) {
      self->answer = std::move(text);
      self->ended.count_down();
    });
  }
  struct Interrupt final : core::Posted {
    std::shared_ptr<Run> of;
    void run() override {
      const auto kept = std::move(of);
      kept->context.interrupt(core::Fault::cancelled);
    }
  };
  Interrupt interruption;
  core::TaskContext context;
  core::Task<std::string> task;
  std::string answer;
  std::latch ended{1};
};

Result<std::unique_ptr<ControlSocket>> ControlSocket::open(const std::filesystem::path& folder, core::Loop& loop,
                                                           Answer answer, milliseconds patience) {
  auto file = folder / control_socket_name;
  const auto unusable = [&] { return system_adapter::file_error("control_socket_unusable", "listen on", file); };
  const Place place(folder);
  FileDescriptor listener(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  FileDescriptor stop(::eventfd(0, EFD_CLOEXEC));
  if (!listener.is_open() || !stop.is_open()) return unusable();
  ::unlink(file.c_str());
  // The folder has mode 0700, so nobody slips in between these two.
  if (::bind(listener.get(), place.get(), sizeof place.address) != 0 || ::chmod(file.c_str(), 0600) != 0 ||
      ::listen(listener.get(), 16) != 0)
    return unusable();
  return std::unique_ptr<ControlSocket>(
      new ControlSocket(std::move(file), std::move(listener), std::move(stop), loop, std::move(answer), patience));
}

ControlSocket::ControlSocket(std::filesystem::path file, FileDescriptor listener, FileDescriptor stop, core::Loop& loop,
                             Answer answer, milliseconds patience)
    : file_(std::move(file)),
      listener_(std::move(listener)),
      stop_(std::move(stop)),
      loop_(loop),
      answer_(std::move(answer)),
      patience_(patience),
      thread_([this] { serve(); }) {}

ControlSocket::~ControlSocket() {
  ::unlink(file_.c_str());
  {
    const std::lock_guard lock(mutex_);
    is_stopping_ = true;
    if (running_) {
      running_->interruption.of = running_;
      loop_.post(running_->interruption);
    }
  }
  ::eventfd_write(stop_.get(), 1);
  thread_.join();
}

void ControlSocket::serve() {
  for (;;) {
    pollfd watched[] = {{listener_.get(), POLLIN, 0}, {stop_.get(), POLLIN, 0}};
    if (::poll(watched, 2, -1) < 0) continue;
    if (watched[1].revents != 0) return;
    const FileDescriptor client(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (client.is_open() && is_trusted(client.get())) serve(client);
  }
}

void ControlSocket::serve(const FileDescriptor& client) {
  const auto deadline = [this] { return std::chrono::steady_clock::now() + patience_; };
  auto request = read_line(client.get(), max_control_request, deadline(), stop_.get());
  auto answer = request ? run(std::move(*request)) : std::string(request_refused);
  // Also when the server is ending: a command that was done is told so.
  write_all(client.get(), answer += '\n', deadline());
}

std::string ControlSocket::run(core::Secret request) {
  const auto begun = std::make_shared<Run>(loop_, answer_(std::move(request)));
  {
    const std::lock_guard lock(mutex_);
    if (is_stopping_) begun->context.interrupt(core::Fault::cancelled);
    running_ = begun;
  }
  loop_.post(*begun);
  begun->ended.wait();
  const std::lock_guard lock(mutex_);
  running_.reset();
  return begun->answer;
}

std::optional<Result<std::string>> ask_server(const std::filesystem::path& folder, const core::Secret& line,
                                              milliseconds patience) {
  const Place place(folder);
  const FileDescriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.is_open() || ::connect(socket.get(), place.get(), sizeof place.address) != 0) return std::nullopt;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  const auto name = (folder / control_socket_name).string();
  // A server that refuses the request may have answered without reading all of it.
  const bool is_taken = write_all(socket.get(), line.reveal(), deadline) && write_all(socket.get(), "\n", deadline);
  std::string answer;
  char buffer[16'384];
  while (!answer.ends_with('\n') && wait_for(socket.get(), POLLIN, deadline)) {
    const auto got = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    answer.append(buffer, static_cast<std::size_t>(got));
  }
  if (!answer.ends_with('\n') && !is_taken)
    return silent("the server does not take commands on " + name + "; perhaps it is another user's, or ending");
  if (!answer.ends_with('\n'))
    return silent("the server does not answer on " + name + "; the command may have been done or not");
  answer.pop_back();
  return answer;
}

}  // namespace sallyport::app
