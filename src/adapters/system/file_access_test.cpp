#include "adapters/system/file_access.h"

#include <gtest/gtest.h>
#include <linux/posix_acl.h>
#include <linux/posix_acl_xattr.h>
#include <sys/xattr.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <vector>

#include "adapters/system/temporary_folder_for_test.h"

namespace sallyport::system_adapter {
namespace {

using Entry = posix_acl_xattr_entry;

constexpr __u32 nobody_in_particular = ACL_UNDEFINED_ID;
constexpr __u32 somebody_else = 12'345;

class IsPrivate : public testing::Test {
 protected:
  bool answer(mode_t mode) {
    EXPECT_EQ(::fchmod(file_.get(), mode), 0);
    return answer();
  }
  bool answer() const {
    struct stat status{};
    EXPECT_EQ(::fstat(file_.get(), &status), 0);
    return is_private(file_, status);
  }
  /// Gives the file a list of which `named` is one entry; false where the file system knows no lists.
  bool give_list(Entry named, __u16 group = 0) {
    const posix_acl_xattr_header header{.a_version = POSIX_ACL_XATTR_VERSION};
    std::vector<Entry> entries{{ACL_USER_OBJ, ACL_READ, nobody_in_particular},
                               named,
                               {ACL_GROUP_OBJ, group, nobody_in_particular},
                               {ACL_MASK, ACL_READ, nobody_in_particular},
                               {ACL_OTHER, 0, nobody_in_particular}};
    std::ranges::sort(entries, {}, &Entry::e_tag);  // the kernel wants them in this order
    std::string bytes(sizeof header + entries.size() * sizeof(Entry), '\0');
    std::memcpy(bytes.data(), &header, sizeof header);
    std::memcpy(bytes.data() + sizeof header, entries.data(), entries.size() * sizeof(Entry));
    const bool is_given = ::fsetxattr(file_.get(), "system.posix_acl_access", bytes.data(), bytes.size(), 0) == 0;
    EXPECT_TRUE(is_given || errno == ENOTSUP) << std::strerror(errno);
    return is_given;
  }

  TemporaryFolder folder_;
  FileDescriptor file_{::open((folder_ / "key").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)};
};

TEST_F(IsPrivate, IsToldByTheModeWhereThereIsNoList) {
  EXPECT_TRUE(answer(0600));
  EXPECT_TRUE(answer(0400));
  for (const mode_t exposed : {0640U, 0620U, 0610U, 0604U, 0602U, 0601U, 0666U})
    EXPECT_FALSE(answer(exposed)) << exposed;
}

TEST_F(IsPrivate, TakesAListThatNamesThisUserAlone) {
  if (!give_list({ACL_USER, ACL_READ, ::geteuid()}))
    GTEST_SKIP() << "the file system of the temporary folder has no POSIX access control lists";
  struct stat status{};
  ASSERT_EQ(::fstat(file_.get(), &status), 0);
  ASSERT_EQ(status.st_mode & 0777U, 0440U);  // the mask shows as the group's bits

  EXPECT_TRUE(answer());
}

TEST_F(IsPrivate, RefusesAListThatLetsAnybodyElseIn) {
  if (!give_list({ACL_USER, ACL_READ, somebody_else}))
    GTEST_SKIP() << "the file system of the temporary folder has no POSIX access control lists";
  EXPECT_FALSE(answer());
  ASSERT_TRUE(give_list({ACL_GROUP, ACL_READ, somebody_else}));
  EXPECT_FALSE(answer());
  ASSERT_TRUE(give_list({ACL_USER, ACL_READ, ::geteuid()}, ACL_READ));
  EXPECT_FALSE(answer());
}

}  // namespace
}  // namespace sallyport::system_adapter
