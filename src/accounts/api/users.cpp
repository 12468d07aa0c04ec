#include "accounts/api/users.h"

#include "accounts/api/user_documents.h"
#include "accounts/api/user_list.h"
#include "sessions/api/wire.h"
#include "transport/rest/json_body.h"

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

using OfOneAccount = Task<Result<Response>> (*)(const UserRoutes&, Exchange&, core::AccountId, SharedView);

}  // namespace

void add_user_routes(transport::Router& router, const UserRoutes& to) {
  const auto add = [&](Method method, std::string pattern, sessions::api::CallerHandler handler) {
    auto guarded = method == Method::get
                       ? sessions::api::for_administrators(to.authenticate, to.jar, std::move(handler))
                       : sessions::api::for_fresh_administrators(to.authenticate, to.jar, to.clock, std::move(handler));
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler = std::move(guarded),
                .cookies = transport::Cookies::used});
  };
  const auto add_for_one = [&](Method method, std::string pattern, OfOneAccount answer) {
    add(method, std::move(pattern), [to, answer](Exchange& exchange, const Parameters& parameters, SharedView view) {
      const auto id = core::AccountId::parse(parameters["id"]);
      return id ? answer(to, exchange, *id, std::move(view)) : no_such_account();
    });
  };
  add(Method::get, "/v1/users",
      [to](Exchange& exchange, const Parameters&, SharedView) { return list_users(to.find, to.clock, exchange); });
  add(Method::post, "/v1/users",
      [to](Exchange& exchange, const Parameters&, SharedView view) { return create(to, exchange, std::move(view)); });
  add_for_one(Method::get, "/v1/users/{id}", show);
  add_for_one(Method::patch, "/v1/users/{id}", update);
  add_for_one(Method::delete_, "/v1/users/{id}", remove);
  add_for_one(Method::put, "/v1/users/{id}/password", set_password);
  add_for_one(Method::post, "/v1/users/{id}/restore", restore);
  add_for_one(Method::post, "/v1/users/{id}/invitation", invite);
  add_for_one(Method::delete_, "/v1/users/{id}/sessions", end_sessions);
}

}  // namespace sallyport::accounts::api
