#include "accounts/api/password.h"

#include "crypto/digest.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::accounts::api {

using core::Result;
using core::Task;
using sessions::SharedView;
using transport::Exchange;
using transport::Parameters;
using transport::Response;
using transport::rest::parse_field;

struct ChangePasswordRequest {
  core::Secret current_password{""};
  core::Secret new_password{""};
  static constexpr transport::rest::JsonNote notes[] = {
      {"current_password", "", "", "correct-Horse-7-battery"},
      {"new_password", "Long and not easy to guess; not the current one.", "", "purple-Kettle-19-harbour"}};
};
BOOST_DESCRIBE_STRUCT(ChangePasswordRequest, (), (current_password, new_password))

struct ReauthenticateRequest {
  core::Secret password{""};
  static constexpr transport::rest::JsonNote notes[] = {{"password", "", "", "correct-Horse-7-battery"}};
};
BOOST_DESCRIBE_STRUCT(ReauthenticateRequest, (), (password))

namespace {

void judge(const PasswordPolicy& policy, const Password& next, const std::optional<Password>& current,
           const Account& account, std::vector<core::FieldError>& wrong) {
  static constexpr std::string_view field = "new_password";
  const auto owner = Email::parse(account.email);
  std::ranges::move(policy.violations(next, owner ? &*owner : nullptr, field), std::back_inserter(wrong));
  if (current && crypto::equal(current->secret().reveal_bytes(), next.secret().reveal_bytes()))
    wrong.push_back({field, "same_as_current"});
}

/// The answer of a command that needed the password given in `field`.
template <class Done>
Result<Response> answered(Result<Done> done, std::string_view field) {
  if (done) return Response::no_content();
  return std::unexpected(with_wrong_password(std::move(done).error(), field));
}

Task<Result<Response>> change_password(const PasswordRoutes& to, Exchange& exchange, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<ChangePasswordRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto command = to_command(to.policy, view, request->current_password, request->new_password,
                            sessions::api::client_of(exchange), std::move(wrong));
  if (!command) co_return Result<Response>(core::fail(std::move(command)));
  auto changed = co_await to.change_password(std::move(*command));
  if (!changed) co_return answered(std::move(changed), "current_password");
  auto response = Response::no_content();
  const auto text = next_device_token(to.keyring, *view, *changed, to.clock.now());
  response.fields.push_back(
      {"Set-Cookie", to.jar.set(to.jar.device_name(), text.reveal(), sessions::DeviceToken::lifetime)});
  co_return response;
}

Task<Result<Response>> reauthenticate(const PasswordRoutes& to, Exchange& exchange, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<ReauthenticateRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  auto password = parse_field<Password>("password", request->password.reveal(), wrong);
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto moved = co_await to.reauthenticate(
      {.view = std::move(view), .password = std::move(*password), .client = sessions::api::client_of(exchange)});
  co_return answered(std::move(moved), "password");
}

constexpr transport::RouteDescription change_described{
    .name = "change_own_password",
    .group = transport::RouteGroup::own_account,
    .summary = "Change the password",
    .text = "Every other session ends, and the owner hears of it by mail.",
    .access = transport::Access::signed_in,
    .body = {.document = &transport::rest::json_schema<ChangePasswordRequest>},
    .answers = {{.status = 204, .text = "The password is changed.", .headers = {"Set-Cookie"}}},
    .errors = {{403, "wrong_password"}, {409, "verifier_changed"}, {429, "locked"}}};

constexpr transport::RouteDescription reauthenticate_described{
    .name = "reauthenticate",
    .group = transport::RouteGroup::signing_in,
    .summary = "Prove again who is there",
    .text = "For some minutes after this, the session may do what needs a fresh proof, such as an export.",
    .access = transport::Access::signed_in,
    .body = {.document = &transport::rest::json_schema<ReauthenticateRequest>},
    .answers = {{.status = 204, .text = "The session counts as freshly signed in."}},
    .errors = {{403, "wrong_password"}, {429, "locked"}}};

}  // namespace

core::Error with_wrong_password(core::Error error, std::string_view field) {
  if (error.code == "wrong_password") error.fields.push_back({field, "wrong"});
  return error;
}

Result<ChangePassword> to_command(const PasswordPolicy& policy, SharedView view, const core::Secret& current_text,
                                  const core::Secret& next_text, sessions::Client client,
                                  std::vector<core::FieldError> wrong) {
  auto current = parse_field<Password>("current_password", current_text.reveal(), wrong);
  auto next = parse_field<Password>("new_password", next_text.reveal(), wrong);
  if (next) judge(policy, *next, current, view->account, wrong);
  if (!wrong.empty()) return std::unexpected(transport::rest::invalid_fields(std::move(wrong)));
  return ChangePassword{
      .view = std::move(view), .current = std::move(*current), .next = std::move(*next), .client = std::move(client)};
}

core::Secret next_device_token(const crypto::Keyring& keyring, const sessions::SessionView& view,
                               std::int64_t credential_version, core::Timestamp now) {
  return sessions::DeviceToken::make(keyring, view.account.id, credential_version, view.session.device_id, now).text();
}

void add_password_routes(transport::Router& router, const PasswordRoutes& to) {
  const auto route = [&](std::string pattern,
                         Task<Result<Response>> (*answer)(const PasswordRoutes&, Exchange&, SharedView),
                         const transport::RouteDescription& description) {
    router.add(
        {.method = transport::Method::post,
         .pattern = std::move(pattern),
         .handler = sessions::api::signed_in(to.authenticate, to.jar,
                                             [to, answer](Exchange& exchange, const Parameters&, SharedView view) {
                                               return answer(to, exchange, std::move(view));
                                             }),
         .cookies = transport::Cookies::used,
         .rate = transport::RateClass::sign_in,
         .description = &description});
  };
  route("/v1/auth/password", change_password, change_described);
  route("/v1/auth/reauthenticate", reauthenticate, reauthenticate_described);
}

}  // namespace sallyport::accounts::api
