#include "app/commands.h"

#include "accounts/create_administrator.h"
#include "adapters/sqlite/backup.h"
#include "adapters/system/picture_folder.h"
#include "app/audit_commands.h"
#include "app/command_answer.h"
#include "app/key_commands.h"
#include "app/keys.h"
#include "app/mail_commands.h"
#include "app/route_commands.h"
#include "app/setup.h"
#include "app/user_commands.h"
#include "core/hex.h"
#include "core/timestamp_text.h"
#include "transport/rest/json_decoder.h"

namespace sallyport::app {

using core::Fault;
using core::Result;
using core::Task;

struct AuditEvent {
  std::string at, event;
  std::optional<std::string> account, actor, session;
  std::string ip, stream;
  std::int64_t sequence = 0;
};
BOOST_DESCRIBE_STRUCT(AuditEvent, (), (at, event, account, actor, session, ip, stream, sequence))

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

Task<Answer> create_administrator(Services& services, CommandRequest request) {
  accounts::CreateAdministratorHandler create(services.accounts, services.hash_pool, services.policy, services.clock,
                                              services.random);
  auto made = co_await create({.email = request.email.value_or(""),
                               .password = std::move(request.password).value_or(core::Secret("")),
                               .display_name = std::move(request.display_name),
                               .origin = operator_origin()});
  if (!made) co_return Answer(core::fail(std::move(made)));
  remove_setup_file(services.data.path());
  co_return co_await show_user(services, {.account = made->str()});
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
    list.events.push_back({core::to_rfc3339(row.at), std::move(row.event), text(row.account), text(row.actor),
                           text(row.session), std::move(row.ip), core::to_hex(row.stream), row.sequence});
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
    sqlite::ReadPicture read_picture;  // those of an object storage stay there
    if (!services.config.has_picture_bucket)
      read_picture = [&services](const avatars::PictureObject& object) {
        return system_adapter::read_picture(services.data.path(), object);
      };
    return sqlite::back_up(services.database_file(), file, services.is_ending, read_picture);
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
    {"user create", create_user},
    {"user invite", invite_user},
    {"user update", update_user},
    {"user set-password", set_user_password},
    {"user suspend", suspend_user},
    {"user activate", activate_user},
    {"user delete", delete_user},
    {"user restore", restore_user},
    {"user sessions", list_user_sessions},
    {"user revoke-sessions", revoke_user_sessions},
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
