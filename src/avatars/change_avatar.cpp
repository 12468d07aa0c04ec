#include "avatars/change_avatar.h"

namespace sallyport::avatars {
namespace {

using accounts::Account;
using core::Result;
using core::Task;

/// Longer than any request lasts: what is not taken by then was broken off.
constexpr std::chrono::minutes writing_time{10};

}  // namespace

std::unexpected<core::Error> unfit_picture(std::string_view rule) {
  return std::unexpected(
      core::Error{.fault = core::Fault::invalid, .code = "invalid_fields", .fields = {{"avatar", rule}}});
}

Result<void> check_picture(const std::string& bytes, ImageFormat announced, const AvatarRules& rules) {
  const auto header = read_image_header(core::as_bytes(bytes));
  if (!header) return unfit_picture(header.error().code);
  if (header->format != announced) return unfit_picture("image_type_differs");
  if (header->width > rules.most_side || header->height > rules.most_side) return unfit_picture("image_too_large");
  return {};
}

Task<Result<Account>> ChangeAvatarHandler::operator()(ChangeAvatar command) {
  auto checked = check_picture(*command.bytes, command.format, rules_);
  if (!checked) co_return Result<Account>(core::fail(std::move(checked)));
  auto picture = PictureObject::of_avatar(random_, command.format);
  auto noted = co_await avatars_.note_object(picture, clock_.now() + writing_time);
  if (!noted) co_return Result<Account>(core::fail(std::move(noted)));
  auto written = co_await pictures_.write(picture, std::move(command.bytes), command.format);
  if (!written) co_return Result<Account>(core::fail(std::move(written)));  // a leftover, when it is due
  co_return co_await set(std::move(command.view), command.account, std::move(picture), std::move(command.client));
}

Task<Result<Account>> ChangeAvatarHandler::remove(sessions::SharedView view, core::AccountId account,
                                                  sessions::Client client) {
  return set(std::move(view), account, std::nullopt, std::move(client));
}

Task<Result<Account>> ChangeAvatarHandler::set(sessions::SharedView view, core::AccountId account,
                                               std::optional<PictureObject> picture, sessions::Client client) {
  auto changed = co_await avatars_.set_avatar({.account = account,
                                               .session = view->session.id,
                                               .picture = std::move(picture),
                                               .now = clock_.now(),
                                               .origin = std::move(client.origin)});
  cache_.invalidate(account);  // after the commit, before the answer
  co_return changed;
}

}  // namespace sallyport::avatars
