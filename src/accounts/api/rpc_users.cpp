#include "accounts/api/rpc_users.h"

#include <google/protobuf/empty.pb.h>

#include <algorithm>

#include "accounts/api/user_documents.h"
#include "accounts/api/user_list.h"
#include "sessions/administrator.h"
#include "sessions/api/caller.h"
#include "sessions/api/rpc_admission.h"
#include "sessions/api/rpc_messages.h"
#include "transport/rest/json_body.h"
#include "users/v1/users.pb.h"

namespace sallyport::accounts::api {

namespace v1 = ::users::v1;
using core::Result;
using core::Task;
using google::protobuf::Empty;
using sessions::api::add_unary;
using sessions::api::caller_of;
using sessions::api::given;
using sessions::api::parse;
using sessions::api::set;
using transport::rpc::Call;
using Wrong = std::vector<core::FieldError>;

namespace {

constexpr std::chrono::milliseconds page_time{30'000};  ///< as long as a request of REST may look for what is rare
constexpr std::string_view next_page_metadata = "sallyport-next-page";

/// Documents call a name what messages do not.
core::Error by_names_of_messages(core::Error error) {
  return sessions::api::renamed(std::move(error), {{"display_name", "name"}});
}

/// What both messages of an account have.
template <class Message>
Message common(const Account& account) {
  Message user;
  set(*user.mutable_id(), account.id.uuid());
  user.set_name(account.display_name.value_or(""));
  user.set_avatar_url(sessions::api::avatar_url_of(account).value_or(""));
  return user;
}

/// The same for whoever may know the rest.
template <class Message>
Message full(const Account& account) {
  auto user = common<Message>(account);
  user.set_email(account.email);
  user.set_phone(account.phone.value_or(""));
  user.set_role(sessions::api::to_message(account.role));
  user.set_status(sessions::api::to_message(account.status));
  user.set_locale(account.locale.value_or(""));
  user.set_timezone(account.time_zone.value_or(""));
  return user;
}

v1::User to_user(const Account& account) {
  auto user = full<v1::User>(account);
  user.set_email_verified(account.is_email_verified);
  user.set_phone_verified(account.is_phone_verified);
  user.set_has_password(account.has_password);
  set(*user.mutable_created_at(), account.created_at);
  set(*user.mutable_updated_at(), account.updated_at);
  return user;
}

// --- lists

Result<AccountFilter> to_filter(const v1::ListUsersRequest& request) {
  AccountFilter filter{.text = request.query(), .most = request.page_size()};
  for (const auto status : request.statuses()) filter.statuses.push_back(static_cast<AccountStatus>(status));
  for (const auto role : request.roles()) filter.roles.push_back(static_cast<Role>(role));
  if (const auto id = parse(request.user_id())) filter.ids.emplace_back(*id);
  for (const auto& id : request.user_ids()) filter.ids.emplace_back(parse(id).value());
  if (request.page_token().empty()) return filter;
  filter.after = parse_page_token(request.page_token());
  if (filter.after) return filter;
  return std::unexpected(transport::rest::invalid_fields({{"page_token", "page_token_malformed"}}));
}

/// Narrows what somebody asks for who is no administrator to what they get to see: nothing of an address, a role or a
/// status may show in which accounts are found. Nothing where no account passes.
Result<std::optional<AccountFilter>> for_members(AccountFilter filter) {
  if (!filter.roles.empty()) return core::fail(core::Fault::forbidden, "forbidden");
  const bool excludes_active =
      !filter.statuses.empty() && std::ranges::find(filter.statuses, AccountStatus::active) == filter.statuses.end();
  if (excludes_active) return std::nullopt;
  filter.statuses = {AccountStatus::active};
  filter.text_in = TextIn::name;
  return filter;
}

template <class Message>
Task<Result<void>> write_each(Call& call, std::vector<Account> accounts, Message (*to_message)(const Account&)) {
  for (const auto& account : accounts) {
    auto written = co_await call.write(to_message(account));
    if (!written) co_return written;
  }
  co_return Result<void>{};
}

/// A page, and where the next one begins; or all there are, in memory that does not grow with their number.
template <class Message>
Task<Result<void>> write_list(const UserMethods& to, Call& call, AccountFilter filter,
                              Message (*to_message)(const Account&)) {
  if (filter.most > 0) {
    if (!call.timeout()) call.exchange().limit_time(page_time);  // a stream of all lasts as long as both want it
    auto page = co_await to.find.page(std::move(filter));
    if (!page) co_return Result<void>(core::fail(std::move(page)));
    if (page->next) call.add_trailer(next_page_metadata, page_token(*page->next));
    co_return co_await write_each(call, std::move(page->accounts), to_message);
  }
  do {
    auto batch = co_await next_batch(to.find, to.clock, filter);
    if (!batch) co_return Result<void>(core::fail(std::move(batch)));
    filter.after = batch->next;
    auto written = co_await write_each(call, std::move(batch->accounts), to_message);
    if (!written) co_return written;
  } while (filter.after);
  co_return Result<void>{};
}

Task<Result<void>> list_users(const UserMethods& to, Call& call, v1::ListUsersRequest request) {
  auto filter = to_filter(request);
  if (!filter) co_return Result<void>(core::fail(std::move(filter)));
  co_return co_await write_list(to, call, std::move(*filter), to_user);
}

Task<Result<void>> list_users_info(const UserMethods& to, Call& call, v1::ListUsersRequest request) {
  auto filter = to_filter(request);
  if (!filter) co_return Result<void>(core::fail(std::move(filter)));
  const bool is_administrator = sessions::require_administrator(*caller_of(call)).has_value();
  if (is_administrator) co_return co_await write_list(to, call, std::move(*filter), full<v1::UserInfo>);
  auto narrowed = for_members(std::move(*filter));
  if (!narrowed) co_return Result<void>(core::fail(std::move(narrowed)));
  if (!*narrowed) co_return Result<void>{};
  co_return co_await write_list(to, call, std::move(**narrowed), common<v1::UserInfo>);
}

// --- writes

Mandate mandate_of(const UserMethods& to, const Call& call) {
  return {.session = caller_of(call)->session.id,
          .now = to.clock.now(),
          .origin = sessions::api::client_of(call.exchange()).origin};
}

std::string role_text(::core::v1::UserRole role) { return std::string(to_text(static_cast<Role>(role))); }
std::string status_text(::core::v1::UserStatus status) {
  return std::string(to_text(static_cast<AccountStatus>(status)));
}

CreateUserRequest to_document(v1::CreateUserRequest& message) {
  CreateUserRequest document{.email = message.email(),
                             .display_name = given(message.name()),
                             .role = {},
                             .locale = given(message.locale()),
                             .timezone = given(message.timezone()),
                             .phone = given(message.phone()),
                             .password = {}};
  if (message.role() != ::core::v1::USER_ROLE_UNSPECIFIED) document.role = role_text(message.role());
  if (!message.password().empty()) document.password = sessions::api::take_secret(message.mutable_password());
  return document;
}

Task<Result<v1::User>> create_user(const UserMethods& to, Call& call, v1::CreateUserRequest request) {
  Wrong wrong;
  if (request.email().empty()) wrong.push_back({"email", "missing"});
  auto command = to_command(to_document(request), to.policy, mandate_of(to, call),
                            sessions::api::client_of(call.exchange()).network, std::move(wrong));
  if (!command) co_return Result<v1::User>(std::unexpected(by_names_of_messages(std::move(command).error())));
  command->inviter = caller_of(call)->account.display_name;
  auto created = co_await to.create(std::move(*command));
  if (!created) co_return Result<v1::User>(core::fail(std::move(created)));
  co_return to_user(*created);
}

/// Which fields an update is about.
class Asked {
 public:
  Asked(const v1::UpdateUserRequest& message, Wrong& wrong) : mask_(message.update_mask()) {
    static constexpr std::string_view known[] = {"email", "locale", "name", "phone", "role", "status", "timezone"};
    const bool is_known = std::ranges::all_of(
        mask_.paths(), [](const auto& path) { return std::ranges::find(known, path) != std::end(known); });
    if (!is_known) wrong.push_back({"update_mask", "unknown_value"});
  }
  /// What becomes of a field: nothing, cleared, or the value that is there.
  std::optional<std::optional<std::string>> change(std::string_view path, bool is_there, std::string value) const {
    const bool is_named = std::ranges::find(mask_.paths(), path) != mask_.paths().end();
    if (mask_.paths().empty() ? !is_there : !is_named) return std::nullopt;
    return is_there && !value.empty() ? std::optional(std::move(value)) : std::optional<std::string>();
  }

 private:
  const google::protobuf::FieldMask& mask_;
};

ChangeUserRequest to_document(const v1::UpdateUserRequest& message, Wrong& wrong) {
  const Asked asked(message, wrong);
  const auto role = message.role() == ::core::v1::USER_ROLE_UNSPECIFIED ? "" : role_text(message.role());
  const auto status = message.status() == ::core::v1::USER_STATUS_UNSPECIFIED ? "" : status_text(message.status());
  return {.display_name = asked.change("name", message.has_name(), message.name()),
          .locale = asked.change("locale", message.has_locale(), message.locale()),
          .timezone = asked.change("timezone", message.has_timezone(), message.timezone()),
          .phone = asked.change("phone", message.has_phone(), message.phone()),
          .email = asked.change("email", message.has_email(), message.email()),
          .role = asked.change("role", message.has_role(), role),
          .status = asked.change("status", message.has_status(), status)};
}

Task<Result<v1::User>> update_user(const UserMethods& to, Call& call, v1::UpdateUserRequest request) {
  Wrong wrong;
  const core::AccountId account(parse(request.user_id()).value());
  auto document = to_document(request, wrong);
  auto change = to_command(std::move(document), account, mandate_of(to, call), std::move(wrong));
  if (!change) co_return Result<v1::User>(std::unexpected(by_names_of_messages(std::move(change).error())));
  auto updated = co_await to.administer.update(std::move(*change));
  if (!updated) co_return Result<v1::User>(core::fail(std::move(updated)));
  co_return to_user(*updated);
}

Task<Result<Empty>> set_password(const UserMethods& to, Call& call, v1::SetPasswordRequest request) {
  Wrong wrong;
  const auto typed = sessions::api::take_secret(request.mutable_password());
  auto password = transport::rest::parse_field<Password>("password", typed.reveal(), wrong);
  if (!wrong.empty()) co_return Result<Empty>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto done = co_await to.set_password({.account = core::AccountId(parse(request.user_id()).value()),
                                        .password = std::move(*password),
                                        .mandate = mandate_of(to, call),
                                        .network = sessions::api::client_of(call.exchange()).network});
  if (!done) co_return Result<Empty>(core::fail(std::move(done)));
  co_return Empty();
}

}  // namespace

void add_user_methods(transport::rpc::Services& services, const UserMethods& to) {
  services.server_stream<v1::ListUsersRequest, v1::User>(
      "users.v1.UserService/ListUsers",
      [to](Call& call, v1::ListUsersRequest request) { return list_users(to, call, std::move(request)); });
  services.server_stream<v1::ListUsersRequest, v1::UserInfo>(
      "users.v1.UserService/ListUsersInfo",
      [to](Call& call, v1::ListUsersRequest request) { return list_users_info(to, call, std::move(request)); });
  add_unary(services, "users.v1.UserService/CreateUser", to, create_user);
  add_unary(services, "users.v1.UserService/UpdateUser", to, update_user);
  add_unary(services, "users.v1.UserService/SetPassword", to, set_password);
}

}  // namespace sallyport::accounts::api
