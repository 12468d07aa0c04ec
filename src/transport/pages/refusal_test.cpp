#include "transport/pages/refusal.h"

#include <gtest/gtest.h>

namespace sallyport::transport::pages {
namespace {

using core::Fault;
using Sentences = std::vector<std::string_view>;

TEST(Refusal, PutsAnErrorBesideItsFieldOrAboveTheForm) {
  const auto beside =
      refusal_of({.fault = Fault::conflict, .code = "identifier_taken"}, nullptr, {{"identifier_taken", "email"}});
  ASSERT_TRUE(beside);
  EXPECT_EQ(beside->status, 409);
  EXPECT_EQ(beside->sentences_of("email").size(), 1U);
  EXPECT_EQ(beside->notice, "");

  const auto above = refusal_of({.fault = Fault::invalid, .code = "flow_invalid"}, nullptr);
  ASSERT_TRUE(above);
  EXPECT_EQ(above->status, 422);
  EXPECT_EQ(above->notice, "This link or code is wrong, was used before, or is no longer valid.");
  Html html;
  above->add_notice(html);
  EXPECT_NE(html.str().find(above->notice), std::string::npos);
}

TEST(Refusal, CallsAFieldThatWasLeftEmptyMissingAndSaysSoOnce) {
  const auto form = Form::parse("email=ann&password=").value();

  const auto refusal =
      refusal_of({.fault = Fault::invalid,
                  .code = "invalid_fields",
                  .fields = {{"email", "email_malformed"}, {"password", "too_short"}, {"password", "too_common"}}},
                 &form);

  ASSERT_TRUE(refusal);
  EXPECT_EQ(refusal->sentences_of("email"), Sentences{"The value must be an e-mail address such as ann@example.org."});
  EXPECT_EQ(refusal->sentences_of("password"), Sentences{"The field is required."});
}

TEST(Refusal, LeavesAnErrorAloneThatNobodyCanDoAnythingAbout) {
  for (const auto fault : {Fault::internal, Fault::cancelled, Fault::unimplemented})
    EXPECT_EQ(refusal_of({.fault = fault, .code = "x"}, nullptr).error().fault, fault);
}

TEST(Refusal, TellsMetricsLogAndClientWhatThePageSaysInWords) {
  const auto refusal = refusal_of(
      {.fault = Fault::unavailable, .code = "overloaded", .retry_after = std::chrono::seconds{3}, .log_detail = "why"},
      nullptr);
  Response response;

  refusal->mark(response);

  EXPECT_EQ(response.outcome, "overloaded");
  EXPECT_EQ(response.log_detail, "why");
  ASSERT_EQ(response.fields.size(), 1U);
  EXPECT_EQ(response.fields[0].value, "3");
}

TEST(Refusal, SaysNothingOfAFormThatIsShownForTheFirstTime) {
  Response response;
  Html html;

  Refusal{}.mark(response);
  Refusal{}.add_notice(html);

  EXPECT_EQ(response.outcome, "ok");
  EXPECT_EQ(html.str(), "");
}

}  // namespace
}  // namespace sallyport::transport::pages
