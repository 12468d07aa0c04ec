#include "transport/rest/json_indent.h"

#include <gtest/gtest.h>

namespace sallyport::transport::rest {

TEST(JsonIndent, GivesEachMemberAndElementALine) {
  EXPECT_EQ(indented(R"({"a":[1,"b"],"c":{"d":null}})"),
            "{\n  \"a\": [\n    1,\n    \"b\"\n  ],\n  \"c\": {\n    \"d\": null\n  }\n}\n");
}

TEST(JsonIndent, LeavesWhatIsInTextsAndWhatIsEmptyAlone) {
  EXPECT_EQ(indented(R"({"a":"{\"x\":[1,2]}\\","b":[],"c":{}})"),
            "{\n  \"a\": \"{\\\"x\\\":[1,2]}\\\\\",\n  \"b\": [],\n  \"c\": {}\n}\n");
}

}  // namespace sallyport::transport::rest
