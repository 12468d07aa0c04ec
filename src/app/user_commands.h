#pragma once

#include "app/command_answer.h"
#include "app/commands.h"

namespace sallyport::app {

/// The account of an id or an address. `not_found` / "account_not_found"; `invalid` / "account_malformed".
core::Task<core::Result<accounts::Account>> find_account(Services& services, std::string text);

/// What operators do with accounts ('sallyport user'), by the handlers that administrators' requests end in.

core::Task<Answer> list_users(Services& services, CommandRequest request);
core::Task<Answer> show_user(Services& services, CommandRequest request);
core::Task<Answer> create_user(Services& services, CommandRequest request);
core::Task<Answer> invite_user(Services& services, CommandRequest request);
core::Task<Answer> update_user(Services& services, CommandRequest request);
core::Task<Answer> set_user_password(Services& services, CommandRequest request);
core::Task<Answer> suspend_user(Services& services, CommandRequest request);
core::Task<Answer> activate_user(Services& services, CommandRequest request);
core::Task<Answer> delete_user(Services& services, CommandRequest request);
core::Task<Answer> restore_user(Services& services, CommandRequest request);
core::Task<Answer> list_user_sessions(Services& services, CommandRequest request);
core::Task<Answer> revoke_user_sessions(Services& services, CommandRequest request);

}  // namespace sallyport::app
