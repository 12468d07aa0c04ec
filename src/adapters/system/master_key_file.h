#pragma once

#include <filesystem>

#include "core/result.h"
#include "crypto/master_key.h"

namespace sallyport::system_adapter {

/// Reads a master key that only the file's owner can read. Blocks. Fails with `not_found` / "master_key_missing"; with
/// `forbidden` / "master_key_exposed" if others have any permission (`is_private`), or "master_key_not_a_file" for a
/// symbolic link, folder or device; with `internal` / "master_key_unreadable"; or as `MasterKey::parse` does.
/// `log_detail` is a sentence for the operator that names the file.
core::Result<crypto::MasterKey> read_master_key(const std::filesystem::path& file);

/// Writes `key` to a new file with mode 0600. When this returns, the file survives a power cut; before, it is not there
/// at all. Blocks. Fails with `conflict` / "master_key_exists", never replacing a key, or `internal` /
/// "master_key_unwritable".
core::Result<void> create_master_key(const std::filesystem::path& file, const crypto::MasterKey& key);

/// Puts `key` in the place of the file: at every moment the whole old or the whole new one is there. Blocks. The caller
/// keeps every version that anything is sealed under. Fails with `internal` / "master_key_unwritable".
core::Result<void> replace_master_key(const std::filesystem::path& file, const crypto::MasterKey& key);

}  // namespace sallyport::system_adapter
