#pragma once

#include <atomic>
#include <string>

#include "core/result.h"

namespace sallyport::sqlite {

/// Copies the database `from` as it is at one moment into a new file `to` (mode 0600), beside a writer that goes on:
/// only the write-ahead log grows meanwhile. When this returns, the file survives a power cut. Blocks; ends early once
/// `is_cancelled`. The size in bytes, or `conflict` / "backup_exists", `cancelled` / "cancelled", `internal` /
/// "backup_failed", with a sentence for the operator; a file that is not whole is removed.
core::Result<std::int64_t> back_up(const std::string& from, const std::string& to,
                                   const std::atomic<bool>& is_cancelled);

/// Makes a backup the database `to`, which must not be there. Its pages and its schema are checked before it gets that
/// name. Blocks. `conflict` / "data_not_empty", `invalid` / "backup_unfit" or `internal` / "restore_failed", with a
/// sentence.
core::Result<void> restore(const std::string& from, const std::string& to);

}  // namespace sallyport::sqlite
