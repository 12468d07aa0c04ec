#pragma once

#include <vector>

#include "core/result.h"
#include "core/secret.h"
#include "crypto/key_set.h"
#include "crypto/master_key.h"

namespace sallyport::keys {

/// Everything a store's data is worthless without: what `keys export` writes and `keys import` reads.
struct KeyFile {
  crypto::MasterKey master;
  std::vector<crypto::KeySet::Member> keys;  ///< of every purpose, in clear

  /// Reads the lines
  ///
  ///     sallyport-keys-v1
  ///     master <version> <key, as in a master key file>
  ///     signing <id> <purpose> <algorithm> <audience> <private half> <active from> <until> <published until>
  ///     end <SHA-256 of all before>
  ///
  /// with at least one `master` and any number of `signing`. Bytes are in base64url, "-" for none; times in
  /// microseconds since 1970, "-" for an open end; the last line feed may be missing. Fails with `invalid` /
  /// "key_file_malformed", `log_detail` saying which line and why.
  static core::Result<KeyFile> parse(const core::Secret& text);
  /// The text that `parse` reads.
  core::Secret serialise() const;
};

}  // namespace sallyport::keys
