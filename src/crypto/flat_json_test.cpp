#include "crypto/flat_json.h"

#include <gtest/gtest.h>

#include <string>

namespace sallyport::crypto {
namespace {

TEST(FlatJson, ReadsStringsAndWholeNumbers) {
  const auto object = FlatJson::parse(R"({"a":"x\"\u00e4\n","b" : -7,"c":9223372036854775807})");

  ASSERT_TRUE(object);
  ASSERT_NE(object->string("a"), nullptr);
  EXPECT_EQ(*object->string("a"), "x\"\xc3\xa4\n");
  ASSERT_NE(object->integer("b"), nullptr);
  EXPECT_EQ(*object->integer("b"), -7);
  EXPECT_EQ(*object->integer("c"), 9223372036854775807);
  EXPECT_EQ(object->string("b"), nullptr);
  EXPECT_EQ(object->integer("a"), nullptr);
  EXPECT_EQ(object->string("d"), nullptr);
  EXPECT_EQ(object->size(), 3U);
}

TEST(FlatJson, RefusesEverythingElse) {
  std::string too_many = "{\"m\":1";
  for (std::size_t i = 0; i < FlatJson::max_members; ++i) too_many += ",\"" + std::to_string(i) + "\":1";
  for (const std::string text : {"",
                                 "1",
                                 "\"a\"",
                                 "[]",
                                 "{",
                                 "}",
                                 "{}}",
                                 "{} ",
                                 " {}",
                                 "{}{}",
                                 R"({"a":1,"a":1})",
                                 R"({"a":1,"\u0061":2})",
                                 R"({"a":{}})",
                                 R"({"a":[]})",
                                 R"({"a":["b"]})",
                                 R"({"a":1.0})",
                                 R"({"a":1e3})",
                                 R"({"a":9223372036854775808})",
                                 R"({"a":-9223372036854775809})",
                                 R"({"a":true})",
                                 R"({"a":null})",
                                 R"({"a":"b",})",
                                 R"({a:"b"})",
                                 R"({'a':'b'})",
                                 R"({"a":01})",
                                 R"({"a":/**/1})",
                                 "{\"a\":\"\xff\"}",
                                 "{\"a\":\"\n\"}",
                                 R"({"a":"\ud800"})",
                                 R"({"a":NaN})"}) {
    EXPECT_FALSE(FlatJson::parse(text)) << text;
  }
  EXPECT_FALSE(FlatJson::parse(too_many + "}"));
  EXPECT_FALSE(FlatJson::parse(std::string_view("{\"a\":1}\0", 8)));
}

TEST(FlatJson, ReadsBackWhatWasWritten) {
  std::string every;
  for (char c = 0; c < 0x7f; ++c) every += c;
  every += "\x7f\xc3\xa4\xf0\x9f\x98\x80";

  std::string text = "{";
  append_json_string(text, every);
  text += ':';
  append_json_string(text, every);
  const auto object = FlatJson::parse(text + "}");

  ASSERT_TRUE(object);
  ASSERT_NE(object->string(every), nullptr);
  EXPECT_EQ(*object->string(every), every);
}

}  // namespace
}  // namespace sallyport::crypto
