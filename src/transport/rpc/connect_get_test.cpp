#include "transport/rpc/connect_get.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rpc {
namespace {

TEST(ConnectGet, ReadsAMessageHoweverItIsEncoded) {
  static constexpr struct {
    std::string_view query, message;
    Codec codec;
  } cases[] = {
      {"encoding=json&message=%7B%22a%22%3A1%7d", R"({"a":1})", Codec::json},
      {"connect=v1&encoding=proto&base64=1&message=CAE", "\x08\x01", Codec::protobuf},
      {"message=CAE%3D&base64=1&encoding=proto", "\x08\x01", Codec::protobuf},
      {"message=%08%01&encoding=proto&base64=0", "\x08\x01", Codec::protobuf},
      {"message=%00&encoding=proto", std::string_view("\0", 1), Codec::protobuf},
      {"message=a+b&encoding=json", "a b", Codec::json},
      {"encoding=proto&message=", "", Codec::protobuf},
      {"encoding=proto&message&more=1", "", Codec::protobuf},
  };
  for (const auto& [query, message, codec] : cases) {
    SCOPED_TRACE(query);
    const auto get = parse_connect_get(query);
    ASSERT_TRUE(get);
    EXPECT_EQ(get->message, message);
    EXPECT_EQ(get->codec, codec);
    EXPECT_EQ(get->compression, "");
  }
  EXPECT_EQ(parse_connect_get("encoding=proto&message=&compression=gzip")->compression, "gzip");
}

TEST(ConnectGet, SaysWhatIsWrong) {
  static constexpr struct {
    std::string_view query, code;
  } cases[] = {{"", "message_malformed"},
               {"message=%7B%7D", "message_malformed"},
               {"encoding=json", "message_malformed"},
               {"encoding=json&message=%7", "message_malformed"},
               {"encoding=json&message=%7x", "message_malformed"},
               {"encoding=json&message=a&message=b", "message_malformed"},
               {"encoding=json&message=%7B%7D&connect=v2", "message_malformed"},
               {"encoding=proto&message=C&base64=1", "message_malformed"},
               {"encoding=xml&message=a", "unsupported_media_type"}};
  for (const auto& [query, code] : cases) {
    SCOPED_TRACE(query);
    const auto get = parse_connect_get(query);
    ASSERT_FALSE(get);
    EXPECT_EQ(get.error().code, code);
  }
}

}  // namespace
}  // namespace sallyport::transport::rpc
