#include <boost/beast/http.hpp>
#include <cstdio>
#include <cstdlib>

#include "fuzz/http1_invariants.h"

namespace {

namespace http = boost::beast::http;

[[noreturn]] void report(const std::string& broken) {
  std::fprintf(stderr, "broken: %s\n", broken.c_str());
  std::abort();
}

// Whatever we accept, Beast accepts, and finds the same content and the same end. It may be stricter in two places: it
// wants the full grammar in an extension (and waits for the end of a quoted string beyond the line), and it minds what
// trailers say (a Content-Length, a Connection).
void compare_with_beast(std::string_view wire, std::string_view body) {
  http::request_parser<http::string_body> beast;
  beast.header_limit(1 << 20);
  beast.body_limit(boost::none);
  beast.eager(true);
  boost::system::error_code error;
  const std::string_view head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";
  beast.put(boost::asio::buffer(head.data(), head.size()), error);
  std::size_t consumed = 0;
  while (!error && !beast.is_done() && consumed < wire.size())
    consumed += beast.put(boost::asio::buffer(wire.data() + consumed, wire.size() - consumed), error);
  if (error == http::error::bad_chunk_extension || error == http::error::bad_value ||
      error == http::error::bad_content_length || error == http::error::bad_transfer_encoding)
    return;
  if (error == http::error::need_more && wire.find('"') != std::string_view::npos) return;
  if (error || !beast.is_done()) report("Beast refuses it: " + error.message());
  if (consumed != wire.size()) report("Beast ends elsewhere");
  if (beast.get().body() != body) report("Beast finds another body");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace sallyport;
  const std::string_view wire(reinterpret_cast<const char*>(data), size);
  if (const auto broken = fuzz::broken_chunked_rule(wire); !broken.empty()) report(broken);
  const auto [progress, body] =
      fuzz::decode_in_pieces(wire, fuzz::fuzzed_max_body, [] { return std::string_view::npos; });
  if (progress.state == transport::http1::ChunkedState::done)
    compare_with_beast(wire.substr(0, progress.consumed), body);
  return 0;
}
