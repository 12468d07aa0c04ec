#pragma once

#include <string_view>

#include "accounts/find_users.h"
#include "sessions/api/wire.h"
#include "transport/exchange.h"

namespace sallyport::accounts::api {

struct UsersAnswer {
  std::vector<sessions::api::UserAnswer> users;
  std::optional<std::string> next_page_token;  ///< absent on the last page
  static constexpr transport::rest::JsonNote notes[] = {
      {"users", "Oldest first."},
      {"next_page_token", "For `page_token` of the next request. Absent on the last page."}};
};
BOOST_DESCRIBE_STRUCT(UsersAnswer, (), (users, next_page_token))

/// Where a page goes on, as clients hold it: behind this account.
std::string page_token(core::AccountId last);
/// Nothing for what is none.
std::optional<core::AccountId> parse_page_token(std::string_view text);

/// The next accounts of a stream of all of them, as `FindUsersHandler::batch`. A stream outlasts the time that a
/// request has: each batch has its own, and the client's leaving ends the writing.
core::Task<core::Result<AccountPage>> next_batch(FindUsersHandler& users, const core::Clock& clock,
                                                 AccountFilter filter);

/// Lists accounts as the query of GET /v1/users asks: `status` and `role` (several by commas or by repetition), `ids`,
/// `query`, `page_size`, `page_token`. As a page in JSON; or, where the client accepts `application/x-ndjson`, all of
/// them from the token on as a stream of lines, in memory that does not grow with their number. Fails with `invalid` /
/// "invalid_fields" and as the directory does; a stream that has begun is broken off then.
core::Task<core::Result<transport::Response>> list_users(FindUsersHandler& users, const core::Clock& clock,
                                                         transport::Exchange& exchange);

}  // namespace sallyport::accounts::api
