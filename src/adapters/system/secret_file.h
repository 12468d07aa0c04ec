#pragma once

#include <filesystem>

#include "core/result.h"
#include "core/secret.h"

namespace sallyport::system_adapter {

/// What one kind of file is, and what the errors about it are called; all point at literals.
struct SecretFileKind {
  std::string_view what;  ///< goes on "there is no"
  std::size_t most_bytes;
  std::string_view missing, exposed, not_a_file, unreadable, exists, unwritable;
};

/// Reads a file that only its owner can read. Blocks. Fails with `not_found` / `missing`; with
/// `forbidden` / `exposed` if anybody but its owner has any permission (`is_private`), or `not_a_file` for a symbolic
/// link, folder or device; or with `internal` / `unreadable`. `log_detail` is a sentence for the operator that names
/// the file.
core::Result<core::Secret> read_secret_file(const std::filesystem::path& file, const SecretFileKind& kind);

/// Writes a new file with mode 0600. When this returns, the file survives a power cut; before, it is not there at all.
/// Blocks. Fails with `conflict` / `exists`, never replacing anything, or `internal` / `unwritable`.
core::Result<void> create_secret_file(const std::filesystem::path& file, const core::Secret& text,
                                      const SecretFileKind& kind);

/// As `create_secret_file`, in the place of the file that is there: at every moment the whole old or the whole new one.
core::Result<void> replace_secret_file(const std::filesystem::path& file, const core::Secret& text,
                                       const SecretFileKind& kind);

}  // namespace sallyport::system_adapter
