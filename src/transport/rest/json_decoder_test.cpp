#include "transport/rest/json_decoder.h"

#include <gtest/gtest.h>

#include <memory>

namespace sallyport::transport::rest {

enum class Plan { free_plan, paid };
BOOST_DESCRIBE_ENUM(Plan, free_plan, paid)

struct Gadget {
  std::string name;
  std::optional<std::int32_t> year;
  static constexpr JsonLimit limits[] = {{"year", 1970, 2100}};
};
BOOST_DESCRIBE_STRUCT(Gadget, (), (name, year))

struct SignUp {
  std::string identifier;
  core::Secret password{""};
  std::optional<core::Secret> token;
  std::optional<bool> remember;
  std::optional<std::int64_t> count;
  std::optional<std::int32_t> small;
  std::optional<double> ratio;
  std::optional<Plan> plan;
  std::optional<Gadget> device;
  std::optional<std::vector<std::string>> roles;
  std::optional<std::vector<Gadget>> devices;
  std::optional<std::map<std::string, std::string>> labels;
  static constexpr JsonLimit limits[] = {{"identifier", 1, 4}, {"password", 2, 8}, {"roles", 1, 3},   {"roles[]", 1, 5},
                                         {"devices", 0, 3},    {"labels", 0, 2},   {"labels[]", 0, 3}};
};
BOOST_DESCRIBE_STRUCT(SignUp, (),
                      (identifier, password, token, remember, count, small, ratio, plan, device, roles, devices,
                       labels))

struct Patch {
  std::optional<std::optional<std::string>> name;
};
BOOST_DESCRIBE_STRUCT(Patch, (), (name))

namespace {

/// "field rule" for each, so that a failure shows what is wrong.
std::string spelled(const std::vector<core::FieldError>& errors) {
  std::string out;
  for (const auto& [field, rule] : errors) out.append(field).append(" ").append(rule).append("\n");
  return out;
}

/// A valid document with `members` in it too.
std::string sign_up_with(std::string_view members) {
  return std::string(R"({"identifier":"ann","password":"secret")").append(members.empty() ? "" : ",").append(members) +
         "}";
}

core::Result<SignUp> decode_with(std::string_view members) { return decode_json<SignUp>(sign_up_with(members)); }

std::string nested(std::size_t depth) {
  return R"({"x":)" + std::string(depth - 1, '[') + std::string(depth - 1, ']') + "}";
}

TEST(DecodeJson, TellsNullFromAbsenceWhereAMemberAsksForIt) {
  const auto absent = decode_json<Patch>("{}");
  const auto null = decode_json<Patch>(R"({"name":null})");
  const auto value = decode_json<Patch>(R"({"name":"Ann"})");

  ASSERT_TRUE(absent && null && value);
  EXPECT_FALSE(absent->name);
  ASSERT_TRUE(null->name);
  EXPECT_FALSE(*null->name);
  EXPECT_EQ(**value->name, "Ann");
}

}  // namespace

TEST(JsonDecoder, ReadsEveryKindOfMember) {
  const auto decoded = decode_json<SignUp>(R"( {"identifier":"ann","password":"p\u00e4ss","token":"t","remember":true,
      "count":-9223372036854775808,"small":2147483647,"ratio":0.1,"plan":"paid","device":{"name":"phone","year":2000},
      "roles":["a","b"],"devices":[{"name":"x"},{"name":"y"}],"labels":{"a b":"1","":""}} )");

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->identifier, "ann");
  EXPECT_EQ(decoded->password.reveal(), "päss");
  EXPECT_EQ(decoded->token->reveal(), "t");
  EXPECT_EQ(decoded->remember, true);
  EXPECT_EQ(decoded->count, std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(decoded->small, std::numeric_limits<std::int32_t>::max());
  EXPECT_EQ(decoded->ratio, 0.1);
  EXPECT_EQ(decoded->plan, Plan::paid);
  EXPECT_EQ(decoded->device->name, "phone");
  EXPECT_EQ(decoded->device->year, 2000);
  EXPECT_EQ(decoded->roles, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(decoded->devices->at(1).name, "y");
  EXPECT_EQ(decoded->labels, (std::map<std::string, std::string>{{"a b", "1"}, {"", ""}}));
}

TEST(JsonDecoder, LeavesOptionalsThatAreMissingOrNullAbsent) {
  const auto decoded = decode_with(R"("token":null,"device":null,"roles":null,"count":null)");

  ASSERT_TRUE(decoded);
  EXPECT_FALSE(decoded->token || decoded->device || decoded->roles || decoded->count || decoded->labels);
}

TEST(JsonDecoder, IgnoresUnknownMembersOfAnyShape) {
  EXPECT_TRUE(decode_with(R"("x":null,"y":[1,{"identifier":7,"z":[[]]},1e400,"\u0000"],"w":{"":{}},"v":1.5)"));
  EXPECT_TRUE(decode_with(R"("device":{"name":"a","identifier":[]})"));
}

TEST(JsonDecoder, NamesWhyABodyIsNoDocument) {
  const auto deep = nested(max_json_depth + 1);
  const struct {
    std::string body;
    std::string_view code;
  } cases[] = {
      {"", "json_malformed"},
      {"  \n", "json_malformed"},
      {"{", "json_malformed"},
      {"}", "json_malformed"},
      {R"({"a")", "json_malformed"},
      {R"({"a":1)", "json_malformed"},
      {R"({"a":1,})", "json_malformed"},
      {R"({a:1})", "json_malformed"},
      {R"({'a':1})", "json_malformed"},
      {R"({"a":01})", "json_malformed"},
      {R"({"a":+1})", "json_malformed"},
      {R"({"a":-})", "json_malformed"},
      {R"({"a":.5})", "json_malformed"},
      {R"({"a":1.})", "json_malformed"},
      {R"({"a":1e})", "json_malformed"},
      {R"({"a":1e99999999999})", "json_malformed"},
      {R"({"a":NaN})", "json_malformed"},
      {R"({"a":tru})", "json_malformed"},
      {R"({"a":[1 2]})", "json_malformed"},
      {R"({"a":[1,]})", "json_malformed"},
      {R"({"a":1 "b":2})", "json_malformed"},
      {R"({"a":"\x41"})", "json_malformed"},
      {R"({"a":"\u12g4"})", "json_malformed"},
      {R"({"a":"\ud800"})", "json_malformed"},
      {R"({"a":"\ud800 and more text"})", "json_malformed"},
      {R"({"a":"\ud800\u0041"})", "json_malformed"},
      {R"({"a":"\udc00"})", "json_malformed"},
      {R"({"\udc00":1})", "json_malformed"},
      {"{\"a\":\"line\nbreak\"}", "json_malformed"},
      {std::string("{\"a\":\"\0\"}", 9), "json_malformed"},
      {R"({} x)", "json_malformed"},
      {R"({}{})", "json_malformed"},
      {std::string("{}\0", 3), "json_malformed"},
      {"// note\n{}", "json_malformed"},
      {"\xef\xbb\xbf{}", "json_malformed"},
      {"[", "json_malformed"},
      {"[]", "json_not_object"},
      {R"([{"identifier":"ann"}])", "json_not_object"},
      {"null", "json_not_object"},
      {" 1", "json_not_object"},
      {"-0.5", "json_not_object"},
      {"true", "json_not_object"},
      {R"("{}")", "json_not_object"},
      {"{\"a\":\"\xff\"}", "json_not_utf8"},
      {"{\"a\":\"\xed\xa0\x80\"}", "json_not_utf8"},
      {"{\"\xc0\x80\":1}", "json_not_utf8"},
      {"\xfe\xff{}", "json_not_utf8"},
      {"{} \xc3", "json_not_utf8"},
      {R"({"identifier":"a","identifier":"b"})", "json_duplicate_key"},
      {R"({"identifier":"a","\u0069dentifier":"b"})", "json_duplicate_key"},
      {R"({"x":1,"y":2,"x":3})", "json_duplicate_key"},
      {R"({"x":[{"y":{"z":1,"z":1}}]})", "json_duplicate_key"},
      {R"({"device":{"name":"a","name":"a"}})", "json_duplicate_key"},
      {R"({"labels":{"a":"1","b":"2","\u0061":"3"}})", "json_duplicate_key"},
      {R"({"\u0000":1,"\u0000":1})", "json_duplicate_key"},
      {R"({"":1,"":1})", "json_duplicate_key"},
      {R"({"\ud83d\ude00":1,"😀":1})", "json_duplicate_key"},
      {deep, "json_too_deep"},
      {std::string(100000, '['), "json_too_deep"},
  };
  for (const auto& [body, code] : cases) {
    SCOPED_TRACE(body.substr(0, 80));
    const auto decoded = decode_json<SignUp>(body);
    ASSERT_FALSE(decoded);
    EXPECT_EQ(decoded.error().fault, core::Fault::malformed);
    EXPECT_EQ(decoded.error().code, code);
    EXPECT_TRUE(decoded.error().fields.empty());
  }
}

TEST(JsonDecoder, TheSameKeyInDifferentObjectsIsNoDuplicate) {
  EXPECT_TRUE(decode_with(R"("x":{"identifier":1,"a":{"a":{"a":1}}},"y":[{"a":1},{"a":1}],"device":{"name":"n"})"));
}

TEST(JsonDecoder, AllowsTheDepthItPromises) {
  const auto decoded = decode_json<SignUp>(nested(max_json_depth));

  ASSERT_FALSE(decoded);
  EXPECT_EQ(decoded.error().code, "invalid_fields");
}

TEST(JsonDecoder, NamesTheRuleThatAFieldBreaks) {
  static constexpr struct {
    std::string_view members, field, rule;  // no rule: accepted
  } cases[] = {
      {R"("token":1)", "token", "wrong_type"},
      {R"("token":{"a":1})", "token", "wrong_type"},
      {R"("token":"a\u0000b")", "token", "contains_nul"},
      {R"("remember":"true")", "remember", "wrong_type"},
      {R"("remember":1)", "remember", "wrong_type"},
      {R"("count":1.0)", "count", "wrong_type"},
      {R"("count":1e0)", "count", "wrong_type"},
      {R"("count":"1")", "count", "wrong_type"},
      {R"("count":true)", "count", "wrong_type"},
      {R"("count":9223372036854775807)", "", ""},
      {R"("count":9223372036854775808)", "count", "out_of_range"},
      {R"("count":-9223372036854775809)", "count", "out_of_range"},
      {R"("count":100000000000000000000000000000000000000000)", "count", "out_of_range"},
      {R"("count":-0)", "", ""},
      {R"("small":-2147483648)", "", ""},
      {R"("small":2147483648)", "small", "out_of_range"},
      {R"("ratio":18446744073709551616)", "", ""},
      {R"("ratio":1e400)", "ratio", "out_of_range"},
      {R"("ratio":1e-400)", "ratio", "out_of_range"},
      {R"("ratio":"1")", "ratio", "wrong_type"},
      {R"("plan":"paid")", "", ""},
      {R"("plan":"Paid")", "plan", "unknown_value"},
      {R"("plan":"")", "plan", "unknown_value"},
      {R"("plan":1)", "plan", "wrong_type"},
      {R"("device":[])", "device", "wrong_type"},
      {R"("device":"x")", "device", "wrong_type"},
      {R"("device":{})", "device.name", "missing"},
      {R"("device":{"name":null})", "device.name", "missing"},
      {R"("device":{"name":false})", "device.name", "wrong_type"},
      {R"("device":{"name":"a","year":1969})", "device.year", "out_of_range"},
      {R"("device":{"name":"a","year":2101})", "device.year", "out_of_range"},
      {R"("roles":{})", "roles", "wrong_type"},
      {R"("roles":[])", "roles", "too_short"},
      {R"("roles":["a","b","c"])", "", ""},
      {R"("roles":["a","b","c","d"])", "roles", "too_long"},
      {R"("roles":[1,2,3])", "roles[]", "wrong_type"},
      {R"("roles":[null])", "roles[]", "wrong_type"},
      {R"("roles":[["a"]])", "roles[]", "wrong_type"},
      {R"("roles":[""])", "roles[]", "too_short"},
      {R"("roles":["abcdef"])", "roles[]", "too_long"},
      {R"("devices":[{"name":"a"},{}])", "devices[].name", "missing"},
      {R"("devices":[{"name":"a"},3])", "devices[]", "wrong_type"},
      {R"("labels":[])", "labels", "wrong_type"},
      {R"("labels":{"a":1})", "labels[]", "wrong_type"},
      {R"("labels":{"a":null})", "labels[]", "wrong_type"},
      {R"("labels":{"a":{"b":"c"}})", "labels[]", "wrong_type"},
      {R"("labels":{"a\u0000":"b"})", "labels", "contains_nul"},
      {R"("labels":{"a":"\u0000"})", "labels[]", "contains_nul"},
      {R"("labels":{"a":"1234"})", "labels[]", "too_long"},
      {R"("labels":{"a":"","b":"","c":""})", "labels", "too_long"},
  };
  for (const auto& [members, field, rule] : cases) {
    SCOPED_TRACE(members);
    const auto decoded = decode_with(members);
    ASSERT_EQ(decoded.has_value(), rule.empty());
    if (decoded) continue;
    EXPECT_EQ(decoded.error().fault, core::Fault::invalid);
    EXPECT_EQ(decoded.error().code, "invalid_fields");
    EXPECT_EQ(spelled(decoded.error().fields), spelled({{field, rule}}));
  }
}

TEST(JsonDecoder, NamesEveryWrongFieldInOnePass) {
  const auto decoded = decode_json<SignUp>(
      R"({"password":"x","remember":0,"plan":"gold","device":{"year":"old"},"roles":["",7,7],"identifier":null})");

  ASSERT_FALSE(decoded);
  EXPECT_EQ(spelled(decoded.error().fields),
            "password too_short\n"
            "remember wrong_type\n"
            "plan unknown_value\n"
            "device.year wrong_type\n"
            "device.name missing\n"
            "roles[] too_short\n"
            "roles[] wrong_type\n"
            "identifier missing\n");
}

TEST(JsonDecoder, CountsElementsBeyondALimitWithoutKeepingThem) {
  std::vector<core::FieldError> wrong;

  const auto decoded = decode_json<SignUp>(
      sign_up_with(
          R"("devices":[{"name":"1"},{"name":"2"},{"name":"3"},{"name":"4"},5],"labels":{"a":"","b":"","c":1})"),
      wrong);

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->devices->size(), 3U);
  EXPECT_EQ(decoded->labels->size(), 2U);
  EXPECT_EQ(spelled(wrong), "devices too_long\nlabels too_long\n");
}

TEST(JsonDecoder, CountsLengthsInCodePoints) {
  EXPECT_TRUE(decode_json<SignUp>(R"({"identifier":"😀\ud83d\ude00é€","password":"\u00e9é"})"));
  EXPECT_FALSE(decode_json<SignUp>(R"({"identifier":"😀😀😀😀😀","password":"éé"})"));
  EXPECT_FALSE(decode_json<SignUp>(R"({"identifier":"ann","password":"😀"})"));
}

TEST(JsonDecoder, ReadsEscapesWhereverTheyStand) {
  for (std::size_t padding = 0; padding < 40; ++padding) {
    const auto decoded = decode_with(R"("labels":{"k\u0065y":"\"\\\/","x":")" + std::string(1, '\\') + "b" +
                                     R"("},"token":")" + std::string(padding, 'a') + R"(\ud83d\ude00\n")");
    ASSERT_TRUE(decoded);
    EXPECT_EQ(decoded->token->reveal(), std::string(padding, 'a') + "😀\n");
    EXPECT_EQ(decoded->labels, (std::map<std::string, std::string>{{"key", "\"\\/"}, {"x", "\b"}}));
  }
}

TEST(JsonDecoder, ReadsLongStringsWithEscapesWhole) {
  std::string escaped, expected;
  for (int i = 0; i < 5000; ++i) {
    escaped += i % 7 == 0 ? "\\u20ac" : i % 7 == 1 ? "é" : "xy";
    expected += i % 7 == 0 ? "€" : i % 7 == 1 ? "é" : "xy";
  }

  const auto decoded = decode_with(R"("token":")" + escaped + '"');

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->token->reveal(), expected);
}

TEST(JsonDecoder, CanLeaveWrongFieldsToASecondStep) {
  std::vector<core::FieldError> wrong{{"email", "email_malformed"}};

  const auto decoded = decode_json<SignUp>(R"({"identifier":"ann","count":"x"})", wrong);

  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->identifier, "ann");
  EXPECT_EQ(spelled(wrong),
            "email email_malformed\n"
            "count wrong_type\n"
            "password missing\n");
}

TEST(JsonDecoder, NamesFieldsByTextThatOutlivesTheBody) {
  auto body = std::make_unique<std::string>(R"({"devices":[{"name":1}],"identifier":"toolong","password":"x\u0041y"})");
  const auto decoded = decode_json<SignUp>(*body);
  body.reset();

  ASSERT_FALSE(decoded);
  EXPECT_EQ(spelled(decoded.error().fields),
            "devices[].name wrong_type\n"
            "identifier too_long\n");
}

}  // namespace sallyport::transport::rest
