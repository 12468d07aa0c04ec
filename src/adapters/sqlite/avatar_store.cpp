#include "adapters/sqlite/rows.h"
#include "adapters/sqlite/stores.h"

namespace sallyport::sqlite {

using avatars::AwaitedUpload;
using avatars::PictureObject;
using core::Fault;
using core::Result;
using core::Task;

namespace {

template <class Row>
Result<AwaitedUpload> to_upload(std::optional<Row> row) {
  if (!row) return core::fail(Fault::not_found, "upload_not_found");
  auto object = PictureObject::parse(row->object);
  const auto format = avatars::parse_media_type(row->content_type);
  if (!object || !format) return core::fail(Fault::not_found, "upload_not_found");
  return AwaitedUpload{.object = std::move(*object), .format = *format, .size = row->content_size};
}

}  // namespace

Task<Result<void>> SqliteAvatarStore::note_object(PictureObject object, core::Timestamp due) {
  co_return co_await writer_.submit<void>(
      [object = std::move(object), due](WriteTransaction& transaction) -> Result<void> {
        transaction.queries().note_picture(object.path(), due);
        return {};
      });
}

Task<Result<void>> SqliteAvatarStore::await_upload(core::AccountId account, AwaitedUpload upload, core::Timestamp now,
                                                   core::Timestamp due) {
  co_return co_await writer_.submit<void>(
      [account, upload = std::move(upload), now, due](WriteTransaction& transaction) -> Result<void> {
        auto& queries = transaction.queries();
        queries.cancel_upload(now, account.uuid());
        queries.await_upload({.object = upload.object.path(),
                              .due_at = due,
                              .account_id = account.uuid(),
                              .content_type = avatars::media_type(upload.format),
                              .content_size = upload.size});
        return {};
      });
}

Task<Result<AwaitedUpload>> SqliteAvatarStore::find_upload(core::AccountId account, core::Timestamp now) {
  co_return co_await readers_.submit<AwaitedUpload>(
      [account, now](Queries& queries) { return to_upload(queries.find_upload_of_account(account.uuid(), now)); });
}

Task<Result<AwaitedUpload>> SqliteAvatarStore::find_upload(PictureObject object, core::Timestamp now) {
  co_return co_await readers_.submit<AwaitedUpload>([object = std::move(object), now](Queries& queries) {
    return to_upload(queries.find_upload(object.path(), now));
  });
}

Task<Result<accounts::Account>> SqliteAvatarStore::set_avatar(avatars::AvatarChange change) {
  using accounts::Account;
  auto shared = std::make_shared<const avatars::AvatarChange>(std::move(change));
  co_return co_await writer_.submit<Account>([shared](WriteTransaction& transaction) -> Result<Account> {
    const auto& asked = *shared;
    auto& queries = transaction.queries();
    auto view = live_session(queries, asked.session, asked.now);
    if (!view) return core::fail(std::move(view));
    auto origin = asked.origin;
    const bool is_own = view->account.id == asked.account;
    if (!is_own) {
      if (view->account.role != accounts::Role::admin) return core::fail(Fault::forbidden, "forbidden");
      auto row = queries.find_account(asked.account.uuid());
      if (!row) return core::fail(Fault::not_found, "account_not_found");
      origin.actor = view->account.id;
      view->account = to_account(std::move(*row));
    }
    if (asked.picture && queries.take_picture(asked.picture->path()) == 0)
      return core::fail(Fault::conflict, "upload_expired");
    auto account = std::move(view->account);
    if (const auto before = avatars::avatar_of(account)) queries.note_picture(before->path(), asked.now);
    queries.cancel_upload(asked.now, asked.account.uuid());
    account.avatar = asked.picture ? std::optional(std::string(asked.picture->name())) : std::nullopt;
    account.updated_at = asked.now;
    queries.set_avatar(account.avatar, asked.now, asked.account.uuid());
    invalidate(queries, asked.account, asked.now);
    transaction.append_audit({.event = audit::Event::profile_changed,
                              .at = asked.now,
                              .account = asked.account,
                              .session = asked.session,
                              .origin = std::move(origin)});
    return account;
  });
}

Task<Result<void>> SqliteAvatarStore::find_avatar(PictureObject object) {
  co_return co_await readers_.submit<void>([object = std::move(object)](Queries& queries) -> Result<void> {
    if (!queries.shows_avatar(object.name())) return core::fail(Fault::not_found, "picture_not_found");
    return {};
  });
}

Task<Result<bool>> SqliteAvatarStore::has_leftovers(core::Timestamp now) {
  co_return co_await readers_.submit<bool>(
      [now](Queries& queries) -> Result<bool> { return queries.has_leftover_pictures(now); });
}

Task<Result<std::vector<PictureObject>>> SqliteAvatarStore::claim_leftovers(core::Timestamp now, core::Timestamp again,
                                                                            int most) {
  using Objects = std::vector<PictureObject>;
  co_return co_await writer_.submit<Objects>([now, again, most](WriteTransaction& transaction) -> Result<Objects> {
    auto& queries = transaction.queries();
    Objects claimed;
    for (const auto& path : queries.claim_leftover_pictures(again, now, most)) {
      auto object = PictureObject::parse(path);
      if (object) claimed.push_back(std::move(*object));
      else queries.forget_leftover_picture(path);  // no path of the store: there is nothing to remove
    }
    return claimed;
  });
}

Task<Result<void>> SqliteAvatarStore::forget_leftovers(std::vector<PictureObject> objects) {
  co_return co_await writer_.submit<void>(
      [objects = std::move(objects)](WriteTransaction& transaction) -> Result<void> {
        for (const auto& object : objects) transaction.queries().forget_leftover_picture(object.path());
        return {};
      });
}

}  // namespace sallyport::sqlite
