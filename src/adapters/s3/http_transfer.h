#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.h"

namespace sallyport::s3 {

/// One request to another server.
struct HttpRequest {
  const char* method;  ///< a literal
  std::string url;
  std::vector<std::string> headers{};  ///< "Content-Type: image/png"
  std::string_view body{};             ///< outlives the transfer
  std::size_t most_answer = 0;         ///< bytes of the answer's body that are wanted; more is cut off
  std::chrono::milliseconds timeout;
};
struct HttpAnswer {
  long status;
  std::string body;
};

/// Sends it by libcurl, which is loaded with the first one, and gives the answer whatever its status. Follows no
/// redirection, asks no proxy, and checks certificates. Blocks; ends early once `is_broken_off`. `unavailable` /
/// "pictures_unavailable" without an answer, with a sentence that does not name the address.
core::Result<HttpAnswer> transfer(const HttpRequest& request, const std::atomic<bool>& is_broken_off);

}  // namespace sallyport::s3
