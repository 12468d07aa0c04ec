#include "app/config_origin.h"

#include <gtest/gtest.h>

namespace sallyport::app {
namespace {

TEST(Origin, IsWhatABrowserWouldSend) {
  for (const std::string_view text :
       {"https://auth.example.org", "http://localhost:3000", "https://xn--bcher-kva.example", "https://10.0.0.1:8443",
        "https://[2001:db8::1]", "http://[::1]:8080"}) {
    EXPECT_TRUE(Origin::parse(text)) << text;
  }
}

TEST(Origin, IsNothingElse) {
  for (const std::string_view text : {"",
                                      "null",
                                      "*",
                                      "auth.example.org",
                                      "https://",
                                      "ftp://example.org",
                                      "HTTPS://example.org",
                                      "https://Example.org",
                                      "https://example.org/",
                                      "https://example.org:443",
                                      "http://example.org:80",
                                      "https://example.org:",
                                      "https://example.org:0",
                                      "https://example.org:080",
                                      "https://example.org:65536",
                                      "https://ann@example.org",
                                      "https://example..org",
                                      "https://example.org.",
                                      "https://bücher.example",
                                      "https://127.1",
                                      "https://example.0",
                                      "https://[::1",
                                      "https://[0:0:0:0:0:0:0:1]",
                                      "https://[127.0.0.1]",
                                      "https://[]",
                                      "https://::1",
                                      "https://[::1]x",
                                      "https://a b",
                                      "https://a,https://b"}) {
    EXPECT_FALSE(Origin::parse(text)) << text;
  }
}

TEST(Origin, IsLoopbackWhateverAResolverSays) {
  for (const std::string_view text :
       {"http://localhost", "http://app.localhost:3000", "http://127.8.9.10", "http://[::1]"}) {
    EXPECT_TRUE(Origin::parse(text)->is_loopback()) << text;
  }
  for (const std::string_view text :
       {"http://localhost.example.org", "http://notlocalhost", "http://10.0.0.1", "http://[2001:db8::1]"}) {
    EXPECT_FALSE(Origin::parse(text)->is_loopback()) << text;
  }
}

}  // namespace
}  // namespace sallyport::app
