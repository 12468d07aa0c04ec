#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>

#include "fuzz/http1_invariants.h"

namespace {

namespace http = boost::beast::http;
using namespace sallyport::transport::http1;

[[noreturn]] void report(const std::string& broken) {
  std::fprintf(stderr, "broken: %s\n", broken.c_str());
  std::abort();
}

// Whatever we accept, Beast accepts, and takes it for the same request. It differs in two places, neither of which
// moves the end of a message: it knows no minor version above 1, and it obeys Proxy-Connection, which is no standard
// field, as if it were Connection.
void compare_with_beast(std::string_view bytes, const RequestHead& head) {
  if (bytes.starts_with("\r\n")) bytes.remove_prefix(2);  // Beast takes no empty line first
  http::request_parser<http::empty_body> beast;
  beast.header_limit(1 << 20);
  beast.body_limit(boost::none);
  boost::system::error_code error;
  beast.put(boost::asio::buffer(bytes.data(), bytes.size()), error);
  if (error == http::error::bad_version && bytes[bytes.find("HTTP/1.") + 7] > '1') return;
  const bool has_proxy_connection = head.fields.find("Proxy-Connection").has_value();
  if (error == http::error::bad_value && has_proxy_connection) return;
  if (error || !beast.is_header_done()) report("Beast refuses it: " + error.message());

  const auto& other = beast.get();
  if (std::string_view(other.method_string()) != head.method) report("method");
  if (std::string_view(other.target()) != head.target) report("target");
  if (other.version() != 10U + static_cast<unsigned>(head.minor_version)) report("version");
  if (static_cast<std::size_t>(std::distance(other.begin(), other.end())) != head.fields.size()) report("fields");
  if (beast.chunked() != (head.framing == Framing::chunked)) report("chunked");
  if (beast.content_length().value_or(0) != head.content_length) report("content length");
  if (beast.keep_alive() != head.keep_alive && !has_proxy_connection) report("keep alive");
  for (const auto& [name, value] : head.fields) {
    const auto [first, last] = other.equal_range(boost::beast::string_view(name.data(), name.size()));
    if (std::none_of(first, last, [&](const auto& field) { return std::string_view(field.value()) == value; }))
      report("a field's value");
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (const auto broken = sallyport::fuzz::broken_head_rule(bytes); !broken.empty()) report(broken);
  static RequestHead head;
  const auto outcome = parse_request_head(bytes, head);
  if (outcome.status == HeadStatus::complete) compare_with_beast(bytes.substr(0, outcome.consumed), head);
  return 0;
}
