#include "transport/http2/exchange.h"

#include <nghttp2/nghttp2.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>

#include "transport/http1/request_head.h"
#include "transport/http2/connection.h"

namespace sallyport::transport::http2 {
namespace {

constexpr std::size_t max_target = 8'192;         // as HTTP/1.1's
constexpr std::size_t overhead_of_a_line = 32;    // RFC 9113 §6.5.2
constexpr std::size_t kept_capacity = 64 * 1024;  // of a buffer that the next stream may use

http1::Refusal malformed(std::string_view rule) { return {400, "request_malformed", rule}; }

bool is_target(std::string_view target) {
  return std::ranges::all_of(target, [](char c) { return http1::is(http1::target_byte, c); });
}

/// Of digits: nghttp2 has looked.
std::uint64_t number_in(std::string_view digits) {
  std::uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}

void wipe(std::string& text) {
  OPENSSL_cleanse(text.data(), text.size());
  text.clear();
  if (text.capacity() > kept_capacity) text.shrink_to_fit();
}

}  // namespace

// --- Head ---

bool Head::add(std::string_view name, std::string_view value, std::size_t max_bytes) {
  counted_ += name.size() + value.size() + overhead_of_a_line;
  if (counted_ > max_bytes || lines_.size() == http1::HeaderFields::capacity) is_too_large_ = true;
  if (is_too_large_) return false;
  const auto at = bytes_.size();
  bytes_.append(name).append(value);
  lines_.push_back({.name = at, .value = at + name.size(), .end = bytes_.size()});
  return true;
}

std::optional<http1::Refusal> Head::complete() {
  std::string_view host;
  const std::string_view bytes = bytes_;
  for (const auto& line : lines_) {
    const auto name = bytes.substr(line.name, line.value - line.name);
    const auto value = http1::trim_ows(bytes.substr(line.value, line.end - line.value));
    if (name.starts_with(':')) {
      if (name == ":method") method = value;
      else if (name == ":path") path = value;
      else if (name == ":authority") authority = value;
      continue;
    }
    fields.add({.name = name, .value = value});
    if (name == "host") host = value;
    else if (name == "expect") expects_continue = true;
    else if (name == "content-length") content_length = number_in(value);
  }
  const auto question = std::min(path.find('?'), path.size());
  query = path.substr(std::min(question + 1, path.size()));
  const auto target = path;
  path = path.substr(0, question);
  if (is_too_large_) return http1::Refusal{431, "head_too_large", "head_too_large"};
  if (is_malformed_) return malformed("field_malformed");
  if (method == "CONNECT") return http1::Refusal{501, "method_unsupported", "connect_refused"};
  if (target.size() > max_target) return http1::Refusal{414, "target_too_long", "target_too_long"};
  if (!is_target(target) || (target != "*" && !target.starts_with('/'))) return malformed("target_malformed");
  if (target == "*" && method != "OPTIONS") return malformed("target_malformed");
  // RFC 9113 §8.3.1: of two that differ one may be meant for somebody in between.
  if (!authority.empty() && !host.empty() && !http1::equals_ignoring_case(authority, host))
    return malformed("host_differs");
  if (authority.empty()) authority = host;
  if (authority.empty()) return malformed("host_missing");
  if (!http1::is_authority(authority)) return malformed("host_malformed");
  if (expects_continue && !http1::equals_ignoring_case(*fields.find("expect"), "100-continue"))
    return http1::Refusal{417, "expectation_unsupported", "expectation_unsupported"};
  return std::nullopt;
}

void Head::clear() {
  method = path = query = authority = {};
  fields.clear();
  content_length.reset();
  expects_continue = is_too_large_ = is_malformed_ = false;
  counted_ = 0;
  lines_.clear();
  wipe(bytes_);
}

// --- Http2Exchange ---

void Http2Exchange::recycle() {
  unlink();
  reset_findings();
  context_.reset();
  connection_ = nullptr;
  head_.clear();
  method_ = Method::other;
  wipe(received_);
  wipe(piece_);
  wipe(unsent_);
  trailers_.clear();
  unacknowledged_ = discarded_ = sent_ = 0;
  ends_at_.reset();
  is_head_complete_ = is_waiting_ = is_time_unlimited_ = is_body_complete_ = has_begun_body_ = is_reading_body_ = false;
  sends_content_ = is_answered_ = is_finished_ = is_output_deferred_ = is_handler_running_ = false;
}

void Http2Exchange::each_header(std::string_view name, void (*visit)(void*, std::string_view), void* context) const {
  for (const auto& field : head_.fields) {
    if (http1::equals_ignoring_case(field.name, name)) visit(context, field.value);
  }
}

/// While it lives the client is to send, and its deadline is the body's.
class Http2Exchange::BodyRead {
 public:
  explicit BodyRead(Http2Exchange& exchange) : exchange_(exchange) {
    exchange_.is_reading_body_ = true;
    if (exchange_.connection_ == nullptr) return;
    const auto& limits = exchange_.connection_->worker_.limits();
    exchange_.set_deadline(exchange_.is_time_unlimited_ ? limits.idle_time : limits.body_time);
  }
  ~BodyRead() {
    exchange_.is_reading_body_ = false;
    if (exchange_.connection_ != nullptr && !exchange_.context_->interruption()) exchange_.await_handler();
  }
  BodyRead(const BodyRead&) = delete;
  BodyRead& operator=(const BodyRead&) = delete;

 private:
  Http2Exchange& exchange_;
};

void Http2Exchange::begin_body() {
  if (std::exchange(has_begun_body_, true)) return;
  const bool is_held_back = head_.expects_continue && !is_answered_ && received_.empty() && !is_body_complete_;
  if (connection_ != nullptr && is_held_back) connection_->send_continue(*this);
}

core::Task<core::Result<void>> Http2Exchange::more_body() {
  using Read = core::Result<void>;
  if (const auto reason = context_->interruption()) co_return Read(std::unexpected(core::interrupted(*reason)));
  co_await input_arrived_.wait();
  if (const auto reason = context_->interruption()) co_return Read(std::unexpected(core::interrupted(*reason)));
  co_return Read{};
}

core::Task<core::Result<std::string_view>> Http2Exchange::read_body(std::size_t limit) {
  using Read = core::Result<std::string_view>;
  const auto too_large = core::fail(core::Fault::too_large, "body_too_large");
  if (head_.content_length.value_or(0) > limit) co_return Read(too_large);
  begin_body();
  if (!is_body_complete_) {
    received_.reserve(static_cast<std::size_t>(head_.content_length.value_or(0)));  // growing leaves copies unwiped
    const BodyRead reading(*this);
    while (!is_body_complete_) {
      if (received_.size() > limit) co_return Read(too_large);
      if (connection_ != nullptr) connection_->acknowledge(*this, unacknowledged_);
      auto more = co_await more_body();
      if (!more) co_return Read(core::fail(std::move(more)));
    }
  }
  if (received_.size() > limit) co_return Read(too_large);
  co_return Read(received_);
}

core::Task<core::Result<std::string_view>> Http2Exchange::read_piece() {
  using Read = core::Result<std::string_view>;
  begin_body();
  OPENSSL_cleanse(piece_.data(), piece_.size());
  piece_.clear();
  if (received_.empty() && !is_body_complete_) {
    const BodyRead reading(*this);
    while (received_.empty() && !is_body_complete_) {
      auto more = co_await more_body();
      if (!more) co_return Read(core::fail(std::move(more)));
    }
  }
  std::swap(piece_, received_);
  if (connection_ != nullptr) connection_->acknowledge(*this, unacknowledged_);
  co_return Read(piece_);
}

void Http2Exchange::set_deadline(std::chrono::milliseconds from_now) {
  auto& loop = connection_->worker_.loop();
  auto due = loop.now() + from_now;
  if (ends_at_) due = std::min(due, *ends_at_);
  loop.schedule(*this, due);
}

void Http2Exchange::await_handler() {
  if (unsent_size() > 0) return;  // while something is unsent only the client moves the deadline
  if (is_time_unlimited_) return unlink();
  const auto& limits = connection_->worker_.limits();
  if (ends_at_) connection_->worker_.loop().schedule(*this, *ends_at_);
  else set_deadline(is_answered_ ? limits.send_time : limits.request_time);
}

void Http2Exchange::limit_time(std::chrono::milliseconds from_now) {
  if (connection_ == nullptr) return;
  is_time_unlimited_ = false;
  ends_at_ = connection_->worker_.loop().now() + from_now;
  context_->set_deadline(*ends_at_);
  await_handler();
}

void Http2Exchange::lift_time_limit() {
  if (connection_ == nullptr) return;
  is_time_unlimited_ = true;
  ends_at_.reset();
  context_->set_deadline(core::Moment::max());
  await_handler();
}

void Http2Exchange::respond(Response response) {
  if (is_answered_) return;
  for (auto& [name, value] : response.trailers) trailers_.emplace_back(name, std::move(value));
  is_finished_ = true;
  hand_over(std::move(response));
}

void Http2Exchange::begin(Response head) {
  if (is_answered_) return;
  hand_over(std::move(head));
}

void Http2Exchange::hand_over(Response&& response) {
  is_answered_ = true;
  if (connection_ == nullptr) return;
  const bool has_body = response.status != 204 && response.status != 304;
  sends_content_ = method_ != Method::head && has_body && !(is_finished_ && response.body.empty() && trailers_.empty());
  connection_->submit_head(*this, response, sends_content_);
  if (sends_content_) {
    unsent_ = std::move(response.body);
    connection_->held_ += unsent_.size();
  }
  if (connection_ != nullptr && is_finished_) set_deadline(connection_->worker_.limits().send_time);
}

core::Task<core::Result<void>> Http2Exchange::write(std::string_view piece) {
  using Written = core::Result<void>;
  if (connection_ != nullptr && sends_content_ && !piece.empty()) {
    if (unsent_size() == 0) set_deadline(connection_->worker_.limits().send_time);
    unsent_.erase(0, std::exchange(sent_, 0));
    unsent_.append(piece);
    connection_->held_ += piece.size();
    connection_->resume_output(*this);
  }
  while (connection_ != nullptr && !context_->interruption() &&
         unsent_size() > connection_->worker_.limits().unsent_bytes) {
    co_await output_drained_.wait();
  }
  if (const auto reason = context_->interruption()) co_return Written(std::unexpected(core::interrupted(*reason)));
  co_return Written{};
}

void Http2Exchange::finish(std::vector<ResponseField> trailers) {
  if (is_finished_) return;
  is_finished_ = true;
  for (auto& [name, value] : trailers) trailers_.emplace_back(name, std::move(value));
  if (connection_ == nullptr) return;
  set_deadline(connection_->worker_.limits().send_time);
  connection_->resume_output(*this);
}

void Http2Exchange::abort() {
  is_answered_ = is_finished_ = true;
  if (connection_ != nullptr) connection_->reset(*this, NGHTTP2_INTERNAL_ERROR);
}

void Http2Exchange::expired() {
  auto& connection = *connection_;
  if (!is_head_complete_) return connection.close();  // nothing else can be said before the end of this head
  if (is_waiting_) return connection.reset(*this, NGHTTP2_REFUSED_STREAM);  // nothing was done about it
  if (is_finished_) {
    // Either the client does not take its answer, or, having it, goes on sending what nobody reads.
    const bool is_sent = unsent_size() == 0;
    return connection.reset(*this, is_sent ? NGHTTP2_NO_ERROR : NGHTTP2_CANCEL);
  }
  if (unsent_size() > 0) return connection.reset(*this, NGHTTP2_CANCEL);
  if (!context_->interruption()) {
    if (is_reading_body_ && !is_answered_ && !has_own_time()) {
      return give_up(408, {.fault = core::Fault::deadline_exceeded, .code = "request_timeout"});
    }
    ends_at_.reset();
    set_deadline(connection.worker_.limits().grace_time);
    context_->interrupt(core::Fault::deadline_exceeded);
    return;
  }
  if (is_answered_) return connection.reset(*this, NGHTTP2_CANCEL);
  give_up(504, {.fault = core::Fault::deadline_exceeded, .code = "deadline_exceeded"});
}

void Http2Exchange::give_up(int status, core::Error error) {
  is_given_up_ = true;  // what the handler says later is neither heard nor counted
  connection_->refuse(*this, status, std::move(error));
  context_->interrupt(core::Fault::cancelled);  // it may still wait for more of the body
}

}  // namespace sallyport::transport::http2
