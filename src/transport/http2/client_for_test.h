#pragma once

#include <gtest/gtest.h>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <nghttp2/nghttp2.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace sallyport::transport::http2 {

/// What a client makes of one stream.
struct StreamAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;
  std::map<std::string, std::string> trailers;
  std::string body;
  bool is_closed = false;
  std::uint32_t error = 0;  ///< of its end
};

struct Goaway {
  std::int32_t last_stream;
  std::uint32_t error;
};

/// A blocking HTTP/2 client on nghttp2's other half. A read gives up after 10 s, so that a test fails, not hangs.
class Http2Client {
 public:
  using Fields = std::vector<std::pair<std::string, std::string>>;

  explicit Http2Client(std::uint16_t port, int receive_buffer = 0, std::uint32_t window = 65'535)
      : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    setsockopt(socket_, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    if (receive_buffer > 0) setsockopt(socket_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    EXPECT_EQ(::connect(socket_, reinterpret_cast<const sockaddr*>(&to), sizeof to), 0);
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(callbacks, header);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, closed);
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, frame_received);
    nghttp2_option* option = nullptr;
    nghttp2_option_new(&option);
    nghttp2_option_set_no_auto_window_update(option, 1);
    nghttp2_session_client_new2(&session_, callbacks, this, option);
    nghttp2_option_del(option);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry entry{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, window};
    nghttp2_submit_settings(session_, NGHTTP2_FLAG_NONE, &entry, 1);
  }
  ~Http2Client() {
    nghttp2_session_del(session_);
    close();
  }
  void close() {
    if (socket_ >= 0) ::close(std::exchange(socket_, -1));
  }
  Http2Client(const Http2Client&) = delete;
  Http2Client& operator=(const Http2Client&) = delete;

  enum class Body { none, open };
  /// Begins a request; with `Body::open` its body follows by `send_body`.
  std::int32_t begin(const std::string& method, const std::string& path, Body body = Body::none,
                     const Fields& more = {}) {
    Fields fields{{":method", method}, {":scheme", "http"}, {":authority", "localhost"}, {":path", path}};
    fields.insert(fields.end(), more.begin(), more.end());
    return begin_with(fields, body);
  }
  /// The same with exactly these fields.
  std::int32_t begin_with(const Fields& fields, Body body = Body::none) {
    std::vector<nghttp2_nv> lines;
    for (const auto& [name, value] : fields) {
      lines.push_back({.name = bytes_of(name),
                       .value = bytes_of(value),
                       .namelen = name.size(),
                       .valuelen = value.size(),
                       .flags = 0});
    }
    const auto id = nghttp2_submit_headers(
        session_, static_cast<std::uint8_t>(body == Body::none ? NGHTTP2_FLAG_END_STREAM : NGHTTP2_FLAG_NONE), -1,
        nullptr, lines.data(), lines.size(), nullptr);
    answers_[id];
    flush();
    return id;
  }
  /// Sends all of it, as the windows allow, and ends the stream.
  void send_body(std::int32_t stream, std::string bytes) {
    auto& body = bodies_[stream] = {.bytes = std::move(bytes), .at = 0};
    nghttp2_data_provider provider{.source = {.ptr = &body}, .read_callback = read_body};
    nghttp2_submit_data(session_, NGHTTP2_FLAG_END_STREAM, stream, &provider);
    flush();
  }
  StreamAnswer ask(const std::string& method, const std::string& path, const Fields& more = {}) {
    return answer(begin(method, path, Body::none, more));
  }
  StreamAnswer post(const std::string& path, std::string body, const Fields& more = {}) {
    const auto stream = begin("POST", path, Body::open, more);
    send_body(stream, std::move(body));
    return answer(stream);
  }
  /// Reads on until the stream is closed.
  StreamAnswer answer(std::int32_t stream) {
    while (!answers_[stream].is_closed && receive()) {
    }
    return answers_[stream];
  }
  void reset(std::int32_t stream, std::uint32_t error) {
    nghttp2_submit_rst_stream(session_, NGHTTP2_FLAG_NONE, stream, error);
    flush();
  }
  void ping() {
    nghttp2_submit_ping(session_, NGHTTP2_FLAG_NONE, nullptr);
    flush();
  }
  /// Bytes that nghttp2 would not send.
  bool send_raw(std::string_view bytes) {
    flush();
    return ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) == static_cast<ssize_t>(bytes.size());
  }
  /// Reads on until the server ends the connection.
  void read_to_the_end() {
    while (receive()) {
    }
  }
  template <class Condition>
  bool read_until(Condition condition) {
    while (!condition()) {
      if (!receive()) return false;
    }
    return true;
  }
  /// Whether what has been received is to be answered with room for more.
  void take_slowly() { is_taking_ = false; }
  void take_all() {
    is_taking_ = true;
    for (const auto& [stream, size] : std::exchange(untaken_, {})) nghttp2_session_consume(session_, stream, size);
    flush();
  }
  const StreamAnswer& so_far(std::int32_t stream) { return answers_[stream]; }
  const std::vector<Goaway>& goaways() const { return goaways_; }
  std::uint32_t max_streams() const {
    return nghttp2_session_get_remote_settings(session_, NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS);
  }
  bool is_ended() const { return is_ended_; }

  /// A frame as RFC 9113 §4.1 lays it out.
  static std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, std::string_view payload) {
    std::string bytes;
    for (const int shift : {16, 8, 0}) bytes += static_cast<char>(payload.size() >> shift & 255);
    bytes += static_cast<char>(type);
    bytes += static_cast<char>(flags);
    for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(stream >> shift & 255);
    return bytes.append(payload);
  }

 private:
  struct Sending {
    std::string bytes;
    std::size_t at;
  };
  static std::uint8_t* bytes_of(const std::string& text) {
    return const_cast<std::uint8_t*>(reinterpret_cast<const std::uint8_t*>(text.data()));
  }
  static Http2Client& self(void* user_data) { return *static_cast<Http2Client*>(user_data); }
  static int header(nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_size,
                    const std::uint8_t* value, std::size_t value_size, std::uint8_t, void* user_data) {
    auto& answer = self(user_data).answers_[frame->hd.stream_id];
    const std::string key(reinterpret_cast<const char*>(name), name_size);
    const std::string text(reinterpret_cast<const char*>(value), value_size);
    if (key == ":status") std::from_chars(text.data(), text.data() + text.size(), answer.status);
    else if (frame->headers.cat == NGHTTP2_HCAT_HEADERS && !answer.fields.empty()) answer.trailers[key] = text;
    else answer.fields[key] = text;
    return 0;
  }
  static int data(nghttp2_session* session, std::uint8_t, std::int32_t stream, const std::uint8_t* bytes,
                  std::size_t size, void* user_data) {
    auto& client = self(user_data);
    client.answers_[stream].body.append(reinterpret_cast<const char*>(bytes), size);
    if (client.is_taking_) nghttp2_session_consume(session, stream, size);
    else client.untaken_.emplace_back(stream, size);
    return 0;
  }
  static int closed(nghttp2_session*, std::int32_t stream, std::uint32_t error, void* user_data) {
    auto& answer = self(user_data).answers_[stream];
    answer.is_closed = true;
    answer.error = error;
    return 0;
  }
  static int frame_received(nghttp2_session*, const nghttp2_frame* frame, void* user_data) {
    if (frame->hd.type == NGHTTP2_GOAWAY)
      self(user_data).goaways_.push_back({frame->goaway.last_stream_id, frame->goaway.error_code});
    return 0;
  }
  static ssize_t read_body(nghttp2_session*, std::int32_t, std::uint8_t* room, std::size_t size, std::uint32_t* flags,
                           nghttp2_data_source* source, void*) {
    auto& body = *static_cast<Sending*>(source->ptr);
    const auto taken = std::min(size, body.bytes.size() - body.at);
    std::copy_n(body.bytes.data() + body.at, taken, room);
    body.at += taken;
    if (body.at == body.bytes.size()) *flags |= NGHTTP2_DATA_FLAG_EOF;
    return static_cast<ssize_t>(taken);
  }

  void flush() {
    for (;;) {
      const std::uint8_t* bytes = nullptr;
      const auto size = nghttp2_session_mem_send(session_, &bytes);
      if (size <= 0) return;
      std::string_view left(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(size));
      while (!left.empty()) {
        const auto sent = ::send(socket_, left.data(), left.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        left.remove_prefix(static_cast<std::size_t>(sent));
      }
    }
  }
  bool receive() {
    flush();
    std::array<std::uint8_t, 16 * 1024> room;
    const auto got = recv(socket_, room.data(), room.size(), 0);
    is_ended_ = got == 0;
    if (got <= 0) return false;
    const auto taken = nghttp2_session_mem_recv(session_, room.data(), static_cast<std::size_t>(got));
    flush();
    return taken >= 0;
  }

  int socket_;
  nghttp2_session* session_ = nullptr;
  std::map<std::int32_t, StreamAnswer> answers_;
  std::map<std::int32_t, Sending> bodies_;
  std::vector<std::pair<std::int32_t, std::size_t>> untaken_;
  std::vector<Goaway> goaways_;
  bool is_taking_ = true;
  bool is_ended_ = false;
};

}  // namespace sallyport::transport::http2
