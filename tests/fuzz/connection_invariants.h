#pragma once

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/fake_clock.h"
#include "core/sleep.h"
#include "fuzz/cuts.h"
#include "transport/http1/chunked_decoder.h"
#include "transport/http1/request_head.h"
#include "transport/rest/wire_status.h"
#include "transport/worker.h"

// A real connection of a real worker on the fuzzer's thread: a socket pair, time that stands still unless moved, and a
// client that is one of the loop's posted things, so that nothing ever waits.
namespace sallyport::fuzz {

/// Longer inputs are cut, so that no body which comes whole is over the limit.
inline constexpr std::size_t fuzzed_max_stream = 4096;

/// Says what it was asked, or, if it may, does whatever the path's first letter names.
class FuzzedService final : public transport::Service {
 public:
  enum class Manner { echoes, as_path_says };
  explicit FuzzedService(Manner manner) : manner_(manner) {}

  core::Task<void> serve(transport::Exchange& exchange) override {
    const auto path = exchange.path();
    switch (manner_ == Manner::echoes || path.size() < 2 ? 'e' : path[1]) {
      case 'u':  // nread
        exchange.respond(answer(exchange, 200, "unread"));
        co_return;
      case 'l':  // later
        static_cast<void>(co_await core::SleepUntil(exchange.began() + std::chrono::milliseconds{200}));
        break;
      case 'a':  // abort
        exchange.begin(answer(exchange, 200, "half"));
        exchange.abort();
        co_return;
      case 'b':  // before
        exchange.respond(answer(exchange, 200, "before"));
        break;
      default:
        break;
    }
    const auto body = co_await exchange.read_body(fuzzed_max_stream);
    if (body && streams(path)) co_await stream(exchange);
    else if (body)
      exchange.respond(answer(exchange, 200, echo(to_text(exchange.method()), path, exchange.query(), *body)));
    else exchange.respond(answer(exchange, transport::wire_status(body.error().fault).http, body.error().code));
  }
  transport::Response refusal(const transport::Exchange* exchange, int status, core::Error error) override {
    if (exchange != nullptr) return answer(*exchange, status, error.code);
    return {.status = status, .content_type = "text/plain", .body = std::string(error.code)};
  }
  static bool streams(std::string_view path) { return path.starts_with("/s"); }
  static std::string piece(std::size_t number) { return std::string(number * 401, static_cast<char>('a' + number)); }
  static constexpr std::size_t pieces = 12;
  static std::string echo(std::string_view method, std::string_view path, std::string_view query,
                          std::string_view body) {
    return std::string(method).append(" ").append(path).append("?").append(query).append("\n").append(body);
  }

 private:
  static core::Task<void> stream(transport::Exchange& exchange) {
    exchange.begin(answer(exchange, 200, "head"));
    for (std::size_t i = 0; i < pieces; ++i) {
      const auto next = piece(i);
      const auto written = co_await exchange.write(next);
      if (!written) break;
    }
    exchange.finish({});
  }
  static transport::Response answer(const transport::Exchange& exchange, int status, std::string_view body) {
    transport::Response response{.status = status, .content_type = "text/plain", .body = std::string(body)};
    if (exchange.method() == transport::Method::head) response.fields.push_back({"X-Bodiless", "yes"});
    return response;
  }
  Manner manner_;
};

/// How a client talks.
struct FuzzedTalk {
  FuzzedService::Manner manner = FuzzedService::Manner::echoes;
  std::size_t largest_piece = fuzzed_max_stream;
  enum class Patience {
    endless,  ///< time stands still, and the client takes every answer
    none,     ///< time passes, answers are left lying, and the client may go at any moment
  } patience = Patience::endless;
  /// When a patient client shuts its side: who stops sending while a streamed answer waits is taken to have gone.
  enum class End { with_last_byte, after_last_answer } end = End::after_last_answer;
};

/// The client: each turn of the loop it does one thing. The loop ends when the connection has.
class FuzzedClient final : private core::Posted {
 public:
  FuzzedClient(std::string_view bytes, const FuzzedTalk& talk) : rest_(bytes), talk_(talk), cuts_(bytes) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends.data()) != 0) std::abort();
    socket_ = ends[0];
    const int least = 1;  // the kernel makes it about 4 KiB
    if (talk.largest_piece < fuzzed_max_stream) setsockopt(ends[1], SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
    ++worker_.counters().connections;
    worker_.adopt(ends[1], {});
    worker_.loop().post(*this);
    worker_.loop().run();
    is_over_ = true;
    worker_.loop().run_leftovers();
    receive();
    ::close(socket_);
  }
  /// All that the server said.
  const std::string& answers() const { return answers_; }
  /// Whether the connection and its handlers were done within reason.
  bool has_ended() const { return turns_ < most_turns; }

 private:
  static constexpr std::size_t most_turns = 30'000;

  void run() override {
    if (is_over_) return;
    if (++turns_ == most_turns) worker_.drain({});
    if (turns_ >= most_turns) {
      clock_.advance(std::chrono::seconds{1});  // or the drain's own deadline never comes
      return worker_.loop().post(*this);
    }
    const bool is_patient = talk_.patience == FuzzedTalk::Patience::endless;
    if (is_patient || cuts_.next(4) > 1) receive();
    if (!is_patient) clock_.advance(std::chrono::milliseconds{cuts_.next(20) == 1 ? cuts_.next(20'000) : 20});
    const bool ends_early = talk_.end == FuzzedTalk::End::with_last_byte;
    if (!rest_.empty()) send_piece();
    if (!rest_.empty() || (is_patient && !ends_early && quiet_turns_ < 4)) {
      ++quiet_turns_;
    } else if (!has_shut_) {
      has_shut_ = true;
      shutdown(socket_, is_patient || cuts_.next(2) == 1 ? SHUT_WR : SHUT_RDWR);
    } else if (worker_.counters().connections == 0 && !is_draining_) {
      is_draining_ = true;
      worker_.drain(std::chrono::hours{1});  // ends the loop once no handler runs
    }
    worker_.loop().post(*this);
  }
  void send_piece() {
    const auto piece = rest_.substr(0, cuts_.next(talk_.largest_piece));
    const auto sent = ::send(socket_, piece.data(), piece.size(), MSG_NOSIGNAL);
    quiet_turns_ = 0;
    if (sent > 0) rest_.remove_prefix(static_cast<std::size_t>(sent));
    else if (sent < 0 && errno != EAGAIN) rest_ = {};  // the server has closed
  }
  void receive() {
    std::array<char, 16'384> bytes;
    for (;;) {
      const auto got = recv(socket_, bytes.data(), bytes.size(), 0);
      if (got <= 0) return;
      answers_.append(bytes.data(), static_cast<std::size_t>(got));
      quiet_turns_ = 0;
    }
  }

  std::string_view rest_;
  FuzzedTalk talk_;
  Cuts cuts_;
  int socket_ = -1;
  std::string answers_;
  std::size_t turns_ = 0;
  int quiet_turns_ = 0;  ///< since something was heard or said
  bool has_shut_ = false;
  bool is_draining_ = false;
  bool is_over_ = false;  ///< the loop has stopped
  core::FakeClock clock_;
  transport::Limits limits_{.unsent_bytes = 8192};
  FuzzedService service_{talk_.manner};
  const transport::ProxyRules no_proxies_{};
  const transport::Protection no_protection_{};
  transport::Worker worker_{clock_, limits_, service_, no_proxies_, no_protection_, 4};
};

struct HeardAnswer {
  int status;
  std::string body;
  friend bool operator==(const HeardAnswer&, const HeardAnswer&) = default;
};

/// Takes answers apart as a strict client does; interim ones (RFC 9110 §15.2) are passed over. An answer that breaks
/// off at the end counts as none; nothing at all if there is anything but answers.
inline std::optional<std::vector<HeardAnswer>> heard(std::string_view bytes) {
  using namespace transport::http1;
  std::vector<HeardAnswer> answers;
  while (!bytes.empty()) {
    const auto end = bytes.find("\r\n\r\n");
    if (end == std::string_view::npos)
      return bytes.substr(0, 9) == std::string_view("HTTP/1.1 ").substr(0, bytes.size())
                 ? std::optional(std::move(answers))
                 : std::nullopt;
    const auto head = bytes.substr(0, end + 2);
    bytes.remove_prefix(end + 4);
    HeardAnswer answer{};
    const auto number = std::from_chars(head.data() + 9, head.data() + head.size(), answer.status);
    if (!head.starts_with("HTTP/1.1 ") || number.ptr != head.data() + 12 || answer.status < 100) return std::nullopt;
    if (answer.status < 200) continue;
    const auto length_at = head.find("\r\nContent-Length: ");
    const bool is_bodiless = head.contains("\r\nX-Bodiless: yes\r\n");
    if (length_at != std::string_view::npos) {
      std::size_t length = 0;
      if (std::from_chars(head.data() + length_at + 18, head.data() + head.size(), length).ec != std::errc{})
        return std::nullopt;
      if (!is_bodiless && bytes.size() < length) return answers;
      answer.body = bytes.substr(0, is_bodiless ? 0 : length);
      bytes.remove_prefix(answer.body.size());
    } else if (!is_bodiless && head.contains("\r\nTransfer-Encoding: chunked\r\n")) {
      ChunkedDecoder decoder(std::uint64_t{1} << 30);
      const auto progress = decoder.feed(bytes, answer.body);
      if (progress.state == ChunkedState::refused) return std::nullopt;
      if (progress.state == ChunkedState::needs_more) return answers;
      bytes.remove_prefix(progress.consumed);
    } else if (!is_bodiless) {  // to a client of HTTP/1.0: until the end
      answer.body = bytes;
      bytes = {};
    }
    answers.push_back(std::move(answer));
  }
  return answers;
}

/// What a connection that echoes has to answer, worked out from the parsers alone.
struct DueAnswers : std::vector<HeardAnswer> {
  /// Whether the client may end before it hears the last one: a head that comes in pieces may be refused as late as its
  /// end, which never came.
  bool is_last_optional = false;
  bool is_any_streamed = false;

  bool are(std::span<const HeardAnswer> answers) const {
    const bool lacks_last = is_last_optional && answers.size() + 1 == size();
    return std::ranges::equal(answers, std::span(*this).first(lacks_last ? answers.size() : size()));
  }
};

inline DueAnswers answers_due(std::string_view bytes) {
  using namespace transport;
  DueAnswers due;
  http1::RequestHead head;
  while (!bytes.empty()) {
    const auto outcome = http1::parse_request_head(bytes, head);
    if (outcome.status == http1::HeadStatus::incomplete) return due;
    if (outcome.status == http1::HeadStatus::refused) {
      due.push_back({outcome.refusal.status, std::string(outcome.refusal.code)});
      due.is_last_optional = !bytes.contains("\r\n\r\n");
      return due;
    }
    bytes.remove_prefix(outcome.consumed);
    const auto method = parse_method(head.method);
    const auto owe = [&](int status, std::string_view text) {
      due.push_back({status, std::string(method == Method::head ? "" : text)});
    };
    std::string body;
    if (head.framing == http1::Framing::chunked) {
      http1::ChunkedDecoder decoder(fuzzed_max_stream);
      const auto progress = decoder.feed(bytes, body);
      bytes.remove_prefix(progress.consumed);
      if (progress.state == http1::ChunkedState::refused) {
        owe(progress.refusal.status, progress.refusal.code);
        return due;
      }
      if (progress.state == http1::ChunkedState::needs_more) {
        owe(499, "cancelled");
        return due;
      }
    } else if (head.content_length > fuzzed_max_stream) {
      owe(413, "body_too_large");
      return due;
    } else if (head.content_length > bytes.size()) {
      owe(499, "cancelled");
      return due;
    } else {
      body = bytes.substr(0, static_cast<std::size_t>(head.content_length));
      bytes.remove_prefix(body.size());
    }
    const bool is_streamed = FuzzedService::streams(head.path);
    std::string said = is_streamed ? "head" : FuzzedService::echo(to_text(method), head.path, head.query, body);
    for (std::size_t i = 0; is_streamed && i < FuzzedService::pieces; ++i) said += FuzzedService::piece(i);
    owe(200, said);
    due.is_any_streamed |= is_streamed;
    if (is_streamed && head.minor_version == 0) return due;
    if (!head.keep_alive) return due;
  }
  return due;
}

/// RFC 9113 §3.4: what begins so is no HTTP/1.1, nor is it anything while it could go on so.
inline constexpr std::string_view http2_preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
/// RFC 8446 §5.1: so does TLS.
inline constexpr char handshake_record = 0x16;

inline std::string broken_connection_rule(std::string_view bytes) {
  bytes = bytes.substr(0, fuzzed_max_stream);
  if (bytes.starts_with(http2_preface) || http2_preface.starts_with(bytes) || bytes.starts_with(handshake_record))
    return {};
  using enum FuzzedTalk::Patience;
  const auto due = answers_due(bytes);
  for (const std::size_t largest_piece : {fuzzed_max_stream, bytes.size() / 4 + 1, bytes.size() / 64 + 1}) {
    const auto end = due.is_any_streamed ? FuzzedTalk::End::after_last_answer : FuzzedTalk::End::with_last_byte;
    const FuzzedClient client(bytes, {.largest_piece = largest_piece, .end = end});
    if (!client.has_ended()) return "a connection does not end with its client";
    const auto answers = heard(client.answers());
    if (!answers) return "a patient client hears what is no answer";
    if (!due.are(*answers)) return "other answers than are due";
  }
  const FuzzedClient impatient(bytes,
                               {.manner = FuzzedService::Manner::as_path_says, .largest_piece = 300, .patience = none});
  if (!impatient.has_ended()) return "a connection outlives every deadline";
  if (!heard(impatient.answers())) return "an impatient client hears what is no answer";
  return {};
}

}  // namespace sallyport::fuzz
