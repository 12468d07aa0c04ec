#include "transport/http2/connection.h"

#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>
#include <sys/epoll.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <span>
#include <stdexcept>

#include "transport/browser/safe_headers.h"

namespace sallyport::transport::http2 {
namespace {

// What a client is told to keep to. nghttp2 refuses what goes beyond.
constexpr std::uint32_t max_streams = 128;
constexpr std::uint32_t stream_window = 64 * 1024 - 1;              // of a body that nobody reads yet
constexpr std::int32_t connection_window = 256 * 1024;              // of all such bodies together
constexpr std::size_t max_continuations = 8;                        // CVE-2024-27316
constexpr std::size_t max_settings = 32;                            // in one frame
constexpr std::size_t max_queued_acknowledgements = 1'000;          // of pings and settings, CVE-2019-9512 and -9515
constexpr std::uint64_t reset_burst = 1'000, resets_a_second = 33;  // CVE-2023-44487

constexpr std::size_t most_held = 1024 * 1024;  // of answers that wait for the client; then none is begun
constexpr std::size_t sent_at_once = 64 * 1024;
constexpr int reads_a_turn = 16;
constexpr std::chrono::milliseconds last_goaway_wait{1'000};  // for a client that does not answer pings
constexpr std::array<std::uint8_t, 8> drain_ping{'g', 'o', 'i', 'n', 'g', 'd', 'w', 'n'};

/// Where frames are put together, and where bytes are received; one a thread, so that no connection keeps one.
thread_local std::string outbox;
thread_local std::array<char, 16 * 1024> inbox;
thread_local std::vector<nghttp2_nv> lines;

/// nghttp2 wants bytes that it may not change as ones that it may; it copies them.
std::uint8_t* bytes_of(std::string_view text) {
  return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
}

/// A line of a head. nghttp2 copies it and writes the name in lower case.
nghttp2_nv line(std::string_view name, std::string_view value, unsigned flags = NGHTTP2_NV_FLAG_NONE) {
  return {.name = bytes_of(name),
          .value = bytes_of(value),
          .namelen = name.size(),
          .valuelen = value.size(),
          .flags = static_cast<std::uint8_t>(flags)};
}

/// The same for a name in lower case and a value that both last for ever.
nghttp2_nv lasting_line(std::string_view name, std::string_view value) {
  return line(name, value, NGHTTP2_NV_FLAG_NO_COPY_NAME | NGHTTP2_NV_FLAG_NO_COPY_VALUE);
}

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; }

std::string_view text_of(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

struct OptionDeleter {
  void operator()(nghttp2_option* option) const { nghttp2_option_del(option); }
};

const nghttp2_option& options() {
  static const auto made = [] {
    nghttp2_option* option = nullptr;
    if (nghttp2_option_new(&option) != 0) throw std::bad_alloc();
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_option_set_no_auto_ping_ack(option, 0);
    nghttp2_option_set_max_outbound_ack(option, max_queued_acknowledgements);
    nghttp2_option_set_max_settings(option, max_settings);
    nghttp2_option_set_max_continuations(option, max_continuations);
    nghttp2_option_set_stream_reset_rate_limit(option, reset_burst, resets_a_second);
    return std::unique_ptr<nghttp2_option, OptionDeleter>(option);
  }();
  return *made;
}

Http2Exchange* exchange_of(nghttp2_session* session, std::int32_t stream) {
  return static_cast<Http2Exchange*>(nghttp2_session_get_stream_user_data(session, stream));
}

}  // namespace

/// What nghttp2 calls. None of them sends, receives or resumes a handler.
struct Connection::Callbacks {
  static Connection& self(void* user_data) { return *static_cast<Connection*>(user_data); }

  /// A stream that is neither open nor remembered as closed, with a number lower than others had: RFC 9113 §5.1.1. One
  /// that we have reset may have been forgotten, and its client may not know yet.
  static int begin_frame(nghttp2_session* session, const nghttp2_frame_hd* head, void* user_data) {
    auto& connection = self(user_data);
    const bool is_known = head->stream_id > nghttp2_session_get_last_proc_stream_id(session) ||
                          nghttp2_session_find_stream(session, head->stream_id) != nullptr;
    if (head->type == NGHTTP2_HEADERS && !is_known && !connection.has_reset_)
      nghttp2_session_terminate_session(session, NGHTTP2_PROTOCOL_ERROR);
    return 0;
  }

  static int begin_headers(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_HEADERS && frame->headers.cat == NGHTTP2_HCAT_REQUEST)
      self(user_data).begin_head(frame->hd.stream_id, (frame->hd.flags & NGHTTP2_FLAG_END_HEADERS) != 0);
    return 0;
  }

  static int header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t* name,
                    std::size_t name_size, const std::uint8_t* value, std::size_t value_size, std::uint8_t,
                    void* user_data) {
    auto* const exchange = exchange_of(session, frame->hd.stream_id);
    if (exchange != nullptr && !exchange->is_head_complete_)  // trailers are not looked at
      exchange->head_.add(text_of(name, name_size), text_of(value, value_size),
                          self(user_data).worker_.limits().head_bytes);
    return 0;
  }

  static int invalid_header(nghttp2_session* session, const nghttp2_frame* frame, const std::uint8_t*, std::size_t,
                            const std::uint8_t*, std::size_t, std::uint8_t, void*) {
    auto* const exchange = exchange_of(session, frame->hd.stream_id);
    if (exchange != nullptr && !exchange->is_head_complete_) exchange->head_.add_malformed();
    return 0;
  }

  static int frame_received(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    auto& connection = self(user_data);
    const bool is_acknowledgement = (frame->hd.flags & NGHTTP2_FLAG_ACK) != 0;
    switch (frame->hd.type) {
      case NGHTTP2_HEADERS:
      case NGHTTP2_DATA: {
        auto* const exchange = exchange_of(session, frame->hd.stream_id);
        if (exchange == nullptr) break;
        const bool is_last = (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
        if (is_last) exchange->is_body_complete_ = true;
        if (!exchange->is_head_complete_) connection.end_head(*exchange);
        else if (is_last) exchange->input_arrived_.notify();
        else if (frame->hd.length == 0) connection.spend(FrameBudget::control_frame);
        break;
      }
      case NGHTTP2_PING:
        if (!is_acknowledgement) connection.spend(FrameBudget::control_frame);
        else if (connection.is_draining_ && std::ranges::equal(frame->ping.opaque_data, drain_ping))
          connection.say_last_goaway();
        break;
      case NGHTTP2_SETTINGS:
        if (!is_acknowledgement) connection.spend(FrameBudget::control_frame);
        break;
      case NGHTTP2_WINDOW_UPDATE:
        connection.spend(FrameBudget::window_update);
        break;
      default:
        connection.spend(FrameBudget::control_frame);
    }
    return 0;
  }

  static int frame_sent(nghttp2_session* session, const nghttp2_frame* frame, void* user_data) {
    auto& connection = self(user_data);
    if (frame->hd.type == NGHTTP2_RST_STREAM) {
      connection.has_reset_ = true;
      connection.spend(FrameBudget::control_frame);
    }
    const bool may_end = frame->hd.type == NGHTTP2_HEADERS || frame->hd.type == NGHTTP2_DATA;
    if (!may_end || (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) == 0) return 0;
    auto* const exchange = exchange_of(session, frame->hd.stream_id);
    // Answered before the whole body came: what else comes is thrown away for a while, then the stream is reset
    // (RFC 9113 §8.1).
    if (exchange != nullptr && !exchange->is_body_complete_)
      exchange->set_deadline(connection.worker_.limits().linger_time);
    return 0;
  }

  static int data_received(nghttp2_session* session, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                           std::size_t size, void* user_data) {
    auto& connection = self(user_data);
    auto* const exchange = exchange_of(session, stream);
    if (exchange == nullptr) {
      nghttp2_session_consume(session, stream, size);
      return 0;
    }
    exchange->unacknowledged_ += size;
    if (!exchange->is_finished_) {
      exchange->received_.append(text_of(bytes, size));
      exchange->input_arrived_.notify();
      return 0;
    }
    exchange->discarded_ += size;
    connection.acknowledge(*exchange, size);
    if (exchange->discarded_ > connection.worker_.limits().drained_bytes) connection.reset(*exchange, NGHTTP2_NO_ERROR);
    return 0;
  }

  static int stream_closed(nghttp2_session* session, std::int32_t stream, std::uint32_t, void* user_data) {
    if (auto* const exchange = exchange_of(session, stream)) self(user_data).stream_closed(*exchange);
    return 0;
  }

  static ssize_t read_output(nghttp2_session* session, std::int32_t stream, std::uint8_t* room, std::size_t size,
                             std::uint32_t* flags, nghttp2_data_source* source, void* user_data) {
    auto& exchange = *static_cast<Http2Exchange*>(source->ptr);
    const auto unsent = exchange.unsent_size();
    const auto taken = std::min(unsent, size);
    std::memcpy(room, exchange.unsent_.data() + exchange.sent_, taken);
    exchange.sent_ += taken;
    self(user_data).held_ -= taken;
    const auto left = unsent - taken;
    if (left == 0 && exchange.is_finished_) {
      *flags |= NGHTTP2_DATA_FLAG_EOF;
      if (!exchange.trailers_.empty()) {
        *flags |= NGHTTP2_DATA_FLAG_NO_END_STREAM;
        lines.clear();
        for (const auto& [name, value] : exchange.trailers_) lines.push_back(line(name, value));
        nghttp2_submit_trailer(session, stream, lines.data(), lines.size());
      }
      return static_cast<ssize_t>(taken);
    }
    const auto& limits = self(user_data).worker_.limits();
    if (taken > 0 && left == 0) exchange.await_handler();
    else if (taken > 0) exchange.set_deadline(limits.send_time);
    if (left <= limits.unsent_bytes / 4) exchange.output_drained_.notify();
    if (taken > 0) return static_cast<ssize_t>(taken);
    exchange.is_output_deferred_ = true;
    return NGHTTP2_ERR_DEFERRED;
  }

  static const nghttp2_session_callbacks& all() {
    struct Deleter {
      void operator()(nghttp2_session_callbacks* callbacks) const { nghttp2_session_callbacks_del(callbacks); }
    };
    static const auto made = [] {
      nghttp2_session_callbacks* callbacks = nullptr;
      if (nghttp2_session_callbacks_new(&callbacks) != 0) throw std::bad_alloc();
      nghttp2_session_callbacks_set_on_begin_frame_callback(callbacks, begin_frame);
      nghttp2_session_callbacks_set_on_begin_headers_callback(callbacks, begin_headers);
      nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
      nghttp2_session_callbacks_set_on_invalid_header_callback(callbacks, invalid_header);
      nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
      nghttp2_session_callbacks_set_on_frame_send_callback(callbacks, frame_sent);
      nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data_received);
      nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, Callbacks::stream_closed);
      return std::unique_ptr<nghttp2_session_callbacks, Deleter>(callbacks);
    }();
    return *made;
  }
};

Connection::Connection(Worker& worker, Stream stream, const ConnectionOrigin& origin)
    : worker_(worker),
      stream_(std::move(stream)),
      peer_(origin.peer),
      client_(origin.client),
      budget_(worker.loop().now()),
      idle_since_(worker.loop().now()),
      is_over_cap_(origin.is_over_cap) {
  if (nghttp2_session_server_new3(&session_, &Callbacks::all(), this, &options(), memory_.functions()) != 0)
    throw std::bad_alloc();
  worker.loop().schedule(*this, origin.due);
}

Connection::~Connection() { nghttp2_session_del(session_); }

void Connection::open() {
  worker_.loop().hand_watch(stream_.descriptor(), *this);
  const std::array settings{
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, max_streams},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, stream_window},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE,
                             static_cast<std::uint32_t>(worker_.limits().head_bytes)},
      nghttp2_settings_entry{NGHTTP2_SETTINGS_ENABLE_CONNECT_PROTOCOL, 0},
  };
  nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  nghttp2_session_set_local_window_size(session_, NGHTTP2_FLAG_NONE, 0, connection_window);
  is_input_ready_ = true;
  pump();
}

void Connection::close() {
  if (phase_ == Phase::closed) return;
  phase_ = Phase::closed;
  unlink();
  worker_.loop().unwatch(stream_.descriptor());
  while (!streams_.empty()) stream_closed(*streams_.back());  // the session says nothing of them any more
  worker_.remove(*this);
}

void Connection::drain() {
  if (phase_ != Phase::serving || std::exchange(is_draining_, true)) return;
  is_input_ready_ = true;  // what came before the end is served
  nghttp2_submit_shutdown_notice(session_);
  nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, drain_ping.data());
  set_deadline(last_goaway_wait);
  pump();
}

/// Nothing that the client begins from now on is served.
void Connection::say_last_goaway() {
  if (std::exchange(is_last_goaway_said_, true)) return;
  nghttp2_submit_goaway(session_, NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session_),
                        NGHTTP2_NO_ERROR, nullptr, 0);
}

void Connection::set_deadline(std::chrono::milliseconds from_now) {
  worker_.loop().schedule(*this, worker_.loop().now() + from_now);
}

void Connection::ready(std::uint32_t events) {
  if (phase_ == Phase::closed) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close();
  if ((events & (EPOLLIN | EPOLLRDHUP)) != 0) is_input_ready_ = true;
  if ((events & EPOLLRDHUP) != 0) is_peer_done_ = true;
  if ((events & EPOLLOUT) != 0 && !unsent_.empty()) flush();
  pump();
}

void Connection::pump_soon() {
  if (is_pumping_ || std::exchange(is_pump_due_, true)) return;
  worker_.pump_later(*this);
}

void Connection::pump() {
  if (is_pumping_) return;
  is_pumping_ = true;
  is_pump_due_ = false;
  if (phase_ == Phase::serving) receive();
  if (phase_ == Phase::serving) send();
  while (phase_ == Phase::serving && !waiting_.empty() && held_ <= most_held) {
    start_requests();
    send();
  }
  if (phase_ == Phase::lingering) drain_input();
  is_pumping_ = false;
  if (is_pump_due_ && phase_ != Phase::closed) worker_.pump_later(*this);
}

void Connection::receive() {
  for (int reads = 0; is_input_ready_; ++reads) {
    if (reads == reads_a_turn) {
      is_pump_due_ = true;
      return;
    }
    const auto got = stream_.receive(inbox);
    if (got.input == Stream::Input::end || got.input == Stream::Input::error) return close();
    if (got.input == Stream::Input::would_block) is_input_ready_ = false;
    if (got.input == Stream::Input::some)
      is_input_ready_ = is_peer_done_;  // no event will tell of an end that has come
    if (got.size == 0) continue;
    const auto taken = nghttp2_session_mem_recv(session_, bytes_of({inbox.data(), got.size}), got.size);
    OPENSSL_cleanse(inbox.data(), got.size);
    if (taken < 0) {  // it cannot go on: not HTTP/2 at all, or a flood
      const bool is_flood = taken == NGHTTP2_ERR_FLOODED || taken == NGHTTP2_ERR_TOO_MANY_CONTINUATIONS;
      nghttp2_session_terminate_session(session_, is_flood ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_PROTOCOL_ERROR);
      send();
      if (phase_ == Phase::serving) linger();
      return;
    }
    start_requests();
    if (phase_ != Phase::serving) return;
  }
}

void Connection::begin_head(std::int32_t stream, bool is_whole) {
  auto& exchange = *worker_.http2_exchanges().take().release();
  exchange.connection_ = this;
  exchange.stream_ = stream;
  exchange.position_ = streams_.size();
  streams_.push_back(&exchange);
  nghttp2_session_set_stream_user_data(session_, stream, &exchange);
  if (!is_whole) exchange.set_deadline(worker_.limits().head_time);
}

void Connection::end_head(Http2Exchange& exchange) {
  exchange.is_head_complete_ = exchange.is_waiting_ = true;
  waiting_.push_back(&exchange);
}

void Connection::start_requests() {
  std::size_t started = 0;
  for (; started < waiting_.size() && held_ <= most_held; ++started) {
    waiting_[started]->is_waiting_ = false;
    start(*waiting_[started]);
  }
  waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(started));
  for (auto* const exchange : waiting_) {
    if (!exchange->is_linked()) exchange->set_deadline(worker_.limits().request_time);
  }
}

void Connection::start(Http2Exchange& exchange) {
  has_served_ = true;
  auto& loop = worker_.loop();
  exchange.peer_ = peer_;
  exchange.is_secure_ = stream_.channel() != nullptr;
  exchange.began_ = loop.now();
  exchange.context_.emplace(loop, exchange.began_ + worker_.limits().request_time);
  const auto refusal = exchange.head_.complete();
  exchange.method_ = parse_method(exchange.head_.method);
  if (client_) exchange.set_client(*client_);
  if (refusal) {
    const auto fault = refusal->status == 400 ? core::Fault::malformed : core::Fault::invalid;
    return refuse(exchange, refusal->status,
                  {.fault = fault, .code = refusal->code, .log_detail = std::string(refusal->rule)});
  }
  if (is_over_cap_) {
    refuse(exchange, 503,
           {.fault = core::Fault::unavailable, .code = "overloaded", .retry_after = std::chrono::seconds{1}});
    return say_last_goaway();
  }
  exchange.set_deadline(worker_.limits().request_time);
  exchange.is_handler_running_ = true;
  worker_.handler_started();
  auto& worker = worker_;
  core::start(exchange.context(), worker_.service().serve(exchange), [&exchange, &worker] {
    exchange.is_handler_running_ = false;
    if (exchange.connection_ == nullptr) worker.http2_exchanges().give_back(std::unique_ptr<Http2Exchange>(&exchange));
    worker.handler_ended();
  });
}

void Connection::stream_closed(Http2Exchange& exchange) {
  auto* const last = streams_.back();
  streams_[exchange.position_] = last;
  last->position_ = exchange.position_;
  streams_.pop_back();
  if (exchange.is_waiting_) std::erase(waiting_, &exchange);
  held_ -= exchange.unsent_size();
  exchange.unlink();
  exchange.connection_ = nullptr;
  if (exchange.is_handler_running_) exchange.context().interrupt(core::Fault::cancelled);
  else worker_.http2_exchanges().give_back(std::unique_ptr<Http2Exchange>(&exchange));
  if (phase_ == Phase::closed || !is_idle()) return;
  idle_since_ = worker_.loop().now();
  if (!is_linked()) set_deadline(worker_.limits().idle_time);
}

void Connection::spend(std::int64_t cost) {
  if (!budget_.spend(cost, worker_.loop().now()))
    nghttp2_session_terminate_session(session_, NGHTTP2_ENHANCE_YOUR_CALM);
}

void Connection::refuse(Http2Exchange& exchange, int status, core::Error error) {
  exchange.respond(worker_.service().refusal(&exchange, status, std::move(error)));
}

void Connection::submit_head(Http2Exchange& exchange, const Response& response, bool has_content) {
  std::array<char, 4> status;
  const auto status_end = std::to_chars(status.data(), status.data() + status.size(), response.status).ptr;
  std::array<char, 20> length;
  static thread_local std::vector<std::string> cleaned;
  cleaned.clear();
  cleaned.reserve(response.fields.size() + exchange.answer_fields().size() + 1);  // views into it stay
  // A value made from somebody's input holds no control bytes.
  const auto add = [](std::string_view name, std::string_view value, unsigned flags = NGHTTP2_NV_FLAG_NONE) {
    if (std::ranges::any_of(value, is_control)) {
      auto& copy = cleaned.emplace_back(value);
      std::ranges::replace_if(copy, is_control, ' ');
      value = copy;
    }
    lines.push_back(line(name, value, flags));
  };
  lines.clear();
  lines.push_back(line(":status", {status.data(), status_end}, NGHTTP2_NV_FLAG_NO_COPY_NAME));
  lines.push_back(line("date", worker_.loop().http_date(), NGHTTP2_NV_FLAG_NO_COPY_NAME));
  if (!response.content_type.empty()) lines.push_back(lasting_line("content-type", response.content_type));
  const bool tells_length = exchange.is_finished_ && exchange.trailers_.empty() && response.status != 204 &&
                            response.status != 304 && response.status >= 200;
  if (tells_length) {
    const auto end = std::to_chars(length.data(), length.data() + length.size(), response.body.size()).ptr;
    lines.push_back(line("content-length", {length.data(), end}, NGHTTP2_NV_FLAG_NO_COPY_NAME));
  }
  lines.push_back(lasting_line("cache-control", response.cache_control));
  each_safe_header(response,
                   [](const SafeHeader& header) { lines.push_back(lasting_line(header.small_name, header.value)); });
  // The first one leaves its name in the client's table; the values, which never come again, would only fill it.
  if (!exchange.request_id().empty())
    add("x-request-id", exchange.request_id(),
        std::exchange(has_named_an_id_, true) ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
  for (const auto& [name, value] : response.fields)
    add(name, value, name == "Set-Cookie" ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE);
  for (const auto& [name, value] : exchange.answer_fields()) add(name, value);
  nghttp2_data_provider provider{.source = {.ptr = &exchange}, .read_callback = Callbacks::read_output};
  const int submitted = nghttp2_submit_response(session_, exchange.stream_, lines.data(), lines.size(),
                                                has_content ? &provider : nullptr);
  if (submitted != 0) throw std::runtime_error(nghttp2_strerror(submitted));
  pump_soon();
}

void Connection::resume_output(Http2Exchange& exchange) {
  if (std::exchange(exchange.is_output_deferred_, false)) nghttp2_session_resume_data(session_, exchange.stream_);
  pump_soon();
}

void Connection::acknowledge(Http2Exchange& exchange, std::size_t size) {
  if (size == 0) return;
  exchange.unacknowledged_ -= size;
  nghttp2_session_consume(session_, exchange.stream_, size);
  pump_soon();
}

void Connection::send_continue(const Http2Exchange& exchange) {
  auto status = line(":status", "100");
  nghttp2_submit_headers(session_, NGHTTP2_FLAG_NONE, exchange.stream_, nullptr, &status, 1, nullptr);
  pump_soon();
}

void Connection::reset(const Http2Exchange& exchange, std::uint32_t error) {
  nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, exchange.stream_, error);
  pump_soon();
}

bool Connection::flush() {
  const auto sent = stream_.transmit(std::string_view(unsent_).substr(sent_));
  if (!sent) return close(), false;
  if (*sent > 0) set_deadline(worker_.limits().send_time);
  sent_ += *sent;
  if (sent_ < unsent_.size()) return false;
  unsent_ = {};
  sent_ = 0;
  return true;
}

void Connection::send() {
  while (unsent_.empty()) {
    outbox.clear();
    while (outbox.size() < sent_at_once) {
      const std::uint8_t* bytes = nullptr;
      const auto size = nghttp2_session_mem_send(session_, &bytes);
      if (size < 0) return close();
      if (size == 0) break;
      outbox.append(text_of(bytes, static_cast<std::size_t>(size)));
    }
    if (outbox.empty()) break;
    const auto sent = stream_.transmit(outbox);
    if (!sent) return close();
    if (*sent < outbox.size()) {
      unsent_.assign(outbox, *sent);
      set_deadline(worker_.limits().send_time);
    }
  }
  const bool is_over = nghttp2_session_want_read(session_) == 0 && nghttp2_session_want_write(session_) == 0;
  if (unsent_.empty() && (is_over || (is_last_goaway_said_ && is_idle()))) linger();
}

void Connection::linger() {
  phase_ = Phase::lingering;
  while (!streams_.empty()) stream_closed(*streams_.back());
  set_deadline(worker_.limits().linger_time);
  pump_soon();
}

void Connection::drain_input() {
  if (!std::exchange(is_shut_, true)) stream_.shut_down();
  while (is_input_ready_) {
    const auto got = stream_.receive(inbox);
    if (got.input == Stream::Input::would_block || got.input == Stream::Input::some) is_input_ready_ = false;
    drained_ += got.size;
    const bool is_over = got.input == Stream::Input::end || got.input == Stream::Input::error;
    if (is_over || drained_ > worker_.limits().drained_bytes) return close();
  }
}

void Connection::expired() {
  if (phase_ != Phase::serving || !unsent_.empty() || !has_served_) return close();
  if (is_draining_) {
    say_last_goaway();
    return pump_soon();
  }
  if (!is_idle()) return;  // its streams have deadlines of their own
  const auto due = idle_since_ + worker_.limits().idle_time;
  if (worker_.loop().now() < due) return worker_.loop().schedule(*this, due);
  nghttp2_session_terminate_session(session_, NGHTTP2_NO_ERROR);
  pump_soon();
}

}  // namespace sallyport::transport::http2
