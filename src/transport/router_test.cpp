#include "transport/router.h"

#include <gtest/gtest.h>

#include <stdexcept>

namespace sallyport::transport {
namespace {

void add(Router& router, Method method, std::string pattern) {
  router.add({.method = method, .pattern = std::move(pattern), .handler = {}});
}

std::string found(const Router& router, std::string_view path, Method method = Method::get) {
  Parameters parameters;
  const auto match = router.find(method, path, parameters);
  return match.route == nullptr ? "" : match.route->pattern;
}

TEST(Router, FindsTheWholePathOnly) {
  Router router;
  add(router, Method::get, "/");
  add(router, Method::get, "/v1/auth/me");

  EXPECT_EQ(found(router, "/"), "/");
  EXPECT_EQ(found(router, "/v1/auth/me"), "/v1/auth/me");
  for (const auto* path : {"", "*", "/v1", "/v1/auth", "/v1/auth/me/", "//v1/auth/me", "/v1/auth/mee", "/V1/auth/me"}) {
    EXPECT_EQ(found(router, path), "") << path;
  }
}

TEST(Router, FillsAndDecodesParameters) {
  Router router;
  add(router, Method::get, "/users/{id}/sessions/{session}");
  Parameters parameters;

  const auto match = router.find(Method::get, "/users/a%2Fb/sessions/c+%20d", parameters);

  ASSERT_NE(match.route, nullptr);
  EXPECT_EQ(parameters["id"], "a/b");
  EXPECT_EQ(parameters["session"], "c+ d");
  EXPECT_EQ(parameters["other"], "");
}

TEST(Router, AParameterIsOneSegmentThatIsNotEmptyAndDecodes) {
  Router router;
  add(router, Method::get, "/users/{id}");

  for (const auto* path : {"/users/", "/users", "/users/a/b", "/users/%", "/users/%zz", "/users/%00"}) {
    EXPECT_EQ(found(router, path), "") << path;
  }
}

TEST(Router, PrefersTheLiteralSegment) {
  Router router;
  add(router, Method::get, "/users/{id}");
  add(router, Method::get, "/users/me");
  add(router, Method::get, "/users/me/{what}");
  add(router, Method::get, "/users/{id}/sessions");

  EXPECT_EQ(found(router, "/users/me"), "/users/me");
  EXPECT_EQ(found(router, "/users/you"), "/users/{id}");
  EXPECT_EQ(found(router, "/users/me/sessions"), "/users/me/{what}");
  EXPECT_EQ(found(router, "/users/you/sessions"), "/users/{id}/sessions");
}

TEST(Router, ATrailingSlashIsAnotherPath) {
  Router router;
  add(router, Method::get, "/docs/");
  add(router, Method::get, "/users/{id}/");

  EXPECT_EQ(found(router, "/docs"), "");
  EXPECT_EQ(found(router, "/docs/"), "/docs/");
  EXPECT_EQ(found(router, "/users/1"), "");
  EXPECT_EQ(found(router, "/users/1/"), "/users/{id}/");
}

TEST(Router, TellsWhichMethodsAPathHas) {
  Router router;
  add(router, Method::get, "/users/{id}");
  add(router, Method::delete_, "/users/{id}");
  Parameters parameters;

  const auto match = router.find(Method::put, "/users/1", parameters);

  EXPECT_EQ(match.route, nullptr);
  EXPECT_EQ(match.allowed, (std::vector{Method::get, Method::head, Method::delete_, Method::options}));
  EXPECT_TRUE(router.find(Method::put, "/nothing", parameters).allowed.empty());
}

TEST(Router, HeadIsAnsweredByGet) {
  Router router;
  add(router, Method::get, "/health");
  add(router, Method::post, "/login");

  EXPECT_EQ(found(router, "/health", Method::head), "/health");
  EXPECT_EQ(found(router, "/login", Method::head), "");
}

TEST(Router, AnAliasReachesTheCanonicalRoute) {
  Router router;
  add(router, Method::get, "/v1/auth/me");
  add(router, Method::get, "/v1/auth/sessions/{id}");
  ASSERT_TRUE(router.alias("/auth", "/v1/auth"));

  EXPECT_EQ(found(router, "/auth/me"), "/v1/auth/me");
  EXPECT_EQ(found(router, "/auth/sessions/7"), "/v1/auth/sessions/{id}");
  EXPECT_EQ(found(router, "/v1/auth/me"), "/v1/auth/me");
  EXPECT_EQ(found(router, "/authority/me"), "");
  EXPECT_EQ(found(router, "/auth/auth/me"), "");
}

TEST(Router, CollisionsAreFoundAtTheStart) {
  Router router;
  add(router, Method::get, "/v1/auth/me");
  add(router, Method::get, "/users/{id}");
  ASSERT_TRUE(router.alias("/auth", "/v1/auth"));

  EXPECT_THROW(add(router, Method::get, "/v1/auth/me"), std::logic_error);
  EXPECT_THROW(add(router, Method::get, "/users/{id}"), std::logic_error);
  EXPECT_THROW(add(router, Method::post, "/users/{name}"), std::logic_error);
  EXPECT_THROW(add(router, Method::get, "/auth/me"), std::logic_error);
  EXPECT_NO_THROW(add(router, Method::post, "/v1/auth/me"));
}

TEST(Router, AnAliasThatCollidesOrLeadsNowhereIsRefusedWithASentence) {
  Router router;
  add(router, Method::get, "/v1/auth/me");
  add(router, Method::get, "/users/{id}");
  ASSERT_TRUE(router.alias("/auth", "/v1/auth"));

  static constexpr struct {
    const char *prefix, *to, *sentence;
  } cases[] = {{"/auth", "/users", "the aliases /auth and /auth collide: one lies below the other"},
               {"/auth/deeper", "/users", "the aliases /auth and /auth/deeper collide: one lies below the other"},
               {"/v1", "/users", "the alias /v1 would hide routes of that name"},
               {"/users", "/v1/auth", "the alias /users would hide routes of that name"},
               {"/new", "/v1/author", "the alias /new stands for /v1/author, where there is nothing"}};
  for (const auto& [prefix, to, sentence] : cases) {
    const auto refused = router.alias(prefix, to);
    ASSERT_FALSE(refused) << prefix;
    EXPECT_EQ(refused.error().log_detail, sentence);
  }
  EXPECT_EQ(found(router, "/new"), "");
}

TEST(Method, SurvivesItsText) {
  for (const auto* text : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(to_text(parse_method(text)), text);
  }
  EXPECT_EQ(parse_method("get"), Method::other);
  EXPECT_EQ(parse_method("TRACE"), Method::other);
}

}  // namespace
}  // namespace sallyport::transport
