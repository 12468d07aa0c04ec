#include "adapters/system/file_access.h"

#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <bit>
#include <cstddef>
#include <cstring>

namespace sallyport::system_adapter {
namespace {

static_assert(std::endian::native == std::endian::little, "the kernel's access control lists are little endian");

constexpr std::size_t most_entries = 32;
constexpr std::size_t most_bytes = sizeof(posix_acl_xattr_header) + most_entries * sizeof(posix_acl_xattr_entry);

/// Whether an entry of a list leaves others out; the mask itself gives nothing to anybody.
bool is_harmless(const posix_acl_xattr_entry& entry) {
  if (entry.e_tag == ACL_USER_OBJ || entry.e_tag == ACL_MASK || entry.e_perm == 0) return true;
  return entry.e_tag == ACL_USER && entry.e_id == ::geteuid();
}

}  // namespace

bool is_private(const FileDescriptor& file, const struct stat& status) {
  if ((status.st_mode & 077) == 0) return true;
  std::array<char, most_bytes> list;
  const auto size = ::fgetxattr(file.get(), "system.posix_acl_access", list.data(), list.size());
  if (size < static_cast<ssize_t>(sizeof(posix_acl_xattr_header))) return false;
  for (auto at = sizeof(posix_acl_xattr_header); at + sizeof(posix_acl_xattr_entry) <= static_cast<std::size_t>(size);
       at += sizeof(posix_acl_xattr_entry)) {
    posix_acl_xattr_entry entry{};
    std::memcpy(&entry, list.data() + at, sizeof entry);
    if (!is_harmless(entry)) return false;
  }
  return true;
}

}  // namespace sallyport::system_adapter
