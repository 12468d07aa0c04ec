#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include "avatars/picture_object.h"
#include "core/task.h"

namespace sallyport::avatars {

/// The bytes of a picture, read by whoever stores them while a handler may still hold them.
using PictureBytes = std::shared_ptr<const std::string>;

/// Where pictures lie: a folder, or somebody's object storage. Objects are written once and never changed. All may fail
/// with `unavailable` / "pictures_unavailable" or "overloaded", and as an interrupted task does.
class PictureStore {
 public:
  virtual ~PictureStore() = default;
  /// Whole and durable when this succeeds; else perhaps there, in part or whole, until it is removed.
  virtual core::Task<core::Result<void>> write(PictureObject object, PictureBytes bytes, ImageFormat format) = 0;
  /// The bytes from `offset` on, at most `most`; fewer only at the end. `not_found` / "picture_not_found".
  virtual core::Task<core::Result<std::string>> read(PictureObject object, std::size_t offset, std::size_t most) = 0;
  /// Succeeds too when there is none.
  virtual core::Task<core::Result<void>> remove(PictureObject object) = 0;

  /// An address that hands out the object to whoever has it, for so long; nothing where this server does so itself.
  virtual std::optional<std::string> download_url(const PictureObject& object, core::Timestamp now,
                                                  std::chrono::seconds valid_for) const = 0;
  /// An address to which a PUT with exactly this type and size makes the object, for so long.
  virtual std::string upload_url(const PictureObject& object, ImageFormat format, std::size_t size, core::Timestamp now,
                                 std::chrono::seconds valid_for) const = 0;

  /// Finishes or breaks off what has begun, and refuses what comes. The loops of all who wait outlive it.
  virtual void stop() = 0;
};

}  // namespace sallyport::avatars
