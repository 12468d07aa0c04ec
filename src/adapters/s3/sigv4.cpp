#include "adapters/s3/sigv4.h"

#include <fmt/format.h>

#include "core/hex.h"
#include "core/timestamp_text.h"
#include "crypto/digest.h"

namespace sallyport::s3 {
namespace {

constexpr std::string_view algorithm = "AWS4-HMAC-SHA256", unsigned_body = "UNSIGNED-PAYLOAD";

struct SignedHeaders {
  std::string names;      ///< "content-type;host"
  std::string canonical;  ///< "content-type:image/png\nhost:..." with an end of line behind each
};

SignedHeaders signed_headers(const PresignedRequest& request) {
  auto headers = request.headers;
  headers.emplace("host", request.host);
  SignedHeaders signed_ones;
  for (const auto& [name, value] : headers) {
    signed_ones.names += (signed_ones.names.empty() ? "" : ";") + name;
    signed_ones.canonical += name + ':' + value + '\n';
  }
  return signed_ones;
}

/// "20130524T000000Z"
std::string compact_time(core::Timestamp at) {
  auto text = core::to_rfc3339(at).substr(0, 19);
  std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
  return text + 'Z';
}

core::Secret mac(const core::Secret& key, std::string_view text) {
  return core::Secret(core::ByteView(crypto::HmacKey(key).mac({core::as_bytes(text)})));
}

}  // namespace

std::string uri_encoded(std::string_view text, Slash slash) {
  std::string encoded;
  for (const char c : text) {
    const bool is_plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
                          c == '.' || c == '_' || c == '~' || (c == '/' && slash == Slash::kept);
    if (is_plain) encoded += c;
    else encoded += fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return encoded;
}

std::string presigned_query(const PresignedRequest& request, const Credentials& credentials) {
  const auto time = compact_time(request.at);
  const auto day = time.substr(0, 8);
  const auto scope = fmt::format("{}/{}/s3/aws4_request", day, credentials.region);
  const auto headers = signed_headers(request);
  // In the order of their names, as the signature wants them.
  const auto query =
      fmt::format("X-Amz-Algorithm={}&X-Amz-Credential={}&X-Amz-Date={}&X-Amz-Expires={}&X-Amz-SignedHeaders={}",
                  algorithm, uri_encoded(credentials.access_key + '/' + scope, Slash::encoded), time,
                  request.valid_for.count(), uri_encoded(headers.names, Slash::encoded));
  const auto canonical = fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, uri_encoded(request.path, Slash::kept),
                                     query, headers.canonical, headers.names, unsigned_body);
  const auto to_sign =
      fmt::format("{}\n{}\n{}\n{}", algorithm, time, scope, core::to_hex(crypto::sha256(core::as_bytes(canonical))));
  auto key = mac(core::Secret("AWS4" + std::string(credentials.secret_key.reveal())), day);
  for (const auto part :
       {std::string_view(credentials.region), std::string_view("s3"), std::string_view("aws4_request")})
    key = mac(key, part);
  const auto signature = crypto::HmacKey(key).mac({core::as_bytes(to_sign)});
  return query + "&X-Amz-Signature=" + core::to_hex(signature);
}

}  // namespace sallyport::s3
