#include "adapters/system/master_key_file.h"

#include "adapters/system/secret_file.h"

namespace sallyport::system_adapter {
namespace {

constexpr SecretFileKind master_key_kind{.what = "master key",
                                         .most_bytes = 65'536,  // over a thousand versions
                                         .missing = "master_key_missing",
                                         .exposed = "master_key_exposed",
                                         .not_a_file = "master_key_not_a_file",
                                         .unreadable = "master_key_unreadable",
                                         .exists = "master_key_exists",
                                         .unwritable = "master_key_unwritable"};

}  // namespace

core::Result<crypto::MasterKey> read_master_key(const std::filesystem::path& file) {
  const auto text = read_secret_file(file, master_key_kind);
  if (!text) return std::unexpected(text.error());
  auto key = crypto::MasterKey::parse(*text);
  if (!key) key.error().log_detail.insert(0, file.string() + ": ");
  return key;
}

core::Result<void> create_master_key(const std::filesystem::path& file, const crypto::MasterKey& key) {
  return create_secret_file(file, key.serialise(), master_key_kind);
}

core::Result<void> replace_master_key(const std::filesystem::path& file, const crypto::MasterKey& key) {
  return replace_secret_file(file, key.serialise(), master_key_kind);
}

}  // namespace sallyport::system_adapter
