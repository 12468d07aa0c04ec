#include "app/commands.h"

#include "accounts/create_administrator.h"
#include "adapters/sqlite/backup.h"
#include "app/audit_commands.h"
#include "app/command_answer.h"
#include "app/key_commands.h"
#include "app/keys.h"
#include "app/mail_commands.h"
#include "app/route_commands.h"
#include "app/setup.h"
#include "core/hex.h"
#include "core/timestamp_text.h"
#include "sessions/api/wire.h"
#include "transport/rest/json_decoder.h"

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

struct AuditEvent {
  std::string at, event;
  std::optional<std::string> account, session;
  std::string ip, stream;
  std::int64_t sequence = 0;
};
BOOST_DESCRIBE_STRUCT(AuditEvent, (), (at, event, account, session, ip, stream, sequence))

struct AuditEvents {
  std::vector<AuditEvent> events;
};
BOOST_DESCRIBE_STRUCT(AuditEvents, (), (events))

struct SetupTokenMade {
  std::string token;  ///< for the operator's eyes: the answer goes to nobody else
  std::string expires_at;
};
BOOST_DESCRIBE_STRUCT(SetupTokenMade, (), (token, expires_at))

struct BackupMade {
  std::string file;
  std::int64_t bytes = 0;
};
BOOST_DESCRIBE_STRUCT(BackupMade, (), (file, bytes))

namespace {

constexpr std::int64_t usual_limit = 50;

Task<Result<Account>> find_account(Services& services, std::string text) {
  if (const auto id = core::AccountId::parse(text)) co_return co_await services.directory.find(*id);
  auto key = accounts::EmailKey::fold(text);
  if (!key)
    co_return Result<Account>(
        core::refuse(Fault::invalid, "account_malformed", "'" + text + "' is neither an id nor an e-mail address"));
  co_return co_await services.directory.find(std::move(*key));
}

Task<Answer> list_users(Services& services, CommandRequest request) {
  accounts::AccountFilter filter{.status = std::nullopt,
                                 .text = request.query.value_or(""),
                                 .after = std::nullopt,
                                 .most = static_cast<int>(request.limit.value_or(usual_limit))};
  if (request.status) {
    for (const auto status : {AccountStatus::pending, AccountStatus::active, AccountStatus::suspended}) {
      if (accounts::to_text(status) == *request.status) filter.status = status;
    }
    if (!filter.status)
      co_return Answer(core::refuse(Fault::invalid, "status_unknown", "--status is pending, active or suspended"));
  }
  if (request.after) {
    filter.after = core::AccountId::parse(*request.after);
    if (!filter.after)
      co_return Answer(core::refuse(Fault::invalid, "account_malformed", "--after is the last id of the page before"));
  }
  const auto most = static_cast<std::size_t>(filter.most);
  auto found = co_await services.directory.list(std::move(filter));
  if (!found) co_return Answer(core::fail(std::move(found)));
  UserPage page;
  for (const auto& account : *found) page.users.push_back(sessions::api::to_answer(account));
  if (found->size() == most) page.next = page.users.back().id;
  co_return answer(page);
}

Task<Answer> show_user(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  co_return answer(UserChange{sessions::api::to_answer(*account), std::nullopt});
}

Task<Answer> change_status(Services& services, std::string name, AccountStatus status) {
  auto account = co_await find_account(services, std::move(name));
  if (!account) co_return Answer(core::fail(std::move(account)));
  auto changed = co_await services.accounts.set_status(account->id, status, services.clock.now(), operator_origin());
  services.cache.invalidate(account->id);  // after the commit, before the answer
  if (!changed) co_return Answer(core::fail(std::move(changed)));
  co_return answer(UserChange{sessions::api::to_answer(*changed), std::nullopt});
}

Task<Answer> suspend_user(Services& services, CommandRequest request) {
  return change_status(services, request.account.value_or(""), AccountStatus::suspended);
}
Task<Answer> activate_user(Services& services, CommandRequest request) {
  return change_status(services, request.account.value_or(""), AccountStatus::active);
}
Task<Answer> delete_user(Services& services, CommandRequest request) {
  return change_status(services, request.account.value_or(""), AccountStatus::deleted);
}

Task<Answer> list_sessions(Services& services, CommandRequest request) {
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

Task<Answer> sign_out_user(Services& services, CommandRequest request) {
  auto account = co_await find_account(services, request.account.value_or(""));
  if (!account) co_return Answer(core::fail(std::move(account)));
  auto ended = co_await services.accounts.end_sessions(account->id, services.clock.now(), operator_origin());
  services.cache.invalidate(account->id);
  if (!ended) co_return Answer(core::fail(std::move(ended)));
  co_return answer(UserChange{sessions::api::to_answer(*account), *ended});
}

Task<Answer> create_administrator(Services& services, CommandRequest request) {
  accounts::CreateAdministratorHandler create(services.accounts, services.hash_pool, services.policy, services.clock,
                                              services.random);
  auto made = co_await create({.email = request.email.value_or(""),
                               .password = std::move(request.password).value_or(core::Secret("")),
                               .display_name = std::move(request.display_name),
                               .origin = operator_origin()});
  if (!made) co_return Answer(core::fail(std::move(made)));
  remove_setup_file(services.data.path());
  auto account = co_await services.directory.find(*made);
  if (!account) co_return Answer(core::fail(std::move(account)));
  co_return answer(UserChange{sessions::api::to_answer(*account), std::nullopt});
}

Task<Answer> make_setup_token(Services& services, CommandRequest) {
  auto made = co_await services.make_setup_token(accounts::SetupTokenMaker::operator_command, operator_origin());
  if (!made) co_return Answer(core::fail(std::move(made)));
  remove_setup_file(services.data.path());  // the token in it was replaced
  co_return answer(SetupTokenMade{std::string(made->text.reveal()), core::to_rfc3339(made->expires_at)});
}

Task<Answer> list_audit(Services& services, CommandRequest request) {
  std::optional<core::AccountId> about;
  if (request.account) {
    about = core::AccountId::parse(*request.account);  // of deleted ones too
    if (!about) {
      auto account = co_await find_account(services, *request.account);
      if (!account) co_return Answer(core::fail(std::move(account)));
      about = account->id;
    }
  }
  auto found = co_await services.audit_log.recent(about, static_cast<int>(request.limit.value_or(usual_limit)));
  if (!found) co_return Answer(core::fail(std::move(found)));
  const auto text = [](const auto& id) { return id ? std::optional(id->str()) : std::nullopt; };
  AuditEvents list;
  for (auto& row : *found) {
    list.events.push_back({core::to_rfc3339(row.at), std::move(row.event), text(row.account), text(row.session),
                           std::move(row.ip), core::to_hex(row.stream), row.sequence});
  }
  co_return answer(list);
}

Task<Answer> verify_log(Services& services, CommandRequest request) {
  return verify_audit(services, std::move(request.files).value_or(std::vector<std::string>{}));
}
Task<Answer> make_checkpoint(Services& services, CommandRequest) { return export_checkpoint(services); }

Task<Answer> back_up(Services& services, CommandRequest request) {
  BackupMade made{.file = request.file.value_or("")};
  if (!made.file.starts_with('/'))
    co_return Answer(core::refuse(Fault::invalid, "file_not_absolute", "the backup's name is not absolute"));
  auto bytes = co_await services.operators_reader.submit<std::int64_t>([&services, file = made.file](sqlite::Queries&) {
    return sqlite::back_up(services.database_file(), file, services.is_ending);
  });
  if (!bytes) co_return Answer(core::fail(std::move(bytes)));
  made.bytes = *bytes;
  co_return answer(made);
}

Task<Answer> list_outbox(Services& services, CommandRequest request) {
  return list_mails(services, request.status.value_or(""), request.after.value_or(""),
                    static_cast<int>(request.limit.value_or(usual_limit)));
}
Task<Answer> show_one_mail(Services& services, CommandRequest request) {
  return show_mail(services, request.mail.value_or(""));
}
Task<Answer> retry_mails(Services& services, CommandRequest request) {
  return request.mail ? retry_mail(services, std::move(*request.mail)) : retry_failed_mails(services);
}
Task<Answer> send_test_mail(Services& services, CommandRequest request) {
  return test_mail(services, request.email.value_or(""));
}

Task<Answer> show_routes(Services& services, CommandRequest) { co_return list_routes(services); }

struct Command {
  std::string_view name;
  Task<Answer> (*run)(Services&, CommandRequest);
};

constexpr Command commands[] = {
    {"user list", list_users},
    {"user show", show_user},
    {"user suspend", suspend_user},
    {"user activate", activate_user},
    {"user delete", delete_user},
    {"user sessions", list_sessions},
    {"user sign-out", sign_out_user},
    {"admin create", create_administrator},
    {"admin setup", make_setup_token},
    {"audit list", list_audit},
    {"audit verify", verify_log},
    {"audit checkpoint", make_checkpoint},
    {"backup", back_up},
    {"keys list", list_keys},
    {"keys rotate", rotate_keys},
    {"keys export", export_keys},
    {"mail list", list_outbox},
    {"mail show", show_one_mail},
    {"mail retry", retry_mails},
    {"mail test", send_test_mail},
    {"routes", show_routes},
};

}  // namespace

Task<std::string> answer_command(Services& services, core::Secret request) {
  auto decoded = transport::rest::decode_json<CommandRequest>(request.reveal());
  if (!decoded) co_return answer_line(core::fail(std::move(decoded)));
  const auto* const command = std::ranges::find(commands, decoded->command, &Command::name);
  if (command == std::end(commands))
    co_return answer_line(core::refuse(Fault::unimplemented, "command_unknown",
                                       "the running server is of another version and does not know this command"));
  co_return answer_line(co_await command->run(services, std::move(*decoded)));
}

}  // namespace sallyport::app
