#include "app/user_commands.h"

#include <algorithm>

#include "accounts/api/user_documents.h"
#include "app/setup.h"
#include "core/timestamp_text.h"
#include "sessions/api/wire.h"

namespace sallyport::app {

using accounts::Account;
using accounts::AccountStatus;
using core::Fault;
using core::Result;
using core::Task;
using sessions::api::UserAnswer;

struct UserPage {
  std::vector<UserAnswer> users;
  std::optional<std::string> next;  ///< what --after goes on with
};
BOOST_DESCRIBE_STRUCT(UserPage, (), (users, next))

struct UserChange {
  UserAnswer user;
  std::optional<std::int64_t> sessions_ended;
};
BOOST_DESCRIBE_STRUCT(UserChange, (), (user, sessions_ended))

struct DeviceSession {
  std::string id, device_id, device_name, device_type, ip, created_at, last_seen_at, expires_at;
};
BOOST_DESCRIBE_STRUCT(DeviceSession, (),
                      (id, device_id, device_name, device_type, ip, created_at, last_seen_at, expires_at))

struct DeviceSessions {
  std::vector<DeviceSession> sessions;
};
BOOST_DESCRIBE_STRUCT(DeviceSessions, (), (sessions))

namespace {

constexpr std::int64_t usual_limit = 50;

accounts::Mandate by_operator(const Services& services) {
  return {.session = std::nullopt, .now = services.clock.now(), .origin = operator_origin()};
}

/// Wrong fields with a sentence for the operator before them.
template <class T>
Result<T> explained(Result<T> command, const char* sentence) {
  if (!command && command.error().log_detail.empty()) command.error().log_detail = sentence;
  return command;
}

Answer user_answer(Result<Account> account) {
  if (!account) return core::fail(std::move(account));
  return answer(UserChange{sessions::api::to_answer(*account), std::nullopt});
}

Task<Answer> change_status(Services& services, std::string name, AccountStatus status) {
  auto account = co_await find_account(services, std::move(name));
  if (!account) co_return Answer(core::fail(std::move(account)));
  co_return user_answer(co_await services.administer_users.update(
      {.account = account->id, .status = status, .mandate = by_operator(services)}));
}

}  // namespace

Task<Result<Account>> find_account(Services& services, std::string text) {
  if (const auto id = core::AccountId::parse(text)) co_return co_await services.directory.find(*id);
  auto key = accounts::EmailKey::fold(text);
  if (!key)
    co_return Result<Account>(
        core::refuse(Fault::invalid, "account_malformed", "'" + text + "' is neither an id nor an e-mail address"));
  co_return co_await services.directory.find(std::move(*key));
}

Task<Answer> list_users(Services& services, CommandRequest request) {
  accounts::AccountFilter filter{.text = request.query.value_or(""),
                                 .most = static_cast<int>(request.limit.value_or(usual_limit))};
  if (request.status) {
    const auto status = accounts::parse_account_status(*request.status);
    if (!status)
      co_return Answer(
          core::refuse(Fault::invalid, "status_unknown", "--status is pending, active, suspended or deleted"));
    filter.statuses = {*status};
  }
  if (request.role) {
    const auto role = accounts::parse_role(*request.role);
    if (!role) co_return Answer(core::refuse(Fault::invalid, "role_unknown", "--role is admin, user or guest"));
    filter.roles = {*role};
  }
  if (request.after) {
    filter.after = core::AccountId::parse(*request.after);
    if (!filter.after)
      co_return Answer(core::refuse(Fault::invalid, "account_malformed", "--after is the last id of the page before"));
  }
  auto found = co_await services.find_users.page(std::move(filter));
  if (!found) co_return Answer(core::fail(std::move(found)));
  UserPage page;
  for (const auto& account : found->accounts) page.users.push_back(sessions::api::to_answer(account));
  if (found->next) page.next = found->next->str();
  co_return answer(page);
}

Task<Answer> show_user(Services& services, CommandRequest request) {
  auto name = request.account.value_or("");
  if (const auto id = core::AccountId::parse(name)) co_return user_answer(co_await services.find_users.one(*id));
  co_return user_answer(co_await find_account(services, std::move(name)));
}

Task<Answer> create_user(Services& services, CommandRequest request) {
  auto command = explained(accounts::api::to_command({.email = request.email.value_or(""),
                                                      .display_name = std::move(request.display_name),
                                                      .role = std::move(request.role),
                                                      .locale = std::move(request.locale),
                                                      .timezone = std::move(request.timezone),
                                                      .password = std::move(request.password)},
                                                     services.policy, by_operator(services), 0, {}),
                           "the account cannot be made");
  if (!command) co_return Answer(core::fail(std::move(command)));
  auto created = co_await services.create_user(std::move(*command));
  if (created && created->role == accounts::Role::admin && created->has_password)
    remove_setup_file(services.data.path());
  co_return user_answer(std::move(created));
}

Task<Answer> invite_user(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  co_return user_answer(co_await services.invite_user(
      {.account = account->id, .inviter = std::nullopt, .mandate = by_operator(services)}));
}

Task<Answer> update_user(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  const auto cleared = request.clear.value_or(std::vector<std::string>{});
  const auto field = [&](std::string_view name, std::optional<std::string> value) {
    using Member = std::optional<std::optional<std::string>>;
    if (std::ranges::find(cleared, name) != cleared.end()) return Member(std::optional<std::string>());
    return value ? Member(std::move(value)) : Member();
  };
  auto change =
      explained(accounts::api::to_command({.display_name = field("display-name", std::move(request.display_name)),
                                           .locale = field("locale", std::move(request.locale)),
                                           .timezone = field("timezone", std::move(request.timezone)),
                                           .email = field("", std::move(request.email)),
                                           .role = field("", std::move(request.role)),
                                           .status = std::nullopt},
                                          account->id, by_operator(services), {}),
                "the account cannot be changed");
  if (!change) co_return Answer(core::fail(std::move(change)));
  co_return user_answer(co_await services.administer_users.update(std::move(*change)));
}

Task<Answer> set_user_password(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  const auto typed = std::move(request.password).value_or(core::Secret(""));
  auto password = accounts::Password::parse(typed.reveal());
  if (!password)
    co_return Answer(std::unexpected(core::Error{.fault = Fault::invalid,
                                                 .code = "invalid_fields",
                                                 .fields = {{"password", password.error().code}},
                                                 .log_detail = "the password cannot be set"}));
  co_return user_answer(co_await services.set_user_password(
      {.account = account->id, .password = std::move(*password), .mandate = by_operator(services)}));
}

Task<Answer> suspend_user(Services& services, CommandRequest request) {
  return change_status(services, request.account.value_or(""), AccountStatus::suspended);
}
Task<Answer> activate_user(Services& services, CommandRequest request) {
  return change_status(services, request.account.value_or(""), AccountStatus::active);
}

Task<Answer> delete_user(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  co_return user_answer(co_await services.administer_users.remove(account->id, by_operator(services)));
}

Task<Answer> restore_user(Services& services, CommandRequest request) {
  const auto id = core::AccountId::parse(request.account.value_or(""));
  if (!id)
    co_return Answer(
        core::refuse(Fault::invalid, "account_malformed",
                     "a deleted account has only its id; 'sallyport user list --status deleted' shows it"));
  co_return user_answer(co_await services.administer_users.restore(*id, by_operator(services)));
}

Task<Answer> list_user_sessions(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  auto found = co_await services.directory.sessions_of(account->id, services.clock.now());
  if (!found) co_return Answer(core::fail(std::move(found)));
  DeviceSessions list;
  for (const auto& listed : *found) {
    const auto& session = listed.session;
    list.sessions.push_back({session.id.str(), session.device_id, listed.device_name, listed.device_type, listed.ip,
                             core::to_rfc3339(session.created_at), core::to_rfc3339(session.last_seen_at),
                             core::to_rfc3339(session.expires_at)});
  }
  co_return answer(list);
}

Task<Answer> revoke_user_sessions(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  auto ended = co_await services.administer_users.end_sessions(account->id, by_operator(services));
  if (!ended) co_return Answer(core::fail(std::move(ended)));
  co_return answer(UserChange{sessions::api::to_answer(*account), *ended});
}

}  // namespace sallyport::app
