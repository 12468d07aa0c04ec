#include "sessions/refresh.h"

#include <gtest/gtest.h>

#include "sessions/people_for_test.h"

namespace sallyport::sessions {
namespace {

using std::chrono::days;
using std::chrono::minutes;

class RefreshTest : public testing::Test {
 protected:
  core::Result<Refreshed> refresh(const core::Secret& token) {
    return people.loop.run(handler({.refresh_token = token.duplicate(), .client = People::client}));
  }
  static std::string_view code_of(const core::Result<Refreshed>& result) { return result ? "" : result.error().code; }

  People people;
  RefreshHandler handler{people.sessions, people.cache, *people.mint, people.clock};
  const SignedIn signed_in = people.run_sign_in(People::command()).value();
};

TEST_F(RefreshTest, TradesATokenForItsSuccessorAndAnAccessToken) {
  people.clock.advance(days{1});

  const auto refreshed = refresh(signed_in.refresh_token).value();

  EXPECT_EQ(refreshed.view.session.id, signed_in.view.session.id);
  EXPECT_EQ(refreshed.view.session.expires_at, people.clock.now() + people.mint->lifetimes().sliding);
  EXPECT_EQ(people.mint.access_tokens().verify(refreshed.access_token)->session, signed_in.view.session.id);
  EXPECT_EQ(refreshed.access_token_lifetime, people.mint->lifetimes().access_token);
  EXPECT_EQ(code_of(refresh(*refreshed.refresh_token)), "");
}

TEST_F(RefreshTest, ARetryWithinTheGraceTimeGetsTheSameToken) {
  const auto first = refresh(signed_in.refresh_token).value();
  people.clock.advance(std::chrono::seconds{9});

  const auto again = refresh(signed_in.refresh_token).value();

  EXPECT_EQ(again.refresh_token->reveal(), first.refresh_token->reveal());
}

TEST_F(RefreshTest, AnOldTokenEndsTheSession) {
  const auto current = refresh(signed_in.refresh_token).value();
  people.clock.advance(minutes{1});

  EXPECT_EQ(code_of(refresh(signed_in.refresh_token)), "refresh_token_reused");

  EXPECT_EQ(code_of(refresh(*current.refresh_token)), "session_expired");
}

TEST_F(RefreshTest, ACachedSessionThatReuseEndedIsForgottenBeforeTheAnswer) {
  const auto& id = signed_in.view.session.id;
  refresh(signed_in.refresh_token).value();
  people.clock.advance(minutes{1});
  people.loop.run(people.cache.poll()).value();
  people.loop.run(people.cache.find(id)).value();

  ASSERT_EQ(code_of(refresh(signed_in.refresh_token)), "refresh_token_reused");

  EXPECT_EQ(people.loop.run(people.cache.find(id)).error().code, "session_expired");
}

TEST_F(RefreshTest, WhatIsNoTokenOfOursIsInvalidAndEndsNothing) {
  std::string forged(signed_in.refresh_token.reveal());
  forged.back() = forged.back() == 'A' ? 'E' : 'A';

  EXPECT_EQ(code_of(refresh(core::Secret(forged))), "refresh_token_invalid");
  EXPECT_EQ(code_of(refresh(core::Secret("spr_"))), "refresh_token_invalid");

  EXPECT_EQ(code_of(refresh(signed_in.refresh_token)), "");
}

TEST_F(RefreshTest, ASuspendedAccountGetsNothing) {
  people.set_status(accounts::AccountStatus::suspended);

  EXPECT_EQ(code_of(refresh(signed_in.refresh_token)), "session_expired");
}

TEST_F(RefreshTest, ByCookieTheSessionSlidesAndTheRefreshTokenStays) {
  people.clock.advance(days{2});

  const auto slid = people.loop.run(handler.slide(std::make_shared<const SessionView>(signed_in.view))).value();

  EXPECT_EQ(slid.view.session.expires_at, people.clock.now() + people.mint->lifetimes().sliding);
  EXPECT_FALSE(slid.refresh_token);
  EXPECT_EQ(people.mint.access_tokens().verify(slid.access_token)->account, people.account);
  EXPECT_EQ(code_of(refresh(signed_in.refresh_token)), "");
}

TEST_F(RefreshTest, ASessionThatEndedDoesNotSlide) {
  people.set_status(accounts::AccountStatus::suspended);

  EXPECT_EQ(code_of(people.loop.run(handler.slide(std::make_shared<const SessionView>(signed_in.view)))),
            "session_expired");
}

}  // namespace
}  // namespace sallyport::sessions
