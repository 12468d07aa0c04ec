#include "transport/rest/openapi.h"

#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <stdexcept>

#include "transport/route_description.h"

namespace sallyport::transport::rest {

struct WindowRequest {
  std::string name;
  core::Secret key{""};
  std::optional<std::optional<std::string>> colour;
  std::optional<std::int32_t> panes;
  std::optional<std::vector<std::string>> sides;
  static constexpr JsonLimit limits[] = {{"name", 1, 40}, {"panes", 1, 9}, {"sides", 0, 4}, {"sides[]", 1, 8}};
  static constexpr JsonNote notes[] = {{"name", "What it is called.", "", "left"},
                                       {"colour", "Null for none.", "", "red", {"red", "blue"}},
                                       {"panes", "", "", "2"}};
};
BOOST_DESCRIBE_STRUCT(WindowRequest, (), (name, key, colour, panes, sides))

struct FrameAnswer {
  std::int64_t width = 0;
};
BOOST_DESCRIBE_STRUCT(FrameAnswer, (), (width))

struct WindowAnswer {
  FrameAnswer frame;
  std::vector<FrameAnswer> frames;
};
BOOST_DESCRIBE_STRUCT(WindowAnswer, (), (frame, frames))

namespace elsewhere {
struct FrameAnswer {
  std::string height;
};
BOOST_DESCRIBE_STRUCT(FrameAnswer, (), (height))
}  // namespace elsewhere

namespace {

constexpr RouteDescription put_described{
    .name = "put_window",
    .group = RouteGroup::own_account,
    .summary = "Put a window",
    .access = Access::freshly_an_administrator,
    .parameters = {{.in = DescribedParameter::In::path, .name = "id", .text = "Of the window.", .format = "uuid"}},
    .body = {.document = &json_schema<WindowRequest>},
    .answers =
        {{.status = 201, .text = "It is there.", .document = &json_schema<WindowAnswer>, .headers = {"Location"}}},
    .errors = {{409, "identifier_taken"}}};

constexpr RouteDescription plain_described{.name = "get_window",
                                           .group = RouteGroup::own_account,
                                           .summary = "Get a window",
                                           .answers = {{.status = 204, .text = "There is one."}}};

Route route(Method method, std::string pattern, const RouteDescription* description) {
  return {.method = method, .pattern = std::move(pattern), .handler = {}, .description = description};
}

boost::json::value parsed(const Router& router, OpenApiFacts facts = {.version = "1"}) {
  return boost::json::parse(openapi_document(router, facts));
}

boost::json::value windows() {
  Router router;
  auto put = route(Method::put, "/windows/{id}", &put_described);
  put.cookies = Cookies::used;
  router.add(std::move(put));
  router.add(route(Method::get, "/windows", &plain_described));
  return parsed(router);
}

}  // namespace

TEST(OpenApi, WritesAWireStructWithItsLimitsNotesAndWhatIsRequired) {
  const auto document = windows();

  EXPECT_EQ(document.at_pointer("/components/schemas/WindowRequest"), boost::json::parse(R"({
    "type": "object",
    "required": ["name", "key"],
    "properties": {
      "name": {"type": "string", "minLength": 1, "maxLength": 40, "description": "What it is called.",
               "examples": ["left"]},
      "key": {"type": "string", "format": "password"},
      "colour": {"type": ["string", "null"], "description": "Null for none.", "enum": ["red", "blue"],
                 "examples": ["red"]},
      "panes": {"type": "integer", "minimum": 1, "maximum": 9, "format": "int32", "examples": [2]},
      "sides": {"type": "array", "maxItems": 4, "items": {"type": "string", "minLength": 1, "maxLength": 8}}
    }})"));
}

TEST(OpenApi, RefersToStructsInsideOfOthers) {
  const auto document = windows();

  EXPECT_EQ(document.at_pointer("/components/schemas/WindowAnswer/properties/frame/$ref"),
            "#/components/schemas/FrameAnswer");
  EXPECT_EQ(document.at_pointer("/components/schemas/WindowAnswer/properties/frames/items/$ref"),
            "#/components/schemas/FrameAnswer");
}

TEST(OpenApi, AddsTheRefusalsThatFollowFromTheRoute) {
  const auto document = windows();

  const auto& responses = document.at_pointer("/paths/~1windows~1{id}/put/responses").as_object();
  std::vector<std::string_view> statuses;
  for (const auto& [status, response] : responses) statuses.push_back(status);
  EXPECT_EQ(statuses, (std::vector<std::string_view>{"201", "400", "401", "403", "409", "413", "415", "422", "429",
                                                     "503", "default"}));
  EXPECT_EQ(responses.at("401").at("$ref"), "#/components/responses/Unauthenticated");
  EXPECT_EQ(responses.at("403").at_pointer("/content/application~1problem+json/schema/allOf/1/properties/code/enum"),
            boost::json::parse(R"(["csrf_refused", "forbidden", "fresh_authentication_required"])"));
}

TEST(OpenApi, GivesEachCodeItsSentence) {
  const auto document = windows();

  EXPECT_EQ(document.at_pointer("/paths/~1windows~1{id}/put/responses/409/content/application~1problem+json/examples/"
                                "identifier_taken/summary"),
            "The identifier belongs to another account.");
}

TEST(OpenApi, AsksForNothingWhereAnybodyMayCall) {
  const auto document = windows();

  EXPECT_TRUE(document.at_pointer("/paths/~1windows/get/security").as_array().empty());
  EXPECT_EQ(document.at_pointer("/paths/~1windows~1{id}/put/security").as_array().size(), 2U);
}

TEST(OpenApi, NamesItsServerWhereThatIsKnown) {
  Router router;

  EXPECT_FALSE(parsed(router).as_object().contains("servers"));
  EXPECT_EQ(parsed(router, {.version = "1", .server_url = "https://auth.example.org"}).at_pointer("/servers/0/url"),
            "https://auth.example.org");
}

TEST(OpenApi, LeavesProceduresAndPagesOfDevelopersOut) {
  Router router;
  router.add(route(Method::post, "/auth.v1.AuthService/Authenticate", nullptr));
  router.add(route(Method::get, "/dev/mail", nullptr));
  router.add(route(Method::get, "/.well-known/jwks.json", &plain_described));

  const auto document = parsed(router);

  EXPECT_EQ(document.at("paths").as_object().size(), 1U);
  EXPECT_TRUE(document.at("paths").as_object().contains("/.well-known/jwks.json"));
}

TEST(OpenApi, TellsOfARouteForAllMethodsOnce) {
  Router router;
  for (const auto method : {Method::get, Method::post, Method::other})
    router.add(route(method, "/check", &plain_described));

  EXPECT_EQ(parsed(router).at_pointer("/paths/~1check").as_object().size(), 1U);
}

TEST(OpenApi, RefusesRoutesThatItCannotTellOfRightly) {
  static constexpr RouteDescription unknown_code{.name = "a",
                                                 .group = RouteGroup::own_account,
                                                 .summary = "",
                                                 .answers = {{.status = 204, .text = ""}},
                                                 .errors = {{409, "no_such_code"}}};
  static constexpr RouteDescription other_frame{
      .name = "b",
      .group = RouteGroup::own_account,
      .summary = "",
      .answers = {{.status = 200, .text = "", .document = &json_schema<elsewhere::FrameAnswer>}}};
  static constexpr struct {
    std::string_view why, pattern;
    const RouteDescription* description;
  } cases[] = {{"is not described", "/a", nullptr},
               {"two routes are called get_window", "/a", &plain_described},
               {"does not describe id", "/windows/{id}/panes", &plain_described},
               {"does not know no_such_code", "/a", &unknown_code},
               {"two wire structs are called FrameAnswer", "/a", &other_frame}};
  for (const auto& [why, pattern, description] : cases) {
    SCOPED_TRACE(why);
    Router router;
    const bool is_alone = why.starts_with("does not describe");
    if (!is_alone) router.add(route(Method::get, "/windows", &plain_described));
    router.add(route(Method::put, "/windows/{id}", &put_described));
    router.add(route(Method::get, std::string(pattern), description));

    try {
      openapi_document(router, {.version = "1"});
      ADD_FAILURE() << "it was written";
    } catch (const std::logic_error& error) {
      EXPECT_NE(std::string_view(error.what()).find(why), std::string_view::npos) << error.what();
    }
  }
}

}  // namespace sallyport::transport::rest
