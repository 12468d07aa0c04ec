#pragma once

#include <optional>
#include <vector>

#include "accounts/account.h"
#include "audit/event.h"
#include "avatars/picture_object.h"
#include "core/result.h"
#include "core/task.h"

namespace sallyport::avatars {

/// The object of an account's picture, if it has one.
inline std::optional<PictureObject> avatar_of(const accounts::Account& account) {
  if (!account.avatar) return std::nullopt;
  auto object = PictureObject::parse_avatar(*account.avatar);
  return object ? std::optional(std::move(*object)) : std::nullopt;
}

/// What a client said that it will upload.
struct AwaitedUpload {
  PictureObject object;
  ImageFormat format;
  std::int64_t size;  ///< in bytes
};

/// Another picture for an account, or none.
struct AvatarChange {
  core::AccountId account;
  core::SessionId session;               ///< of its owner, or of an administrator
  std::optional<PictureObject> picture;  ///< noted before, and written
  core::Timestamp now;
  audit::Origin origin;
};

/// Which account shows which picture, and which objects of the picture store nobody shows (leftovers). Each write is
/// one atomic, durable operation. Fails as the other stores do.
///
/// No object is ever out of sight: it is noted here before it is written, stays noted until an account takes it, and is
/// noted again in the write that takes it from the account. So a process that dies at any moment leaves no account
/// without its picture, and no picture that is not removed later.
class AvatarStore {
 public:
  virtual ~AvatarStore() = default;
  /// Notes an object that is about to be written. Unless an account has taken it by `due`, it is a leftover.
  virtual core::Task<core::Result<void>> note_object(PictureObject object, core::Timestamp due) = 0;
  /// The same for one that the account's client will upload. What it was asked to upload before is due at once.
  virtual core::Task<core::Result<void>> await_upload(core::AccountId account, AwaitedUpload upload,
                                                      core::Timestamp now, core::Timestamp due) = 0;
  /// What the account's client was asked to upload. `not_found` / "upload_not_found", also once it is due.
  virtual core::Task<core::Result<AwaitedUpload>> find_upload(core::AccountId account, core::Timestamp now) = 0;
  /// By the object; fails likewise.
  virtual core::Task<core::Result<AwaitedUpload>> find_upload(PictureObject object, core::Timestamp now) = 0;
  /// Sets the picture, with audit row and invalidation, and gives the account as it is then. The picture before is a
  /// leftover, due at once, as is an upload that was awaited. `unauthenticated` / "session_expired" unless the session
  /// is live; `forbidden` / "forbidden" unless it is the account's or an administrator's; `not_found` /
  /// "account_not_found"; `conflict` / "upload_expired" if the picture was claimed as a leftover meanwhile.
  virtual core::Task<core::Result<accounts::Account>> set_avatar(AvatarChange change) = 0;
  /// Whether an account that is not deleted shows this picture: `not_found` / "picture_not_found" if none does.
  virtual core::Task<core::Result<void>> find_avatar(PictureObject object) = 0;

  /// Whether an object is due.
  virtual core::Task<core::Result<bool>> has_leftovers(core::Timestamp now) = 0;
  /// Claims objects that are due, so that no account takes them any more, at most `most`. One that is not forgotten by
  /// `again` is due again.
  virtual core::Task<core::Result<std::vector<PictureObject>>> claim_leftovers(core::Timestamp now,
                                                                               core::Timestamp again, int most) = 0;
  /// Forgets claimed objects, which are removed.
  virtual core::Task<core::Result<void>> forget_leftovers(std::vector<PictureObject> objects) = 0;
};

}  // namespace sallyport::avatars
