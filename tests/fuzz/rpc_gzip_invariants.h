#pragma once

#include <string>
#include <string_view>

#include "transport/rpc/gzip.h"

namespace sallyport::fuzz {

/// No more comes out than the limit, the limit changes nothing below itself, and everything can be packed.
inline std::string broken_gzip_rule(std::string_view bytes) {
  using namespace transport::rpc;
  constexpr std::size_t limit = 4 * 1024;
  const auto unzipped = gunzip(bytes, limit);
  if (unzipped) {
    if (unzipped->size() > limit) return "it is beyond the limit";
    if (gunzip(bytes, unzipped->size()) != *unzipped) return "its own size is not enough";
    if (!unzipped->empty() && gunzip(bytes, unzipped->size() - 1)) return "less than its size is enough";
  } else if (unzipped.error().code != "body_too_large" && unzipped.error().code != "message_malformed") {
    return "refused for no known reason";
  }
  std::string zipped;
  append_gzip(zipped, bytes);
  const auto again = gunzip(zipped, bytes.size());
  return again && *again == bytes ? "" : "it does not read back";
}

}  // namespace sallyport::fuzz
