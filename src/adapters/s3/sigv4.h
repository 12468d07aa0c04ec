#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/secret.h"

namespace sallyport::s3 {

/// Who signs, and for which region of which provider.
struct Credentials {
  std::string access_key;
  core::Secret secret_key;
  std::string region;
};

/// One request to an object storage, as it will be sent.
struct PresignedRequest {
  std::string_view method;                       ///< "GET"
  std::string_view host;                         ///< with its port unless that is the scheme's own
  std::string_view path;                         ///< "/bucket/avatars/x.png", not encoded
  std::map<std::string, std::string> headers{};  ///< signed besides `host`; names in lower case
  core::Timestamp at;
  std::chrono::seconds valid_for;  ///< at most seven days
};

/// The query that makes a request good for whoever has it, by AWS Signature Version 4
/// (https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-query-string-auth.html): "X-Amz-Algorithm=...&...&
/// X-Amz-Signature=...". The body is not part of what is signed.
std::string presigned_query(const PresignedRequest& request, const Credentials& credentials);

/// RFC 3986 §2.3's unreserved characters as they are, all others in capitals of hex; slashes as they are if `slash` is
/// `kept`.
enum class Slash { kept, encoded };
std::string uri_encoded(std::string_view text, Slash slash);

}  // namespace sallyport::s3
