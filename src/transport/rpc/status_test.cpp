#include "transport/rpc/status.h"

#include <gtest/gtest.h>

#include "transport/rest/problem_catalog.h"
#include "transport/rest/wire_status.h"

namespace sallyport::transport::rpc {
namespace {

TEST(Status, GivesEveryFaultACodeAndAName) {
  using enum core::Fault;
  for (const auto fault : {malformed, invalid, unauthenticated, forbidden, not_found, conflict, too_large, throttled,
                           unavailable, deadline_exceeded, cancelled, unimplemented, internal}) {
    const auto status = status_of(core::Error{.fault = fault, .code = "overloaded"}, "");
    EXPECT_EQ(static_cast<int>(status.code), wire_status(fault).grpc);
    EXPECT_EQ(status.http_status, wire_status(fault).http);
    EXPECT_NE(connect_name(status.code), "");
    EXPECT_GE(connect_http_status(status.code), 400);
  }
}

TEST(Status, SaysTheSentenceOfTheCatalogForEveryCode) {
  for (const auto& [code, sentence] : rest::problem_codes()) {
    EXPECT_EQ(status_of(core::Error{.fault = core::Fault::conflict, .code = code}, "").message, sentence);
  }
}

TEST(Status, TakesAPathThatNobodyServesForAMethodThereIsNot) {
  EXPECT_EQ(status_of(404, {.fault = core::Fault::not_found, .code = "not_found"}, "").code, Code::unimplemented);
  EXPECT_EQ(status_of(404, {.fault = core::Fault::not_found, .code = "account_not_found"}, "").code, Code::not_found);
}

TEST(Status, WritesDetailsThatItDoesNotKnowWithoutExplainingThem) {
  const Status status{
      .code = Code::aborted, .message = "a \"b\"", .details = {{.type = "a.B", .value = std::string("\0\xff", 2)}}};

  EXPECT_EQ(connect_error_json(status),
            R"({"code":"aborted","message":"a \"b\"","details":[{"type":"a.B","value":"AP8"}]})");
}

}  // namespace
}  // namespace sallyport::transport::rpc
