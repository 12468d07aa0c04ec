#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "fuzz/cuts.h"
#include "transport/browser/cookies.h"

namespace sallyport::fuzz {

/// A request of nothing but Cookie lines.
class CookieRequest final : public transport::Exchange {
 public:
  explicit CookieRequest(std::vector<std::string> lines) : lines_(std::move(lines)) {}
  /// Each line of the text is one Cookie line, less the bytes that a request head does not let pass (RFC 9110 §5.5).
  static CookieRequest of_lines(std::string_view text) {
    std::vector<std::string> lines(1);
    for (const char c : text) {
      if (c == '\n') lines.emplace_back();
      else if (c == '\t' || (static_cast<unsigned char>(c) >= 0x20 && c != 0x7f)) lines.back() += c;
    }
    return CookieRequest(std::move(lines));
  }
  const std::vector<std::string>& lines() const { return lines_; }

  transport::Method method() const override { return transport::Method::get; }
  std::string_view path() const override { return "/"; }
  std::string_view query() const override { return {}; }
  std::string_view authority() const override { return "localhost"; }
  std::optional<std::string_view> header(std::string_view) const override { return std::nullopt; }
  void each_header(std::string_view name, void (*visit)(void*, std::string_view), void* context) const override {
    if (name != "Cookie") return;
    for (const auto& line : lines_) visit(context, line);
  }
  std::string_view protocol() const override { return "http/1.1"; }
  const transport::Address& peer() const override { return peer_; }
  core::Task<core::Result<std::string_view>> read_body(std::size_t) override {
    co_return core::Result<std::string_view>("");
  }
  core::Task<core::Result<std::string_view>> read_piece() override { co_return core::Result<std::string_view>(""); }
  void limit_time(std::chrono::milliseconds) override {}
  void lift_time_limit() override {}
  void respond(transport::Response) override {}
  void begin(transport::Response) override {}
  core::Task<core::Result<void>> write(std::string_view) override { co_return core::Result<void>{}; }
  void finish(std::vector<transport::ResponseField>) override {}
  void abort() override {}
  bool is_answered() const override { return false; }

 private:
  std::vector<std::string> lines_;
  transport::Address peer_;
};

inline std::string broken_jar_rule(const transport::CookieJar& jar, const CookieRequest& request,
                                   std::size_t most_sessions) {
  const auto found = transport::cookie_values(request, jar.session_name());
  for (const auto value : found) {
    if (std::ranges::none_of(request.lines(), [&](const auto& line) { return lies_within(value, line); }))
      return "a value points outside the header";
    if (value.contains(';') || value.ends_with(' ') || value.ends_with('\t')) return "a value has no end";
  }
  const auto sessions = jar.session_values(request);
  if (sessions.size() > most_sessions) return "too many sessions are tried";
  if (!std::equal(sessions.begin(), sessions.end(), found.begin())) return "a session is not among the values";
  const auto devices = transport::cookie_values(request, jar.device_name());
  if (jar.device_value(request) != (devices.size() == 1 ? devices.front() : std::string_view{}))
    return "the device is not the only one";

  for (const auto value : found) {
    const auto kept = jar.set(jar.session_name(), value, std::chrono::seconds{60});
    if (!kept.contains("; HttpOnly; SameSite=Lax")) return "a cookie is open to scripts or other sites";
    if (kept.contains('\r') || kept.contains('\n')) return "a cookie ends its line";
    const CookieRequest echoed({kept});
    if (transport::cookie_values(echoed, jar.session_name()) != std::vector{value}) return "a cookie is lost in a jar";
  }
  return {};
}

inline std::string broken_cookie_rule(std::string_view text) {
  const auto request = CookieRequest::of_lines(text);
  using transport::CookieJar;
  auto broken = broken_jar_rule(CookieJar(CookieJar::Mode::plain), request, 2);
  return broken.empty() ? broken_jar_rule(CookieJar(CookieJar::Mode::host_prefixed), request, 1) : broken;
}

}  // namespace sallyport::fuzz
