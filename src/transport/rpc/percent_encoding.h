#pragma once

#include <string>
#include <string_view>

namespace sallyport::transport::rpc {

/// Appends a text as `grpc-message` carries it: visible ASCII and blanks as they are, every other byte and the percent
/// sign as `%XX` (gRPC over HTTP/2, "Percent-Encoded").
void append_percent_encoded(std::string& out, std::string_view text);

}  // namespace sallyport::transport::rpc
