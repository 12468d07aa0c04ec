#include "adapters/s3/sigv4.h"

#include <gtest/gtest.h>

namespace sallyport::s3 {
namespace {

using namespace std::chrono_literals;

const auto example_time = core::Timestamp(std::chrono::sys_days{std::chrono::May / 24 / 2013});

Credentials example_credentials() {
  return {.access_key = "AKIAIOSFODNN7EXAMPLE",
          .secret_key = core::Secret("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"),
          .region = "us-east-1"};
}

// The example of "Authenticating Requests: Using Query Parameters (AWS Signature Version 4)" in the Amazon S3 API
// reference: GET of /test.txt for a day.
TEST(PresignedQuery, IsThatOfThePublishedExample) {
  const auto query = presigned_query({.method = "GET",
                                      .host = "examplebucket.s3.amazonaws.com",
                                      .path = "/test.txt",
                                      .at = example_time,
                                      .valid_for = 86'400s},
                                     example_credentials());

  EXPECT_EQ(query,
            "X-Amz-Algorithm=AWS4-HMAC-SHA256"
            "&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"
            "&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host"
            "&X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
}

TEST(PresignedQuery, BindsEverythingThatIsSigned) {
  const PresignedRequest put{.method = "PUT",
                             .host = "s3.example.org",
                             .path = "/bucket/avatars/x.png",
                             .headers = {{"content-length", "10"}, {"content-type", "image/png"}},
                             .at = example_time,
                             .valid_for = 600s};
  const auto signature = [](const PresignedRequest& request, const Credentials& by) {
    const auto query = presigned_query(request, by);
    return query.substr(query.rfind('=') + 1);
  };
  const auto expected = signature(put, example_credentials());
  EXPECT_NE(presigned_query(put, example_credentials()).find("SignedHeaders=content-length%3Bcontent-type%3Bhost"),
            std::string::npos);

  for (auto change : std::initializer_list<void (*)(PresignedRequest&)>{
           [](PresignedRequest& request) { request.method = "GET"; },
           [](PresignedRequest& request) { request.host = "s3.example.net"; },
           [](PresignedRequest& request) { request.path = "/bucket/avatars/y.png"; },
           [](PresignedRequest& request) { request.headers["content-length"] = "11"; },
           [](PresignedRequest& request) { request.headers["content-type"] = "text/html"; },
           [](PresignedRequest& request) { request.at += 1s; },
           [](PresignedRequest& request) { request.valid_for += 1s; }}) {
    auto changed = put;
    change(changed);
    EXPECT_NE(signature(changed, example_credentials()), expected);
  }
  auto elsewhere = example_credentials();
  elsewhere.region = "eu-central-1";
  EXPECT_NE(signature(put, elsewhere), expected);
}

TEST(UriEncoding, LeavesOnlyUnreservedCharacters) {
  EXPECT_EQ(uri_encoded("aZ09-._~", Slash::encoded), "aZ09-._~");
  EXPECT_EQ(uri_encoded("/a b+c%\xC3\xA4", Slash::encoded), "%2Fa%20b%2Bc%25%C3%A4");
  EXPECT_EQ(uri_encoded("/a/b", Slash::kept), "/a/b");
}

}  // namespace
}  // namespace sallyport::s3
