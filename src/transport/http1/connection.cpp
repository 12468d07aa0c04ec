#include "transport/http1/connection.h"

#include <openssl/crypto.h>
#include <sys/epoll.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>

#include "transport/browser/safe_headers.h"
#include "transport/rest/problem_catalog.h"

namespace sallyport::transport::http1 {
namespace {

bool status_has_body(int status) { return status >= 200 && status != 204 && status != 304; }

void append_number(std::string& out, std::size_t number, int base = 10) {
  std::array<char, 20> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number, base).ptr;
  out.append(digits.data(), end);
}

/// A header line. Control bytes cannot get in: a value made from somebody's input never ends the line early.
void append_field(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ");
  const auto begin = out.size();
  out.append(value);
  std::replace_if(
      out.begin() + static_cast<std::ptrdiff_t>(begin), out.end(),
      [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }, ' ');
  out.append("\r\n");
}

/// How many requests of one connection are answered before others have their turn.
constexpr int requests_a_turn = 64;

/// Where an answer is put together before it is sent; one a thread, so that no connection keeps one.
thread_local std::string outbox;

}  // namespace

// --- InputBuffer ---

void InputBuffer::clear() {
  begin_ = end_ = held_end_ = 0;
  release_held();
  OPENSSL_cleanse(bytes_.get(), std::exchange(used_, 0));
  if (capacity_ > 4 * usual_size) {
    bytes_.reset();
    capacity_ = 0;
  }
}

void InputBuffer::release_held() {
  OPENSSL_cleanse(held_.get(), std::exchange(held_size_, 0));
  held_.reset();
}

void InputBuffer::compact() {
  release_held();
  held_end_ = 0;
  if (begin_ == 0) return;
  std::memmove(bytes_.get(), bytes_.get() + begin_, end_ - begin_);
  end_ -= begin_;
  begin_ = 0;
}

void InputBuffer::grow() {
  const auto unread_size = end_ - begin_;
  const auto larger = std::max(usual_size, 2 * unread_size);
  auto bytes = std::make_unique_for_overwrite<char[]>(larger);
  if (unread_size > 0) std::memcpy(bytes.get(), bytes_.get() + begin_, unread_size);
  const auto written = std::exchange(used_, unread_size);
  if (held_end_ > 0) {
    held_ = std::move(bytes_);
    held_size_ = written;
  } else {
    OPENSSL_cleanse(bytes_.get(), written);
  }
  bytes_ = std::move(bytes);
  capacity_ = larger;
  begin_ = held_end_ = 0;
  end_ = unread_size;
}

Stream::Input InputBuffer::receive(Stream& stream) {
  if (begin_ == end_) begin_ = end_ = held_end_;
  if (capacity_ - end_ < least_room) grow();
  const auto got = stream.receive({bytes_.get() + end_, capacity_ - end_});
  end_ += got.size;
  used_ = std::max(used_, end_);
  return got.input;
}

// --- Http1Exchange ---

void Http1Exchange::start_request(Connection& connection) {
  connection_ = &connection;
  peer_ = connection.peer_;
  if (connection.client_) set_client(*connection.client_);
  is_secure_ = connection.stream_.channel() != nullptr;
  method_ = parse_method(head_.method);
  body_left_ = head_.framing == Framing::content_length ? head_.content_length : 0;
  is_body_complete_ = !has_body() || (head_.framing == Framing::content_length && body_left_ == 0);
  auto& loop = connection.worker_.loop();
  began_ = loop.now();
  context_.emplace(loop, began_ + connection.worker_.limits().request_time);
}

void Http1Exchange::reset() {
  reset_findings();
  context_.reset();
  OPENSSL_cleanse(body_.data(), body_.size());
  body_.clear();
  if (body_.capacity() > 64 * 1024) body_.shrink_to_fit();
  is_body_complete_ = true;
  scanned_ = 0;
  ends_at_.reset();
  is_time_unlimited_ = has_begun_body_ = is_reading_body_ = sends_content_ = false;
  is_answered_ = is_finished_ = is_streaming_ = is_handler_running_ = false;
}

std::optional<std::string_view> Http1Exchange::header(std::string_view name) const { return head_.fields.find(name); }

void Http1Exchange::each_header(std::string_view name, void (*visit)(void*, std::string_view), void* context) const {
  for (const auto& field : head_.fields) {
    if (equals_ignoring_case(field.name, name)) visit(context, field.value);
  }
}

core::Result<bool> Http1Exchange::decode_received() {
  const auto bytes = input_.unread();
  if (head_.framing == Framing::content_length) {
    const auto many = static_cast<std::size_t>(std::min<std::uint64_t>(body_left_, bytes.size()));
    body_.append(bytes.substr(0, many));
    input_.consume(many);
    body_left_ -= many;
    return body_left_ == 0;
  }
  const auto fed = chunks_.feed(bytes, body_);
  input_.consume(fed.consumed);
  if (fed.state == ChunkedState::refused) {
    return core::fail(fed.refusal.status == 413 ? core::Fault::too_large : core::Fault::malformed, fed.refusal.code);
  }
  return fed.state == ChunkedState::done;
}

bool Http1Exchange::skip_received_body() {
  if (is_body_complete_) return true;
  if (head_.framing == Framing::chunked || body_left_ > input_.unread().size()) return false;
  input_.consume(static_cast<std::size_t>(body_left_));
  is_body_complete_ = true;
  return true;
}

/// While it lives the client is to send, and its deadline is the body's.
class Http1Exchange::BodyRead {
 public:
  explicit BodyRead(Http1Exchange& exchange) : exchange_(exchange) {
    exchange_.is_reading_body_ = true;
    if (auto* const connection = exchange_.connection_) {
      const auto& limits = connection->worker_.limits();
      connection->set_deadline(exchange_.is_time_unlimited_ ? limits.idle_time : limits.body_time);
    }
  }
  ~BodyRead() {
    exchange_.is_reading_body_ = false;
    auto* const connection = exchange_.connection_;
    if (connection != nullptr && !exchange_.context_->interruption()) connection->await_handler();
  }
  BodyRead(const BodyRead&) = delete;
  BodyRead& operator=(const BodyRead&) = delete;

 private:
  Http1Exchange& exchange_;
};

core::Task<core::Result<std::string_view>> Http1Exchange::read_body(std::size_t limit) {
  using Read = core::Result<std::string_view>;
  if (is_body_complete_) co_return Read(body_);
  if (head_.content_length > limit) co_return Read(core::fail(core::Fault::too_large, "body_too_large"));
  if (!has_begun_body_) {
    body_.reserve(
        static_cast<std::size_t>(head_.content_length));  // below the limit; growing would leave copies unwiped
  }
  const BodyRead reading(*this);
  for (bool is_complete = false; !is_complete;) {
    auto read = co_await read_more(limit);
    if (!read) co_return Read(core::fail(std::move(read)));
    is_complete = *read;
  }
  co_return Read(body_);
}

core::Task<core::Result<std::string_view>> Http1Exchange::read_piece() {
  using Read = core::Result<std::string_view>;
  OPENSSL_cleanse(body_.data(), body_.size());
  body_.clear();
  if (is_body_complete_) co_return Read(body_);
  const BodyRead reading(*this);
  while (!is_body_complete_ && body_.empty()) {
    auto read = co_await read_more(std::numeric_limits<std::size_t>::max());
    if (!read) co_return Read(core::fail(std::move(read)));
  }
  co_return Read(body_);
}

core::Task<core::Result<bool>> Http1Exchange::read_more(std::size_t limit) {
  using Read = core::Result<bool>;
  if (!std::exchange(has_begun_body_, true)) {  // a decoder that refused stays where it is
    chunks_ = ChunkedDecoder(limit);
    if (head_.expects_continue && connection_ != nullptr && !is_answered_ && input_.unread().empty()) {
      connection_->send("HTTP/1.1 100 Continue\r\n\r\n");
    }
  }
  for (const auto had = body_.size();;) {
    auto decoded = decode_received();
    if (!decoded) co_return Read(core::fail(std::move(decoded)));
    is_body_complete_ = *decoded;
    if (is_body_complete_ || body_.size() > had) co_return Read(is_body_complete_);
    if (connection_ != nullptr && connection_->is_input_ready_) {
      switch (input_.receive(connection_->stream_)) {
        case Stream::Input::all:
          continue;
        case Stream::Input::some:
          connection_->is_input_ready_ = connection_->is_peer_done_;
          continue;
        case Stream::Input::would_block:
          connection_->is_input_ready_ = false;
          break;
        case Stream::Input::end:
        case Stream::Input::error:
          context_->interrupt(core::Fault::cancelled);
          break;
      }
    }
    if (const auto reason = context_->interruption()) co_return Read(std::unexpected(core::interrupted(*reason)));
    co_await input_arrived_.wait();
    if (const auto reason = context_->interruption()) co_return Read(std::unexpected(core::interrupted(*reason)));
  }
}

void Http1Exchange::limit_time(std::chrono::milliseconds from_now) {
  if (connection_ == nullptr) return;
  is_time_unlimited_ = false;
  ends_at_ = connection_->worker_.loop().now() + from_now;
  context_->set_deadline(*ends_at_);
  connection_->await_handler();
}

void Http1Exchange::lift_time_limit() {
  if (connection_ == nullptr) return;
  is_time_unlimited_ = true;
  ends_at_.reset();
  context_->set_deadline(core::Moment::max());
  connection_->await_handler();
}

void Http1Exchange::respond(Response response) {
  if (is_answered_) return;
  is_answered_ = is_finished_ = true;
  if (connection_ == nullptr) return;
  auto& connection = *connection_;
  const bool keeps = skip_received_body() && head_.keep_alive && !connection.worker_.is_draining();
  connection.send_head(response, response.body.size(),
                       keeps ? Connection::Persistence::keep : Connection::Persistence::close);
  if (method_ != Method::head && status_has_body(response.status)) outbox.append(response.body);
  connection.send(outbox);
}

void Http1Exchange::append_piece(std::string& out, std::string_view piece) const {
  if (!sends_content_ || piece.empty()) return;  // an empty chunk would be the last one
  if (head_.minor_version == 0) {
    out.append(piece);
    return;
  }
  append_number(out, piece.size(), 16);
  out.append("\r\n").append(piece).append("\r\n");
}

void Http1Exchange::begin(Response head) {
  if (is_answered_) return;
  is_answered_ = is_streaming_ = true;
  sends_content_ = method_ != Method::head && status_has_body(head.status);
  if (connection_ == nullptr) return;
  auto& connection = *connection_;
  // HTTP/1.0 has no chunks: the end of the connection is the end of the body.
  const bool keeps =
      skip_received_body() && head_.keep_alive && head_.minor_version > 0 && !connection.worker_.is_draining();
  connection.send_head(head, std::nullopt, keeps ? Connection::Persistence::keep : Connection::Persistence::close);
  append_piece(outbox, head.body);
  connection.send(outbox);
}

core::Task<core::Result<void>> Http1Exchange::write(std::string_view piece) {
  using Written = core::Result<void>;
  if (connection_ != nullptr) {
    outbox.clear();
    append_piece(outbox, piece);
    connection_->send(outbox);
  }
  // Sending may have closed the connection. While something is unsent only the client moves its deadline.
  if (connection_ != nullptr) connection_->await_handler();
  while (connection_ != nullptr && !context_->interruption() &&
         connection_->unsent_size() > connection_->worker_.limits().unsent_bytes) {
    co_await output_drained_.wait();
  }
  if (const auto reason = context_->interruption()) co_return Written(std::unexpected(core::interrupted(*reason)));
  co_return Written{};
}

void Http1Exchange::finish(std::vector<ResponseField>) {  // no trailers: who sent no TE: trailers does not want them
  if (is_finished_) return;
  is_finished_ = true;
  if (connection_ != nullptr && sends_content_ && head_.minor_version > 0) connection_->send("0\r\n\r\n");
}

void Http1Exchange::abort() {
  is_answered_ = is_finished_ = true;
  if (connection_ != nullptr) connection_->close();
}

// --- Connection ---

Connection::Connection(Worker& worker, Stream stream, const ConnectionOrigin& origin)
    : worker_(worker),
      stream_(std::move(stream)),
      peer_(origin.peer),
      client_(origin.client),
      is_over_cap_(origin.is_over_cap) {
  worker.loop().schedule(*this, origin.due);
}

void Connection::open(Refuse refused) {
  worker_.loop().hand_watch(stream_.descriptor(), *this);
  is_input_ready_ = true;  // or there would be no telling what is spoken
  if (refused == Refuse::preamble) {
    return refuse(
        400, {.fault = core::Fault::malformed,
              .code = "request_malformed",
              .log_detail = "a trusted proxy's connection does not begin with the PROXY protocol of proxy.header"});
  }
  if (refused == Refuse::plain) return refuse(421, {.fault = core::Fault::invalid, .code = "tls_required"});
  pump();
}

void Connection::set_deadline(std::chrono::milliseconds from_now) {
  auto due = worker_.loop().now() + from_now;
  if (exchange_ && exchange_->ends_at_) due = std::min(due, *exchange_->ends_at_);
  worker_.loop().schedule(*this, due);
}

void Connection::await_handler() {
  if (!unsent_.empty()) return;  // while something is unsent only the client moves the deadline
  if (exchange_->is_time_unlimited_) return unlink();
  const auto& limits = worker_.limits();
  if (exchange_->ends_at_) worker_.loop().schedule(*this, *exchange_->ends_at_);
  else set_deadline(exchange_->is_streaming_ ? limits.send_time : limits.request_time);
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  unlink();
  worker_.loop().unwatch(stream_.descriptor());
  detach_exchange();
  worker_.remove(*this);
}

void Connection::detach_exchange() {
  if (!exchange_) return;
  if (!exchange_->is_handler_running_) {
    worker_.http1_exchanges().give_back(std::move(exchange_));
    return;
  }
  exchange_->connection_ = nullptr;
  exchange_->context().interrupt(core::Fault::cancelled);
  exchange_.release();  // NOLINT(bugprone-unused-return-value): the running handler's from here; see serve()
}

void Connection::drain() {
  is_input_ready_ = true;  // what came before the end is served
  pump();
  if (phase_ == Phase::idle) close();
  else if (phase_ == Phase::head) set_deadline(worker_.limits().linger_time);
}

void Connection::ready(std::uint32_t events) {
  if (phase_ == Phase::closed) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close();
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) is_input_ready_ = true;
  if ((events & EPOLLRDHUP) != 0) is_peer_done_ = true;
  if ((events & EPOLLOUT) != 0 && !unsent_.empty() && !flush()) return;
  if (phase_ == Phase::serving && exchange_) {
    if (exchange_->is_reading_body_) exchange_->input_arrived_.notify();
    // A client that announced its last request may half-close and wait; any other that stops sending has gone.
    else if (is_peer_done_ && exchange_->head_.keep_alive) exchange_->context().interrupt(core::Fault::cancelled);
  }
  pump();
}

void Connection::pump() {
  if (is_pumping_) return;
  is_pumping_ = true;
  int answered = 0;
  for (bool goes_on = true; goes_on;) {
    switch (phase_) {
      case Phase::idle:
      case Phase::head:
        goes_on = read_head();
        break;
      case Phase::serving:
        goes_on = next_request();
        if (goes_on && ++answered == requests_a_turn) {
          worker_.pump_later(*this);
          goes_on = false;
        }
        break;
      case Phase::lingering:
        drain_input();
        goes_on = false;
        break;
      case Phase::closed:
        goes_on = false;
        break;
    }
  }
  is_pumping_ = false;
}

bool Connection::read_head() {
  if (!exchange_) {
    if (!is_input_ready_) return false;
    exchange_ = worker_.http1_exchanges().take();
  }
  auto& input = exchange_->input_;
  for (;;) {
    if (!input.unread().empty()) {
      if (phase_ == Phase::idle) {
        phase_ = Phase::head;
        set_deadline(worker_.limits().head_time);
      }
    }
    if (!input.unread().empty()) {
      const auto outcome = parse_request_head(input.unread(), exchange_->head_,
                                              {.max_bytes = worker_.limits().head_bytes}, exchange_->scanned_);
      exchange_->scanned_ = input.unread().size();
      if (outcome.status == HeadStatus::complete) {
        input.consume(outcome.consumed);
        input.hold();
        serve();
        return true;
      }
      if (outcome.status == HeadStatus::refused) {
        const auto fault = outcome.refusal.status == 400 ? core::Fault::malformed : core::Fault::invalid;
        refuse(outcome.refusal.status,
               {.fault = fault, .code = outcome.refusal.code, .log_detail = std::string(outcome.refusal.rule)});
        return false;
      }
    }
    if (!is_input_ready_) break;
    const auto fill = input.receive(stream_);
    if (fill == Stream::Input::end || fill == Stream::Input::error) {
      close();
      return false;
    }
    if (fill == Stream::Input::would_block) is_input_ready_ = false;
    if (fill == Stream::Input::some) is_input_ready_ = is_peer_done_;  // emptied: the next edge tells of more
  }
  if (input.unread().empty()) worker_.http1_exchanges().give_back(std::move(exchange_));
  return false;
}

void Connection::serve() {
  phase_ = Phase::serving;
  auto& exchange = *exchange_;
  exchange.start_request(*this);
  if (is_over_cap_) {
    return refuse(503,
                  {.fault = core::Fault::unavailable, .code = "overloaded", .retry_after = std::chrono::seconds{1}});
  }
  set_deadline(worker_.limits().request_time);
  exchange.is_handler_running_ = true;
  worker_.handler_started();
  auto& worker = worker_;
  core::start(exchange.context(), worker_.service().serve(exchange), [&exchange, &worker] {
    exchange.is_handler_running_ = false;
    if (exchange.connection_ != nullptr) exchange.connection_->pump();
    else worker.http1_exchanges().give_back(std::unique_ptr<Http1Exchange>(&exchange));
    worker.handler_ended();
  });
}

bool Connection::next_request() {
  if (!exchange_ || exchange_->is_handler_running_ || !exchange_->is_finished_) return false;
  if (!unsent_.empty()) return false;
  // An answer that promised to keep the connection may have begun before the server began to end.
  if (must_close_ || (worker_.is_draining() && exchange_->input_.unread().empty())) {
    linger();
    return false;
  }
  exchange_->reset();
  phase_ = Phase::idle;
  set_deadline(worker_.limits().idle_time);
  if (exchange_->input_.unread().empty()) worker_.http1_exchanges().give_back(std::move(exchange_));
  else exchange_->input_.compact();
  return true;
}

void Connection::refuse(int status, core::Error error) {
  const auto* exchange = phase_ == Phase::serving ? exchange_.get() : nullptr;
  auto response = worker_.service().refusal(exchange, status, std::move(error));
  send_head(response, response.body.size(), Persistence::close);
  const bool asks_for_head = exchange != nullptr && exchange->method_ == Method::head;  // RFC 9110 §9.3.2: no content
  if (!asks_for_head) outbox.append(response.body);
  send(outbox);
  if (phase_ != Phase::closed) linger();
}

void Connection::send_head(const Response& response, std::optional<std::size_t> length, Persistence persistence) {
  auto& out = outbox;
  out.assign("HTTP/1.1 ");
  append_number(out, static_cast<std::size_t>(response.status));
  out.append(" ").append(rest::reason_phrase(response.status)).append("\r\nDate: ").append(worker_.loop().http_date());
  if (!response.content_type.empty()) out.append("\r\nContent-Type: ").append(response.content_type);
  if (status_has_body(response.status)) {
    if (length) {
      out.append("\r\nContent-Length: ");
      append_number(out, *length);
    } else if (!exchange_ || exchange_->head_.minor_version > 0) {
      out.append("\r\nTransfer-Encoding: chunked");
    }
  }
  out.append("\r\nCache-Control: ").append(response.cache_control).append("\r\n");
  each_safe_header(response, [&out](const SafeHeader& header) {
    out.append(header.name).append(": ").append(header.value).append("\r\n");
  });
  if (exchange_ && !exchange_->request_id().empty()) append_field(out, "X-Request-Id", exchange_->request_id());
  for (const auto& [name, value] : response.fields) append_field(out, name, value);
  if (exchange_) {
    for (const auto& [name, value] : exchange_->answer_fields()) append_field(out, name, value);
  }
  if (persistence == Persistence::close) {
    must_close_ = true;
    out.append("Connection: close\r\n");
  } else if (exchange_ && exchange_->head_.minor_version == 0) {
    out.append("Connection: keep-alive\r\n");
  }
  out.append("\r\n");
}

void Connection::send(std::string_view bytes) {
  if (phase_ == Phase::closed) return;
  if (!unsent_.empty()) {
    unsent_.erase(0, std::exchange(sent_, 0));
    unsent_.append(bytes);
    return;
  }
  const auto sent = transmit(bytes);
  if (phase_ == Phase::closed || sent == bytes.size()) return;
  unsent_.assign(bytes.substr(sent));
  set_deadline(worker_.limits().send_time);
}

std::size_t Connection::transmit(std::string_view bytes) {
  const auto sent = stream_.transmit(bytes);
  if (!sent) close();
  return sent.value_or(0);
}

bool Connection::flush() {
  const auto sent = transmit(std::string_view(unsent_).substr(sent_));
  if (phase_ == Phase::closed) return false;
  if (sent == 0) return true;
  sent_ += sent;
  if (sent_ == unsent_.size()) {
    unsent_ = {};
    sent_ = 0;
  }
  if (unsent_.empty() && exchange_ && exchange_->is_handler_running_ && !exchange_->is_finished_) await_handler();
  else set_deadline(worker_.limits().send_time);
  if (exchange_ && exchange_->is_streaming_ && unsent_size() <= worker_.limits().unsent_bytes / 4) {
    exchange_->output_drained_.notify();
  }
  return true;
}

void Connection::linger() {
  phase_ = Phase::lingering;
  detach_exchange();
  drain_input();
}

void Connection::drain_input() {
  if (!unsent_.empty()) return;
  if (!std::exchange(is_shut_, true)) {
    stream_.shut_down();
    set_deadline(worker_.limits().linger_time);
  }
  static thread_local std::array<char, 16 * 1024> discarded;
  while (is_input_ready_) {
    const auto got = stream_.receive(discarded);
    if (got.input == Stream::Input::would_block) is_input_ready_ = false;
    drained_ += got.size;
    const bool is_over = got.input == Stream::Input::end || got.input == Stream::Input::error;
    if (is_over || drained_ > worker_.limits().drained_bytes) return close();
  }
}

void Connection::expired() {
  switch (phase_) {
    case Phase::idle:
    case Phase::lingering:
    case Phase::closed:
      return close();
    case Phase::head:
      if (!exchange_) return close();  // nothing was asked
      return refuse(408, {.fault = core::Fault::deadline_exceeded, .code = "request_timeout"});
    case Phase::serving:
      break;
  }
  auto& exchange = *exchange_;
  if (exchange.is_finished_ || !unsent_.empty()) return close();  // the client does not take its answer
  if (!exchange.context().interruption()) {
    if (exchange.is_reading_body_ && !exchange.is_answered_ && !exchange.has_own_time()) {
      return give_up(408, {.fault = core::Fault::deadline_exceeded, .code = "request_timeout"});
    }
    set_deadline(worker_.limits().grace_time);
    exchange.context().interrupt(core::Fault::deadline_exceeded);
    return;
  }
  if (exchange.is_answered_) return close();
  give_up(504, {.fault = core::Fault::deadline_exceeded, .code = "deadline_exceeded"});
}

void Connection::give_up(int status, core::Error error) {
  // What the handler says later is neither heard nor counted.
  exchange_->is_answered_ = exchange_->is_finished_ = exchange_->is_given_up_ = true;
  refuse(status, std::move(error));
}

}  // namespace sallyport::transport::http1
