#pragma once

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <atomic>
#include <charconv>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/fake_clock.h"
#include "core/handover.h"
#include "core/sleep.h"
#include "transport/http1/header_field.h"
#include "transport/pipeline.h"
#include "transport/server.h"

namespace sallyport::transport {

/// What a client makes of an answer.
struct Answer {
  int status = 0;
  std::map<std::string, std::string> fields;  ///< names in lower case
  std::string body;
  bool is_whole = false;

  std::string field(const std::string& name) const {
    const auto found = fields.find(name);
    return found == fields.end() ? "" : found->second;
  }
};

/// A plain blocking client on a raw socket. A read gives up after 10 s, so that a test fails instead of hanging.
class RawClient {
 public:
  enum class Content { expected, none };  ///< none: the answer to HEAD

  explicit RawClient(std::uint16_t port, int receive_buffer = 0) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    is_connected_ = ::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  ~RawClient() { close(); }
  RawClient(RawClient&& other) noexcept
      : socket_(std::exchange(other.socket_, -1)),
        is_connected_(other.is_connected_),
        received_(std::move(other.received_)) {}

  bool is_connected() const { return is_connected_; }
  int descriptor() const { return socket_; }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  void half_close() { shutdown(socket_, SHUT_WR); }
  /// False if the server had closed.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
  }
  /// Whether there is something to read now, an end included.
  bool has_input() {
    pollfd wanted{.fd = socket_, .events = POLLIN, .revents = 0};
    return !received_.empty() || poll(&wanted, 1, 0) > 0;
  }
  /// Whether the server ended the connection in an orderly way without another byte.
  bool is_ended() {
    char byte;
    return received_.empty() && recv(socket_, &byte, 1, 0) == 0;
  }
  /// All bytes up to the end of the connection.
  std::string rest() {
    while (receive()) {
    }
    return std::exchange(received_, {});
  }

  Answer ask(std::string_view request) {
    send(request);
    return answer();
  }
  Answer answer(Content content = Content::expected) {
    Answer got;
    auto head = line_end("\r\n\r\n");
    if (head == std::string::npos) return got;
    const auto text = take(head + 4);
    std::from_chars(text.data() + 9, text.data() + 12, got.status);
    for (auto at = text.find("\r\n") + 2; at + 2 < text.size();) {
      const auto end = text.find("\r\n", at);
      const auto colon = text.find(':', at);
      auto name = text.substr(at, colon - at);
      for (auto& c : name) c = static_cast<char>(std::tolower(c));
      got.fields[name] = text.substr(colon + 2, end - colon - 2);
      at = end + 2;
    }
    const auto length = got.field("content-length");
    if (content == Content::none || got.status < 200 || got.status == 204) got.is_whole = true;
    else if (!length.empty()) got.is_whole = take_exactly(std::stoull(length), got.body);
    else if (got.field("transfer-encoding") == "chunked") take_chunks(got);
    else got.body = rest(), got.is_whole = true;
    return got;
  }

 private:
  bool receive() {
    std::array<char, 65536> bytes;
    const auto got = recv(socket_, bytes.data(), bytes.size(), 0);
    if (got > 0) received_.append(bytes.data(), static_cast<std::size_t>(got));
    return got > 0;
  }
  std::size_t line_end(std::string_view ending) {
    for (;;) {
      const auto found = received_.find(ending);
      if (found != std::string::npos || !receive()) return found;
    }
  }
  std::string take(std::size_t size) {
    auto taken = received_.substr(0, size);
    received_.erase(0, size);
    return taken;
  }
  bool take_exactly(std::size_t size, std::string& out) {
    while (received_.size() < size && receive()) {
    }
    const bool is_whole = received_.size() >= size;
    out += take(size);
    return is_whole;
  }
  void take_chunks(Answer& got) {
    for (;;) {
      const auto end = line_end("\r\n");
      if (end == std::string::npos) return;
      const auto size = std::stoull(take(end + 2), nullptr, 16);
      std::string piece;
      if (!take_exactly(size + 2, piece)) return;
      if (size == 0) {
        got.is_whole = true;
        return;
      }
      got.body.append(piece, 0, size);
    }
  }

  int socket_;
  bool is_connected_ = false;
  std::string received_;
};

/// Waits, without sleeping, until another thread has made `condition` true; false after 10 s.
template <class Condition>
bool eventually(Condition condition) {
  const auto patience = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > patience) return false;
    std::this_thread::yield();
  }
  return true;
}

/// A whole server on a port of its own, with time that stands still and routes that do what tests need.
class ServerUnderTest {
 public:
  using Answering = core::Task<core::Result<Response>>;
  static constexpr auto tick = core::TimerWheel::tick;

  explicit ServerUnderTest(const Limits& given = {}, std::size_t threads = 1, ProxyRules proxies = {},
                           ChooseErrorFormat choose_error_format = nullptr, const Protection& protection = {})
      : limits(given),
        pipeline(router, recorder(), choose_error_format),
        server(clock, limits, pipeline, threads, std::move(proxies), protection) {
    get("/ping", [](Exchange&, const Parameters&) -> Answering { co_return Response::json(200, "pong"); });
    get("/users/{id}", [](Exchange&, const Parameters& parameters) -> Answering {
      co_return Response::json(200, std::string(parameters["id"]));
    });
    // NOLINTBEGIN(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps the lambdas until the end
    get("/exchange", [](Exchange& exchange, const Parameters&) -> Answering {
      co_return Response::json(200, std::to_string(reinterpret_cast<std::uintptr_t>(&exchange)));
    });
    get("/throw", [](Exchange&, const Parameters&) -> Answering {
      throw std::runtime_error("a bug");
      co_return Response{};
    });
    post("/echo", [this](Exchange& exchange, const Parameters&) -> Answering {
      auto body = co_await exchange.read_body(body_limit);
      if (!body) {
        interruption = body.error().fault;
        co_return core::Result<Response>(core::fail(std::move(body)));
      }
      co_return Response::json(200, std::string(*body));
    });
    post("/unread", [](Exchange&, const Parameters&) -> Answering { co_return Response::json(200, "unread"); });
    get("/later", [this](Exchange&, const Parameters&) -> Answering {
      auto value = co_await core::hand_over<int>([this](auto handover) -> std::optional<core::Error> {
        const std::lock_guard lock(mutex_);
        handed_.push_back(std::move(handover));
        return std::nullopt;
      });
      if (!value) {
        interruption = value.error().fault;
        co_return core::Result<Response>(core::fail(std::move(value)));
      }
      co_return Response::json(200, std::to_string(*value));
    });
    post("/pieces/later", [this](Exchange& exchange, const Parameters&) -> Answering {
      auto value = co_await core::hand_over<int>([this](auto handover) -> std::optional<core::Error> {
        const std::lock_guard lock(mutex_);
        handed_.push_back(std::move(handover));
        return std::nullopt;
      });
      if (!value) co_return core::Result<Response>(core::fail(std::move(value)));
      auto answered = co_await count_pieces(exchange);
      co_return answered;
    });
    post("/pieces", [this](Exchange& exchange, const Parameters&) -> Answering { return count_pieces(exchange); });
    get("/ample", [this](Exchange&, const Parameters&) -> Answering {
      ++pieces_written;
      co_return Response{.content_type = "text/plain", .body = std::string(300'000, 'x')};
    });
    get("/trailers", [](Exchange& exchange, const Parameters&) -> Answering {
      exchange.begin({.content_type = "text/plain", .body = "first;"});
      auto written = co_await exchange.write("second");
      if (!written) co_return core::Result<Response>(core::fail(std::move(written)));
      co_return Response{.trailers = {{"Checked", "yes"}}};
    });
    get("/trailers/at-once", [](Exchange&, const Parameters&) -> Answering {
      co_return Response{.content_type = "text/plain", .body = "all", .trailers = {{"Checked", "yes"}}};
    });
    get("/sleep/{milliseconds}", [this](Exchange& exchange, const Parameters& parameters) -> Answering {
      exchange.limit_time(std::chrono::milliseconds(std::stoi(std::string(parameters["milliseconds"]))));
      ++sleeping;
      auto slept = co_await core::SleepUntil(clock.moment() + std::chrono::hours(1));
      if (!slept) co_return core::Result<Response>(core::fail(std::move(slept)));
      co_return Response{};
    });
    get("/endless", [this](Exchange& exchange, const Parameters&) -> Answering {
      exchange.lift_time_limit();
      exchange.begin({.content_type = "text/plain", .body = "begun"});
      ++sleeping;
      auto slept = co_await core::SleepUntil(clock.moment() + std::chrono::hours(1));
      if (!slept) co_return core::Result<Response>(core::fail(std::move(slept)));
      co_return Response{};
    });
    get("/sleep", [this](Exchange&, const Parameters&) -> Answering {
      ++sleeping;
      auto slept = co_await core::SleepUntil(clock.moment() + std::chrono::hours(1));
      if (!slept) {
        interruption = slept.error().fault;
        co_return core::Result<Response>(core::fail(std::move(slept)));
      }
      co_return Response::json(200, "slept");
    });
    get("/stream/{pieces}/{size}", [this](Exchange& exchange, const Parameters& parameters) -> Answering {
      const auto pieces = std::stoul(std::string(parameters["pieces"]));
      const auto size = std::stoul(std::string(parameters["size"]));
      exchange.begin({.content_type = "text/plain", .body = "head;"});
      for (std::size_t i = 0; i < pieces; ++i) {
        auto written = co_await exchange.write(numbered(i, size));
        if (!written) {
          interruption = written.error().fault;
          co_return core::Result<Response>(core::fail(std::move(written)));
        }
        ++pieces_written;
      }
      co_return Response{};
    });
    get("/broken-stream", [](Exchange& exchange, const Parameters&) -> Answering {
      exchange.begin({.content_type = "text/plain", .body = "half"});
      throw std::runtime_error("the other half is missing");
      co_return Response{};
    });
    // NOLINTEND(cppcoreguidelines-avoid-capturing-lambda-coroutines)
  }
  ~ServerUnderTest() { stop(); }

  /// How much came, once all has: "bytes largest".
  Answering count_pieces(Exchange& exchange) {
    std::size_t bytes = 0, largest = 0;
    for (;;) {
      auto piece = co_await exchange.read_piece();
      if (!piece) co_return core::Result<Response>(core::fail(std::move(piece)));
      if (piece->empty()) break;
      bytes += piece->size();
      largest = std::max(largest, piece->size());
      bytes_read = bytes;
    }
    co_return Response::json(200, std::to_string(bytes) + " " + std::to_string(largest));
  }

  static std::string numbered(std::size_t number, std::size_t size) {
    auto text = std::to_string(number) + ';';
    return std::string(size - text.size(), '.') + text;
  }

  void get(std::string pattern, Handler handler) {
    router.add({.method = Method::get, .pattern = std::move(pattern), .handler = std::move(handler)});
  }
  void post(std::string pattern, Handler handler) {
    router.add({.method = Method::post, .pattern = std::move(pattern), .handler = std::move(handler)});
  }
  void start() {
    ASSERT_TRUE(server.bind(*Endpoint::parse("127.0.0.1:0")));
    server.start();
  }
  RawClient connect(int receive_buffer = 0) { return RawClient(server.endpoint().port, receive_buffer); }
  /// Comes back once every loop has seen all that clients sent, and the time, before this call; for one worker.
  void settle() {
    auto probe = connect();
    EXPECT_EQ(probe.ask("GET /ping HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").status, 200);
  }
  /// Moves time and lets the loop see it.
  void pass(std::chrono::milliseconds time) {
    settle();
    clock.advance(time);
    settle();
  }
  /// Takes the work of a request that waits in `/later`, as another thread's queue would.
  std::shared_ptr<core::Handover<int>> take_later() {
    std::shared_ptr<core::Handover<int>> taken;
    EXPECT_TRUE(eventually([&] {
      const std::lock_guard lock(mutex_);
      if (handed_.empty()) return false;
      taken = std::move(handed_.front());
      handed_.erase(handed_.begin());
      return true;
    }));
    return taken;
  }
  /// Ends the server however long its connections want to stay.
  void stop() {
    const std::jthread time([this](const std::stop_token& ended) {
      while (!ended.stop_requested()) {
        clock.advance(tick);
        std::this_thread::yield();
      }
    });
    server.stop(std::chrono::milliseconds(0));
    server.run_leftovers();
  }

  core::FakeClock clock;
  Limits limits;
  Router router;
  std::atomic<std::size_t> body_limit = 64 * 1024;
  std::atomic<int> sleeping = 0;
  std::atomic<std::size_t> pieces_written = 0;
  std::atomic<std::size_t> bytes_read = 0;
  std::atomic<std::optional<core::Fault>> interruption;
  std::mutex after_mutex;
  std::vector<int> afters;  ///< the statuses that middleware was told, under the mutex

 private:
  class Recorder final : public Middleware {
   public:
    explicit Recorder(ServerUnderTest& test) : test_(test) {}
    void after(const Exchange*, const Route*, const Response& response) override {
      const std::lock_guard lock(test_.after_mutex);
      test_.afters.push_back(response.status);
    }

   private:
    ServerUnderTest& test_;
  };
  std::vector<std::unique_ptr<Middleware>> recorder() {
    std::vector<std::unique_ptr<Middleware>> steps;
    steps.push_back(std::make_unique<Recorder>(*this));
    return steps;
  }

  std::mutex mutex_;
  std::vector<std::shared_ptr<core::Handover<int>>> handed_;

 public:
  Pipeline pipeline;
  Server server;
};

}  // namespace sallyport::transport
