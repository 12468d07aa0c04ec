#include "accounts/api/users.h"

#include "accounts/api/user_documents.h"
#include "accounts/api/user_list.h"
#include "sessions/api/wire.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using sessions::SharedView;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;

struct SessionsEndedAnswer {
  std::int64_t revoked = 0;
  static constexpr transport::rest::JsonNote notes[] = {{"revoked", "How many sessions ended.", "", "2"}};
};
BOOST_DESCRIBE_STRUCT(SessionsEndedAnswer, (), (revoked))

namespace {

Mandate mandate_of(const UserRoutes& to, const Exchange& exchange, const sessions::SessionView& view) {
  return {.session = view.session.id, .now = to.clock.now(), .origin = sessions::api::client_of(exchange).origin};
}

Response user_answer(int status, const Account& account) {
  return transport::rest::json_answer(status, sessions::api::to_answer(account));
}

Result<Response> answered(Result<Account> account) {
  if (!account) return core::fail(std::move(account));
  return user_answer(200, *account);
}

Task<Result<Response>> show(const UserRoutes& to, Exchange&, core::AccountId id, SharedView) {
  co_return answered(co_await to.find.one(id));
}

Task<Result<Response>> create(const UserRoutes& to, Exchange& exchange, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<CreateUserRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto command = to_command(std::move(*request), to.policy, mandate_of(to, exchange, *view),
                            sessions::api::client_of(exchange).network, std::move(wrong));
  if (!command) co_return Result<Response>(core::fail(std::move(command)));
  command->inviter = view->account.display_name;
  auto created = co_await to.create(std::move(*command));
  if (!created) co_return Result<Response>(core::fail(std::move(created)));
  auto response = user_answer(201, *created);
  response.fields.push_back({"Location", "/v1/users/" + created->id.str()});
  co_return response;
}

Task<Result<Response>> update(const UserRoutes& to, Exchange& exchange, core::AccountId id, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<ChangeUserRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto change = to_command(std::move(*request), id, mandate_of(to, exchange, *view), std::move(wrong));
  if (!change) co_return Result<Response>(core::fail(std::move(change)));
  co_return answered(co_await to.administer.update(std::move(*change)));
}

Task<Result<Response>> set_password(const UserRoutes& to, Exchange& exchange, core::AccountId id, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<SetPasswordRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto password = transport::rest::parse_field<Password>("password", request->password.reveal(), wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto done = co_await to.set_password({.account = id,
                                        .password = std::move(*password),
                                        .mandate = mandate_of(to, exchange, *view),
                                        .network = sessions::api::client_of(exchange).network});
  if (!done) co_return Result<Response>(core::fail(std::move(done)));
  co_return Response::no_content();
}

Task<Result<Response>> remove(const UserRoutes& to, Exchange& exchange, core::AccountId id, SharedView view) {
  auto removed = co_await to.administer.remove(id, mandate_of(to, exchange, *view));
  if (!removed) co_return Result<Response>(core::fail(std::move(removed)));
  co_return Response::no_content();
}

Task<Result<Response>> restore(const UserRoutes& to, Exchange& exchange, core::AccountId id, SharedView view) {
  co_return answered(co_await to.administer.restore(id, mandate_of(to, exchange, *view)));
}

Task<Result<Response>> invite(const UserRoutes& to, Exchange& exchange, core::AccountId id, SharedView view) {
  auto invited = co_await to.invite(
      {.account = id, .inviter = view->account.display_name, .mandate = mandate_of(to, exchange, *view)});
  if (!invited) co_return Result<Response>(core::fail(std::move(invited)));
  co_return Response::no_content();
}

Task<Result<Response>> end_sessions(const UserRoutes& to, Exchange& exchange, core::AccountId id, SharedView view) {
  auto ended = co_await to.administer.end_sessions(id, mandate_of(to, exchange, *view));
  if (!ended) co_return Result<Response>(core::fail(std::move(ended)));
  co_return transport::rest::json_answer(200, SessionsEndedAnswer{.revoked = *ended});
}

Task<Result<Response>> no_such_account() {
  co_return Result<Response>(core::fail(core::Fault::not_found, "account_not_found"));
}

using transport::Access;
using transport::DescribedParameter;
using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;
using transport::rest::JsonKind;
using UserAnswer = sessions::api::UserAnswer;

constexpr DescribedParameter account_id{
    .in = DescribedParameter::In::path, .name = "id", .text = "Of the account.", .format = "uuid"};

constexpr RouteDescription list_described{
    .name = "list_users",
    .group = RouteGroup::administration,
    .summary = "List accounts",
    .text =
        "Oldest first, in pages. With `Accept: application/x-ndjson` all of them, a line of JSON each, as a stream.",
    .access = Access::administrator,
    .parameters = {{.in = DescribedParameter::In::query,
                    .name = "status",
                    .text = "Only those that are pending, active, suspended or deleted; several separated by commas.",
                    .example = "active,pending"},
                   {.in = DescribedParameter::In::query,
                    .name = "role",
                    .text = "Only those that are admin, user or guest; several separated by commas.",
                    .example = "admin"},
                   {.in = DescribedParameter::In::query,
                    .name = "ids",
                    .text = "Only these, at most 1,000, separated by commas."},
                   {.in = DescribedParameter::In::query,
                    .name = "query",
                    .text = "Only those with this in their address or name.",
                    .limit = {.member = {}, .max = 255}},
                   {.in = DescribedParameter::In::query,
                    .name = "page_size",
                    .text = "How many at most; without it, 50.",
                    .example = "50",
                    .kind = JsonKind::int32,
                    .limit = {.member = {}, .min = 1, .max = 1'000}},
                   {.in = DescribedParameter::In::query,
                    .name = "page_token",
                    .text = "The `next_page_token` of the page before."}},
    .answers = {{.status = 200, .text = "A page, or the stream.", .document = &json_schema<UsersAnswer>},
                {.status = 200,
                 .text = "A page, or the stream.",
                 .document = &json_schema<UserAnswer>,
                 .media_type = "application/x-ndjson"}},
    .errors = {{422, "invalid_fields"}}};

constexpr RouteDescription create_described{
    .name = "create_user",
    .group = RouteGroup::administration,
    .summary = "Create an account",
    .text = "With a password it is active. Without one it is pending, and its owner is mailed an invitation.",
    .access = Access::freshly_an_administrator,
    .body = {.document = &json_schema<CreateUserRequest>},
    .answers = {{.status = 201, .text = "The account.", .document = &json_schema<UserAnswer>, .headers = {"Location"}}},
    .errors = {{409, "identifier_taken"}}};

constexpr RouteDescription show_described{
    .name = "get_user",
    .group = RouteGroup::administration,
    .summary = "Show an account",
    .access = Access::administrator,
    .parameters = {account_id},
    .answers = {{.status = 200, .text = "The account.", .document = &json_schema<UserAnswer>}},
    .errors = {{404, "account_not_found"}}};

constexpr RouteDescription update_described{
    .name = "update_user",
    .group = RouteGroup::administration,
    .summary = "Change an account",
    .text = "A merge patch (RFC 7396): null clears what can be cleared, and what is left out stays.",
    .access = Access::freshly_an_administrator,
    .parameters = {account_id},
    .body = {.document = &json_schema<ChangeUserRequest>},
    .answers = {{.status = 200, .text = "The account as it is now.", .document = &json_schema<UserAnswer>}},
    .errors = {
        {404, "account_not_found"}, {409, "identifier_taken"}, {409, "last_administrator"}, {409, "password_missing"}}};

constexpr RouteDescription remove_described{
    .name = "delete_user",
    .group = RouteGroup::administration,
    .summary = "Delete an account",
    .text = "Ends every session; the address is free again. It can be restored until it is erased some weeks later.",
    .access = Access::freshly_an_administrator,
    .parameters = {account_id},
    .answers = {{.status = 204, .text = "The account is deleted."}},
    .errors = {{404, "account_not_found"}, {409, "last_administrator"}}};

constexpr RouteDescription set_password_described{
    .name = "set_user_password",
    .group = RouteGroup::administration,
    .summary = "Set somebody's password",
    .text = "Ends every session of the account, and tells its owner by mail.",
    .access = Access::freshly_an_administrator,
    .parameters = {account_id},
    .body = {.document = &json_schema<SetPasswordRequest>},
    .answers = {{.status = 204, .text = "The password is set."}},
    .errors = {{404, "account_not_found"}}};

constexpr RouteDescription restore_described{
    .name = "restore_user",
    .group = RouteGroup::administration,
    .summary = "Bring a deleted account back",
    .access = Access::freshly_an_administrator,
    .parameters = {account_id},
    .answers = {{.status = 200, .text = "The account as it is now.", .document = &json_schema<UserAnswer>}},
    .errors = {{404, "account_not_found"}, {409, "identifier_taken"}, {409, "not_deleted"}}};

constexpr RouteDescription invite_described{.name = "invite_user",
                                            .group = RouteGroup::administration,
                                            .summary = "Mail an invitation again",
                                            .text = "The link of the one before is of no use from then on.",
                                            .access = Access::freshly_an_administrator,
                                            .parameters = {account_id},
                                            .answers = {{.status = 204, .text = "The mail is on its way."}},
                                            .errors = {{404, "account_not_found"}, {409, "not_invited"}}};

constexpr RouteDescription end_sessions_described{
    .name = "end_user_sessions",
    .group = RouteGroup::administration,
    .summary = "Sign somebody out everywhere",
    .access = Access::freshly_an_administrator,
    .parameters = {account_id},
    .answers = {{.status = 200, .text = "How many ended.", .document = &json_schema<SessionsEndedAnswer>}},
    .errors = {{404, "account_not_found"}}};

using OfOneAccount = Task<Result<Response>> (*)(const UserRoutes&, Exchange&, core::AccountId, SharedView);

}  // namespace

void add_user_routes(transport::Router& router, const UserRoutes& to) {
  const auto add = [&](Method method, std::string pattern, sessions::api::CallerHandler handler,
                       const RouteDescription& description) {
    auto guarded = method == Method::get
                       ? sessions::api::for_administrators(to.authenticate, to.jar, std::move(handler))
                       : sessions::api::for_fresh_administrators(to.authenticate, to.jar, to.clock, std::move(handler));
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler = std::move(guarded),
                .cookies = transport::Cookies::used,
                .description = &description});
  };
  const auto add_for_one = [&](Method method, std::string pattern, OfOneAccount answer,
                               const RouteDescription& description) {
    add(
        method, std::move(pattern),
        [to, answer](Exchange& exchange, const Parameters& parameters, SharedView view) {
          const auto id = core::AccountId::parse(parameters["id"]);
          return id ? answer(to, exchange, *id, std::move(view)) : no_such_account();
        },
        description);
  };
  add(
      Method::get, "/v1/users",
      [to](Exchange& exchange, const Parameters&, SharedView) { return list_users(to.find, to.clock, exchange); },
      list_described);
  add(
      Method::post, "/v1/users",
      [to](Exchange& exchange, const Parameters&, SharedView view) { return create(to, exchange, std::move(view)); },
      create_described);
  add_for_one(Method::get, "/v1/users/{id}", show, show_described);
  add_for_one(Method::patch, "/v1/users/{id}", update, update_described);
  add_for_one(Method::delete_, "/v1/users/{id}", remove, remove_described);
  add_for_one(Method::put, "/v1/users/{id}/password", set_password, set_password_described);
  add_for_one(Method::post, "/v1/users/{id}/restore", restore, restore_described);
  add_for_one(Method::post, "/v1/users/{id}/invitation", invite, invite_described);
  add_for_one(Method::delete_, "/v1/users/{id}/sessions", end_sessions, end_sessions_described);
}

}  // namespace sallyport::accounts::api
