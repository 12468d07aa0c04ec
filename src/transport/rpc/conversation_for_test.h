#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/fake_clock.h"
#include "core/manual_loop.h"
#include "transport/fake_exchange_for_test.h"
#include "transport/pipeline.h"
#include "transport/rpc/envelope.h"
#include "transport/rpc/error_format.h"

namespace sallyport::transport::rpc {

inline std::string enveloped(std::string_view payload, std::uint8_t flags = 0) {
  std::string out;
  append_envelope_head(out, flags, payload.size());
  return out.append(payload);
}

inline std::vector<Envelope> envelopes_in(std::string_view body) {
  std::vector<Envelope> all;
  while (body.size() >= envelope_head_size) {
    std::size_t size = 0;
    for (const char c : body.substr(1, 4)) size = size << 8 | static_cast<unsigned char>(c);
    all.push_back({.flags = static_cast<std::uint8_t>(body[0]), .payload = body.substr(envelope_head_size, size)});
    body.remove_prefix(std::min(body.size(), envelope_head_size + size));
  }
  return all;
}

/// A router and its pipeline without a network, and the call that is made to it, with time that stands still.
class Conversation {
 public:
  static FakeExchange::Request call(std::string_view method, std::string_view type, std::string body,
                                    std::vector<std::pair<std::string, std::string>> headers = {}) {
    headers.emplace_back("content-type", type);
    return {.path = "/" + std::string(method), .headers = std::move(headers), .body = std::move(body)};
  }

  /// Makes a call and serves it as far as it goes.
  FakeExchange& ask(FakeExchange::Request request) {
    prepare(std::move(request));
    return start();
  }
  FakeExchange& prepare(FakeExchange::Request request) {
    return exchange_.emplace(loop, clock.moment(), std::move(request));
  }
  FakeExchange& start() {
    is_done = false;
    core::start(exchange_->context(), pipeline_.serve(*exchange_), [this] { is_done = true; });
    return turn();
  }
  FakeExchange& turn() {
    loop.turn();  // what is due posts more
    while (loop.turn()) {
    }
    return *exchange_;
  }

  core::FakeClock clock;
  core::ManualLoop loop{clock};
  Router router;
  bool is_done = false;

 private:
  Pipeline pipeline_{router, {}, error_format_of};
  std::optional<FakeExchange> exchange_;
};

}  // namespace sallyport::transport::rpc
