#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/random.h"
#include "core/result.h"
#include "core/secret.h"

namespace sallyport::crypto {

/// The key that every other symmetric key is derived from, and the only one outside the store: one or more versions of
/// 32 bytes, the newest last.
class MasterKey {
 public:
  static constexpr std::size_t key_size = 32;
  struct Version {
    std::uint32_t number;  ///< from 1, growing
    core::Secret key;
  };

  /// Version 1, fresh.
  static MasterKey generate(core::Random& random);

  /// These versions and a fresh one behind them, which is the current one from then on.
  MasterKey with_fresh_version(core::Random& random) const;

  /// Reads a key file: the line `sallyport-master-key-v1`, then one line `<version> <base64url of 32 bytes>` for each
  /// version, oldest first; the last line feed may be missing. Fails with `invalid` / "master_key_malformed", or
  /// "master_key_weak" for a key of equal bytes or one that repeats an earlier version; `log_detail` names the line.
  static core::Result<MasterKey> parse(const core::Secret& text);

  /// The text that `parse` reads.
  core::Secret serialise() const;

  std::uint32_t current_version() const { return versions_.back().number; }
  std::span<const Version> versions() const& { return versions_; }  ///< never empty; the current one last
  std::span<const Version> versions() && = delete;

 private:
  explicit MasterKey(std::vector<Version> versions) : versions_(std::move(versions)) {}
  std::vector<Version> versions_;
};

}  // namespace sallyport::crypto
