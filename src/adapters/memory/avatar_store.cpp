#include <algorithm>

#include "adapters/memory/stores.h"

namespace sallyport::memory {

using avatars::AwaitedUpload;
using avatars::PictureObject;
using core::Fault;
using core::Result;
using core::Task;

namespace {

bool is_awaited(const StoredLeftover& leftover, core::Timestamp now) {
  return leftover.awaited_by && leftover.due > now && !leftover.is_claimed;
}

Result<AwaitedUpload> upload_not_found() { return core::fail(Fault::not_found, "upload_not_found"); }

}  // namespace

void MemoryState::cancel_upload(core::AccountId account, core::Timestamp now) {
  for (auto& [object, leftover] : leftovers) {
    if (leftover.awaited_by != account) continue;
    leftover.awaited_by.reset();
    leftover.due = now;
  }
}

void MemoryState::note_picture(const PictureObject& object, core::Timestamp due) {
  auto& leftover = leftovers[object];
  leftover.due = due;
  leftover.awaited_by.reset();
}

Task<Result<void>> MemoryAvatarStore::note_object(PictureObject object, core::Timestamp due) {
  return store_.run<void>([object = std::move(object), due](MemoryState& state) -> Result<void> {
    state.note_picture(object, due);
    return {};
  });
}

Task<Result<void>> MemoryAvatarStore::await_upload(core::AccountId account, AwaitedUpload upload, core::Timestamp now,
                                                   core::Timestamp due) {
  return store_.run<void>([account, upload = std::move(upload), now, due](MemoryState& state) -> Result<void> {
    state.cancel_upload(account, now);
    state.leftovers[upload.object] = {.due = due, .awaited_by = account, .format = upload.format, .size = upload.size};
    return {};
  });
}

Task<Result<AwaitedUpload>> MemoryAvatarStore::find_upload(core::AccountId account, core::Timestamp now) {
  return store_.run<AwaitedUpload>([account, now](MemoryState& state) -> Result<AwaitedUpload> {
    for (const auto& [object, leftover] : state.leftovers) {
      if (leftover.awaited_by == account && is_awaited(leftover, now))
        return AwaitedUpload{.object = object, .format = leftover.format, .size = leftover.size};
    }
    return upload_not_found();
  });
}

Task<Result<AwaitedUpload>> MemoryAvatarStore::find_upload(PictureObject object, core::Timestamp now) {
  return store_.run<AwaitedUpload>([object = std::move(object), now](MemoryState& state) -> Result<AwaitedUpload> {
    const auto found = state.leftovers.find(object);
    if (found == state.leftovers.end() || !is_awaited(found->second, now)) return upload_not_found();
    return AwaitedUpload{.object = object, .format = found->second.format, .size = found->second.size};
  });
}

Task<Result<accounts::Account>> MemoryAvatarStore::set_avatar(avatars::AvatarChange change) {
  using accounts::Account;
  return store_.run<Account>([asked = std::move(change)](MemoryState& state) -> Result<Account> {
    const auto* by = state.live_session(asked.session, asked.now);
    if (by == nullptr) return core::fail(Fault::unauthenticated, "session_expired");
    auto origin = asked.origin;
    if (by->session.account != asked.account) {
      const auto& administrator = state.accounts.at(by->session.account).account;
      if (administrator.role != accounts::Role::admin) return core::fail(Fault::forbidden, "forbidden");
      if (!state.accounts.contains(asked.account)) return core::fail(Fault::not_found, "account_not_found");
      origin.actor = administrator.id;
    }
    if (asked.picture) {
      const auto noted = state.leftovers.find(*asked.picture);
      if (noted == state.leftovers.end() || noted->second.is_claimed)
        return core::fail(Fault::conflict, "upload_expired");
      state.leftovers.erase(noted);
    }
    auto& account = state.accounts.at(asked.account).account;
    if (const auto before = avatars::avatar_of(account)) state.note_picture(*before, asked.now);
    state.cancel_upload(asked.account, asked.now);
    account.avatar = asked.picture ? std::optional(std::string(asked.picture->name())) : std::nullopt;
    account.updated_at = asked.now;
    state.invalidate(sessions::Invalidation::Kind::account, account.id.uuid(), asked.now);
    state.append_audit({.event = audit::Event::profile_changed,
                        .at = asked.now,
                        .account = account.id,
                        .session = asked.session,
                        .origin = std::move(origin)});
    return account;
  });
}

Task<Result<void>> MemoryAvatarStore::find_avatar(PictureObject object) {
  return store_.run<void>([object = std::move(object)](MemoryState& state) -> Result<void> {
    const bool is_shown = std::ranges::any_of(
        state.accounts, [&](const auto& entry) { return entry.second.account.avatar == object.name(); });
    if (!is_shown) return core::fail(Fault::not_found, "picture_not_found");
    return {};
  });
}

Task<Result<bool>> MemoryAvatarStore::has_leftovers(core::Timestamp now) {
  return store_.run<bool>([now](MemoryState& state) -> Result<bool> {
    return std::ranges::any_of(state.leftovers, [now](const auto& entry) { return entry.second.due <= now; });
  });
}

Task<Result<std::vector<PictureObject>>> MemoryAvatarStore::claim_leftovers(core::Timestamp now, core::Timestamp again,
                                                                            int most) {
  using Objects = std::vector<PictureObject>;
  return store_.run<Objects>([now, again, most](MemoryState& state) -> Result<Objects> {
    Objects claimed;
    for (auto& [object, leftover] : state.leftovers) {
      if (leftover.due > now || std::ssize(claimed) == most) continue;
      leftover.is_claimed = true;
      leftover.due = again;
      leftover.awaited_by.reset();
      claimed.push_back(object);
    }
    return claimed;
  });
}

Task<Result<void>> MemoryAvatarStore::forget_leftovers(std::vector<PictureObject> objects) {
  return store_.run<void>([objects = std::move(objects)](MemoryState& state) -> Result<void> {
    for (const auto& object : objects) {
      const auto found = state.leftovers.find(object);
      if (found != state.leftovers.end() && found->second.is_claimed) state.leftovers.erase(found);
    }
    return {};
  });
}

}  // namespace sallyport::memory
