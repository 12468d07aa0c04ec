#include "idempotency/idempotency_key.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::idempotency {

TEST(IdempotencyKeyParse, TakesABareNameOrOneInQuotesForTheSame) {
  const std::pair<std::string_view, std::string_view> cases[] = {
      {"8e03978e-40d5-43dd-bc93-6894a57f9324", "8e03978e-40d5-43dd-bc93-6894a57f9324"},
      {R"("8e03978e-40d5-43dd-bc93-6894a57f9324")", "8e03978e-40d5-43dd-bc93-6894a57f9324"},
      {R"("with \"quotes\" and \\")", ""},  // blanks are not visible
      {R"("a\"b\\c")", R"(a"b\c)"},
      {"order/17:4", "order/17:4"}};
  for (const auto& [header, name] : cases) {
    SCOPED_TRACE(header);
    const auto key = IdempotencyKey::parse(header);
    EXPECT_EQ(key ? key->str() : "", name);
  }
}

TEST(IdempotencyKeyParse, RefusesEverythingElse) {
  const std::string longest(IdempotencyKey::max_bytes, 'k'), too_long = longest + "k";
  EXPECT_TRUE(IdempotencyKey::parse(longest));
  EXPECT_TRUE(IdempotencyKey::parse('"' + longest + '"'));
  for (const std::string& header :
       {std::string(), std::string("\"\""), too_long, '"' + too_long + '"', std::string("two words"),
        std::string("a,b"), std::string("\"open"), std::string("\"a\";q=1"), std::string("\"a\\n\""),
        std::string("k\x80y"), std::string("k\x7fy"), std::string("\"\\")}) {
    SCOPED_TRACE(header);
    const auto key = IdempotencyKey::parse(header);
    ASSERT_FALSE(key);
    EXPECT_EQ(key.error().code, "idempotency_key_malformed");
  }
}

RC_GTEST_PROP(IdempotencyKeyParse, NeverGivesMoreThanItShould, (const std::string& header)) {
  const auto key = IdempotencyKey::parse(header);
  if (!key) return;
  RC_ASSERT(!key->str().empty());
  RC_ASSERT(key->str().size() <= IdempotencyKey::max_bytes);
  for (const char c : key->str()) RC_ASSERT(c > 0x20 && c < 0x7f);
}

}  // namespace sallyport::idempotency
