#pragma once

#include <algorithm>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "core/fake_clock.h"
#include "core/manual_loop.h"
#include "core/signal.h"
#include "transport/exchange.h"
#include "transport/http1/header_field.h"

namespace sallyport::transport {

/// A request that a test makes up, and what was answered to it.
class FakeExchange final : public Exchange {
 public:
  struct Request {
    Method method = Method::post;
    std::string path;
    std::string query{};
    std::vector<std::pair<std::string, std::string>> headers{};
    std::string body{};
    std::string protocol = "http/2";
  };

  FakeExchange(core::Loop& loop, core::Moment now, Request request)
      : request_(std::move(request)), request_time_(std::chrono::seconds(15)) {
    began_ = now;
    context_.emplace(loop, now + request_time_);
    set_request_id("r1");
    if (!request_.body.empty()) pieces_.push_back(request_.body);
  }

  Method method() const override { return request_.method; }
  std::string_view path() const override { return request_.path; }
  std::string_view query() const override { return request_.query; }
  std::string_view authority() const override { return "localhost"; }
  std::optional<std::string_view> header(std::string_view name) const override {
    const auto found = std::ranges::find_if(
        request_.headers, [&](const auto& field) { return http1::equals_ignoring_case(field.first, name); });
    return found == request_.headers.end() ? std::nullopt : std::optional<std::string_view>(found->second);
  }
  void each_header(std::string_view name, void (*visit)(void*, std::string_view), void* context) const override {
    for (const auto& [key, value] : request_.headers) {
      if (http1::equals_ignoring_case(key, name)) visit(context, value);
    }
  }
  std::string_view protocol() const override { return request_.protocol; }
  const Address& peer() const override { return peer_; }

  core::Task<core::Result<std::string_view>> read_body(std::size_t limit) override {
    using Read = core::Result<std::string_view>;
    if (request_.body.size() > limit) co_return Read(core::fail(core::Fault::too_large, "body_too_large"));
    co_return Read(request_.body);
  }
  core::Task<core::Result<std::string_view>> read_piece() override {
    using Read = core::Result<std::string_view>;
    while (pieces_.empty() && !is_body_ended_ && !context_->interruption()) co_await arrived_.wait();
    if (const auto reason = context_->interruption()) co_return Read(std::unexpected(core::interrupted(*reason)));
    piece_.clear();
    if (!pieces_.empty()) {
      piece_ = std::move(pieces_.front());
      pieces_.pop_front();
    }
    co_return Read(piece_);
  }
  void limit_time(std::chrono::milliseconds from_now) override { limited_to = from_now; }
  void lift_time_limit() override { is_time_lifted = true; }

  void respond(Response response) override {
    answer = std::move(response);
    is_finished = is_answered_ = true;
  }
  void begin(Response head) override {
    answer = std::move(head);
    is_answered_ = true;
  }
  core::Task<core::Result<void>> write(std::string_view piece) override {
    using Written = core::Result<void>;
    answer.body.append(piece);
    if (const auto reason = context_->interruption()) co_return Written(std::unexpected(core::interrupted(*reason)));
    co_return Written{};
  }
  void finish(std::vector<ResponseField> trailers) override {
    if (std::exchange(is_finished, true)) return;
    answer.trailers = std::move(trailers);
  }
  void abort() override { is_aborted = true; }
  bool is_answered() const override { return is_answered_; }

  // --- for tests ---
  void add_piece(std::string piece) {
    pieces_.push_back(std::move(piece));
    arrived_.notify();
  }
  void end_body() {
    is_body_ended_ = true;
    arrived_.notify();
  }

  Response answer;  ///< with all that was written in its body
  bool is_finished = false;
  bool is_aborted = false;
  bool is_time_lifted = false;
  std::optional<std::chrono::milliseconds> limited_to;

 private:
  Request request_;
  std::chrono::milliseconds request_time_;
  Address peer_;
  std::deque<std::string> pieces_;
  std::string piece_;
  core::Signal arrived_;
  bool is_body_ended_ = true;
  bool is_answered_ = false;

 public:
  void keep_body_open() { is_body_ended_ = false; }
};

inline std::string_view field_of(const std::vector<ResponseField>& fields, std::string_view name) {
  const auto found = std::ranges::find(fields, name, &ResponseField::name);
  return found == fields.end() ? std::string_view{} : std::string_view(found->value);
}

}  // namespace sallyport::transport
