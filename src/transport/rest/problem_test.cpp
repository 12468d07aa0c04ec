#include "transport/rest/problem.h"

#include <gtest/gtest.h>

#include <set>

#include "transport/rest/json_decoder.h"
#include "transport/rest/problem_catalog.h"
#include "transport/rest/wire_status.h"

namespace sallyport::transport::rest {

struct ReadFieldError {
  std::string field, rule;
  std::optional<std::string> detail;
};
BOOST_DESCRIBE_STRUCT(ReadFieldError, (), (field, rule, detail))

struct ReadProblem {
  std::string type, title, code;
  std::int32_t status = 0;
  std::optional<std::vector<ReadFieldError>> errors;
  std::optional<std::string> request_id;
  static constexpr JsonLimit limits[] = {{"errors", 1, 8}};
};
BOOST_DESCRIBE_STRUCT(ReadProblem, (), (type, title, code, status, errors, request_id))

namespace {

std::string written(const core::Error& error, int status, std::string_view request_id = {}) {
  std::string out;
  write_problem(out, error, status, request_id);
  return out;
}

}  // namespace

TEST(WireStatus, MapsEveryFaultAsPromised) {
  using enum core::Fault;
  static constexpr struct {
    core::Fault fault;
    int http, grpc;
  } cases[] = {{malformed, 400, 3},         {invalid, 422, 3},   {unauthenticated, 401, 16},
               {forbidden, 403, 7},         {not_found, 404, 5}, {conflict, 409, 6},
               {too_large, 413, 8},         {throttled, 429, 8}, {unavailable, 503, 14},
               {deadline_exceeded, 504, 4}, {cancelled, 499, 1}, {unimplemented, 501, 12},
               {internal, 500, 13}};
  for (const auto& [fault, http, grpc] : cases) {
    SCOPED_TRACE(http);
    EXPECT_EQ(wire_status(fault).http, http);
    EXPECT_EQ(wire_status(fault).grpc, grpc);
    EXPECT_NE(reason_phrase(http), "Error");
  }
}

TEST(Problem, WritesAllOfAnError) {
  const core::Error error{.fault = core::Fault::invalid,
                          .code = "invalid_fields",
                          .fields = {{"device.name", "missing"}, {"email", "rule_of_tomorrow"}},
                          .retry_after = std::chrono::seconds(3),
                          .log_detail = "only for the log"};

  EXPECT_EQ(written(error, 422, "r-1"),
            R"({"type":"urn:sallyport:problem:invalid_fields","title":"Some fields are missing or not acceptable.",)"
            R"("status":422,"code":"invalid_fields","errors":[)"
            R"({"field":"device.name","rule":"missing","detail":"The field is required."},)"
            R"({"field":"email","rule":"rule_of_tomorrow"}],"request_id":"r-1"})");
}

TEST(Problem, FallsBackToTheStatusForCodesItDoesNotKnow) {
  const auto problem =
      decode_json<ReadProblem>(written({.fault = core::Fault::conflict, .code = "code_of_tomorrow"}, 409));

  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->title, "Conflict");
  EXPECT_EQ(problem->code, "code_of_tomorrow");
  EXPECT_FALSE(problem->errors || problem->request_id);
}

TEST(Problem, KeepsARequestIdFromBreakingOut) {
  const auto problem = decode_json<ReadProblem>(
      written({.fault = core::Fault::not_found, .code = "not_found"}, 404, "\",\"code\":\"x\xff\n"));

  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->request_id, "\",\"code\":\"x\xef\xbf\xbd\n");
}

TEST(ProblemCatalog, HasATitleForEveryCode) {
  ASSERT_GE(problem_codes().size(), 48U);
  std::set<std::string_view> titles;
  for (const auto& [code, title] : problem_codes()) {
    SCOPED_TRACE(code);
    const auto problem = decode_json<ReadProblem>(written({.fault = core::Fault::internal, .code = code}, 500));
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->code, code);
    EXPECT_EQ(problem->title, title);
    EXPECT_EQ(problem->type, "urn:sallyport:problem:" + std::string(code));
    EXPECT_TRUE(title.ends_with('.'));
    EXPECT_TRUE(titles.insert(title).second) << "two codes, one title";
  }
}

TEST(ProblemCatalog, HasASentenceForEveryRule) {
  for (const auto& [rule, sentence] : field_rules()) {
    SCOPED_TRACE(rule);
    const auto problem = decode_json<ReadProblem>(
        written({.fault = core::Fault::invalid, .code = "invalid_fields", .fields = {{"x", rule}}}, 422));
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->errors->at(0).rule, rule);
    EXPECT_EQ(problem->errors->at(0).detail, sentence);
    EXPECT_TRUE(sentence.ends_with('.'));
  }
}

TEST(ProblemCatalog, KnowsWhatTheDecoderSays) {
  for (const auto code :
       {"json_malformed", "json_not_utf8", "json_not_object", "json_duplicate_key", "json_too_deep", "invalid_fields"})
    EXPECT_TRUE(find_problem_title(code)) << code;
  for (const auto rule :
       {"wrong_type", "missing", "contains_nul", "too_long", "too_short", "out_of_range", "unknown_value"})
    EXPECT_TRUE(find_rule_sentence(rule)) << rule;
  EXPECT_FALSE(find_problem_title("zzz"));
  EXPECT_FALSE(find_rule_sentence(""));
}

}  // namespace sallyport::transport::rest
