#include "accounts/api/delete_account.h"

#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using sessions::SharedView;
using transport::Exchange;
using transport::Parameters;
using transport::Response;

struct DeleteAccountRequest {
  std::optional<core::Secret> current_password;
  static constexpr transport::rest::JsonNote notes[] = {
      {"current_password", "Not needed right after a fresh proof of who asks.", "", "correct-Horse-7-battery"}};
};
BOOST_DESCRIBE_STRUCT(DeleteAccountRequest, (), (current_password))

namespace {

/// The password, if the request brings one: DELETE may come without a body.
Task<Result<std::optional<Password>>> read_password(const DeleteAccountRoutes& to, Exchange& exchange) {
  using Read = Result<std::optional<Password>>;
  auto body = co_await exchange.read_body(to.body_limit);
  if (!body) co_return Read(core::fail(std::move(body)));
  if (body->empty()) co_return Read(std::nullopt);
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<DeleteAccountRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Read(core::fail(std::move(request)));
  std::optional<Password> password;
  if (request->current_password)
    password = transport::rest::parse_field<Password>("current_password", request->current_password->reveal(), wrong);
  if (!wrong.empty()) co_return Read(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  co_return Read(std::move(password));
}

Task<Result<Response>> delete_own(const DeleteAccountRoutes& to, Exchange& exchange, SharedView view) {
  auto password = co_await read_password(to, exchange);
  if (!password) co_return Result<Response>(core::fail(std::move(password)));
  auto deleted = co_await to.delete_account(
      {.view = std::move(view), .current = std::move(*password), .client = sessions::api::client_of(exchange)});
  if (!deleted && deleted.error().code == "wrong_password")
    deleted.error().fields.push_back({"current_password", "wrong"});
  if (!deleted) co_return Result<Response>(core::fail(std::move(deleted)));
  auto response = Response::no_content();
  response.fields.push_back({"Set-Cookie", to.jar.clear(to.jar.session_name())});
  co_return response;
}

constexpr transport::RouteDescription delete_described{
    .name = "delete_own_account",
    .group = transport::RouteGroup::own_account,
    .summary = "Delete the account",
    .text =
        "Ends every session. What is left of the account is erased some weeks later; until then an administrator "
        "can bring it back.",
    .access = transport::Access::signed_in,
    .body = {.document = &transport::rest::json_schema<DeleteAccountRequest>, .is_optional = true},
    .answers = {{.status = 204, .text = "The account is deleted.", .headers = {"Set-Cookie"}}},
    .errors = {
        {403, "fresh_authentication_required"}, {403, "wrong_password"}, {409, "last_administrator"}, {429, "locked"}}};

}  // namespace

void add_delete_account_routes(transport::Router& router, const DeleteAccountRoutes& to) {
  router.add({.method = transport::Method::delete_,
              .pattern = "/v1/auth/me",
              .handler = sessions::api::signed_in(to.authenticate, to.jar,
                                                  [to](Exchange& exchange, const Parameters&, SharedView view) {
                                                    return delete_own(to, exchange, std::move(view));
                                                  }),
              .cookies = transport::Cookies::used,
              .rate = transport::RateClass::sign_in,
              .description = &delete_described});
}

}  // namespace sallyport::accounts::api
