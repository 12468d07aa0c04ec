#include "transport/rest/json_writer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace sallyport::transport::rest {

namespace {

template <class Write>
std::string written(Write write) {
  std::string out;
  JsonWriter writer(out);
  write(writer);
  return out;
}

std::string text(std::string_view value) {
  return written([&](JsonWriter& json) { json.text(value); });
}

}  // namespace

TEST(JsonWriter, PutsCommasBetweenValuesAndNowhereElse) {
  const auto out = written([](JsonWriter& json) {
    json.begin_object();
    json.member("a");
    json.begin_array();
    json.integer(1);
    json.boolean(false);
    json.null();
    json.begin_object();
    json.end_object();
    json.begin_array();
    json.end_array();
    json.text("x");
    json.end_array();
    json.key("b\"");
    json.boolean(true);
    json.end_object();
  });

  EXPECT_EQ(out, R"({"a":[1,false,null,{},[],"x"],"b\"":true})");
}

TEST(JsonWriter, AppendsToWhatIsThere) {
  std::string out = "x";

  JsonWriter(out).integer(1);

  EXPECT_EQ(out, "x1");
}

TEST(JsonWriter, EscapesWhatRfc8259Section7WantsEscaped) {
  EXPECT_EQ(text("a\"b\\c/"), R"("a\"b\\c/")");
  EXPECT_EQ(text("\b\f\n\r\t"), R"("\b\f\n\r\t")");
  EXPECT_EQ(text(std::string_view("\0\x01\x1f\x7f", 4)), "\"\\u0000\\u0001\\u001f\x7f\"");
}

TEST(JsonWriter, KeepsUtf8AndReplacesEveryOtherByte) {
  EXPECT_EQ(text("é€😀\xe2\x80\xa8"), "\"é€😀\xe2\x80\xa8\"");
  EXPECT_EQ(text("a\xff\xc2z"), "\"a\xef\xbf\xbd\xef\xbf\xbdz\"");
  EXPECT_EQ(text("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
  EXPECT_EQ(text("cut \xf0\x9f"), "\"cut \xef\xbf\xbd\xef\xbf\xbd\"");
}

TEST(JsonWriter, WritesNumbersThatReadBackTheSame) {
  const auto integer = [](std::int64_t value) { return written([&](JsonWriter& json) { json.integer(value); }); };
  const auto number = [](double value) { return written([&](JsonWriter& json) { json.number(value); }); };

  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::min()), "-9223372036854775808");
  EXPECT_EQ(integer(std::numeric_limits<std::int64_t>::max()), "9223372036854775807");
  EXPECT_EQ(number(0.1), "0.1");
  EXPECT_EQ(number(-2.2250738585072014e-308), "-2.2250738585072014e-308");
  EXPECT_EQ(number(std::numeric_limits<double>::infinity()), "null");
  EXPECT_EQ(number(std::nan("")), "null");
}

}  // namespace sallyport::transport::rest
