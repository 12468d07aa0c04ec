#pragma once

#include <atomic>
#include <functional>
#include <string>

#include "avatars/picture_object.h"
#include "core/result.h"

namespace sallyport::sqlite {

/// Pictures that lie beside the database: how one is read, `not_found` if it has gone, and written. Both block.
using ReadPicture = std::function<core::Result<std::string>(const avatars::PictureObject&)>;
using WritePicture = std::function<core::Result<void>(const avatars::PictureObject&, std::string_view)>;

/// Copies the database `from` as it is at one moment into a new file `to` (mode 0600), beside a writer that goes on:
/// only the write-ahead log grows meanwhile. When this returns, the file survives a power cut. Blocks; ends early once
/// `is_cancelled`. The size in bytes, or `conflict` / "backup_exists", `cancelled` / "cancelled", `internal` /
/// "backup_failed", with a sentence for the operator; a file that is not whole is removed.
///
/// The pictures that accounts show go into a table of their own, if they can be read by `read_picture` (null: they are
/// kept elsewhere). An account whose picture was replaced since that moment has none in the copy.
core::Result<std::int64_t> back_up(const std::string& from, const std::string& to,
                                   const std::atomic<bool>& is_cancelled, const ReadPicture& read_picture);

/// Makes a backup the database `to`, which must not be there. Its pages and its schema are checked before it gets that
/// name. Blocks. `conflict` / "data_not_empty", `invalid` / "backup_unfit" or `internal` / "restore_failed", with a
/// sentence.
///
/// Pictures in it are written first, so that no account is without its own.
core::Result<void> restore(const std::string& from, const std::string& to, const WritePicture& write_picture);

}  // namespace sallyport::sqlite
