#pragma once

#include <string>
#include <string_view>

#include "core/result.h"
#include "transport/rpc/wire.h"

namespace sallyport::transport::rpc {

/// What the query of a unary Connect GET says (Connect Protocol, "Unary-Get-Request").
struct ConnectGet {
  Codec codec;
  std::string message;           ///< as it came, perhaps compressed
  std::string_view compression;  ///< "gzip", or empty for none; a view into the query, which was not encoded there
};

/// Reads a query: `message` and `encoding` must be there, each parameter at most once; `base64=1` and `connect=v1` are
/// known. `invalid` / "unsupported_media_type" for an encoding other than `proto` and `json`, `malformed` /
/// "message_malformed" for everything else that is wrong. Unknown parameters are skipped.
core::Result<ConnectGet> parse_connect_get(std::string_view query);

}  // namespace sallyport::transport::rpc
