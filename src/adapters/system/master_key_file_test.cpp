#include "adapters/system/master_key_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <iterator>

#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_random.h"

namespace sallyport::system_adapter {
namespace {

namespace fs = std::filesystem;

class MasterKeyFile : public testing::Test {
 protected:
  std::string content() const {
    std::ifstream in(file_);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void write(std::string_view text, fs::perms mode = fs::perms::owner_read | fs::perms::owner_write) const {
    std::ofstream(file_) << text;
    fs::permissions(file_, mode);
  }
  /// The refusal, which must name the file.
  core::Error refusal() const {
    auto read = read_master_key(file_);
    if (read) return {.fault = core::Fault::internal, .code = "was read"};
    EXPECT_NE(read.error().log_detail.find(file_.string()), std::string::npos) << read.error().log_detail;
    return read.error();
  }

  core::FakeRandom random_;
  crypto::MasterKey key_ = crypto::MasterKey::generate(random_);
  TemporaryFolder folder_;
  fs::path file_ = folder_ / "master.key";
};

TEST_F(MasterKeyFile, IsReadBackAsItWasCreated) {
  const auto created = create_master_key(file_, key_);

  const auto read = read_master_key(file_);

  ASSERT_TRUE(created);
  ASSERT_TRUE(read) << read.error().log_detail;
  const auto before = key_.serialise(), after = read->serialise();
  EXPECT_EQ(after.reveal(), before.reveal());
}

TEST_F(MasterKeyFile, IsItsOwnersAloneAndLeavesNoOtherName) {
  const auto old_mask = ::umask(0);
  const auto created = create_master_key(file_, key_);
  ::umask(old_mask);

  ASSERT_TRUE(created);
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(MasterKeyFile, IsNeverReplaced) {
  write("something");

  const auto created = create_master_key(file_, key_);

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().fault, core::Fault::conflict);
  EXPECT_EQ(created.error().code, "master_key_exists");
  EXPECT_EQ(content(), "something");
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(MasterKeyFile, IsReplacedAsAWholeAndStaysItsOwnersAlone) {
  ASSERT_TRUE(create_master_key(file_, key_));
  const auto longer = key_.with_fresh_version(random_);

  const auto old_mask = ::umask(0);
  const auto replaced = replace_master_key(file_, longer);
  ::umask(old_mask);

  ASSERT_TRUE(replaced);
  const auto expected = longer.serialise();
  EXPECT_EQ(content(), expected.reveal());
  EXPECT_EQ(fs::status(file_).permissions(), fs::perms::owner_read | fs::perms::owner_write);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder_.path()), {}), 1);
}

TEST_F(MasterKeyFile, StaysAsItIsWhenItCannotBeReplaced) {
  const auto replaced = replace_master_key(folder_ / "absent/master.key", key_);

  ASSERT_FALSE(replaced);
  EXPECT_EQ(replaced.error().code, "master_key_unwritable");
}

TEST_F(MasterKeyFile, CannotBeCreatedWhereThereIsNoFolder) {
  const auto created = create_master_key(folder_ / "absent/master.key", key_);

  ASSERT_FALSE(created);
  EXPECT_EQ(created.error().code, "master_key_unwritable");
  EXPECT_NE(created.error().log_detail.find("No such file"), std::string::npos) << created.error().log_detail;
}

TEST_F(MasterKeyFile, IsMissingUntilCreated) {
  EXPECT_EQ(refusal().code, "master_key_missing");
  EXPECT_EQ(refusal().fault, core::Fault::not_found);
}

TEST_F(MasterKeyFile, IsRefusedWhenOthersHaveAnyPermission) {
  ASSERT_TRUE(create_master_key(file_, key_));
  for (const auto mode : {0640U, 0604U, 0620U, 0610U, 0601U}) {
    fs::permissions(file_, fs::perms(mode));

    const auto refused = refusal();

    EXPECT_EQ(refused.code, "master_key_exposed") << std::oct << mode;
  }
  fs::permissions(file_, fs::perms(0644));
  EXPECT_NE(refusal().log_detail.find("has mode 0644"), std::string::npos) << refusal().log_detail;
  fs::permissions(file_, fs::perms(0400));
  EXPECT_EQ(refusal().code, "was read");
}

TEST_F(MasterKeyFile, IsRefusedUnlessARegularFile) {
  const auto target = folder_ / "target";
  ASSERT_TRUE(create_master_key(target, key_));

  fs::create_symlink(target, file_);
  EXPECT_EQ(refusal().code, "master_key_not_a_file");

  fs::remove(file_);
  fs::create_directory(file_);
  EXPECT_EQ(refusal().code, "master_key_not_a_file");

  fs::remove(file_);
  ASSERT_EQ(::mkfifo(file_.c_str(), 0600), 0);
  EXPECT_EQ(refusal().code, "master_key_not_a_file");
}

TEST_F(MasterKeyFile, IsRefusedWhenItsContentIsNoKeyOrTooLong) {
  write("hello");
  EXPECT_EQ(refusal().code, "master_key_malformed");

  write(std::string(65'537, 'x'));
  EXPECT_EQ(refusal().code, "master_key_unreadable");
}

}  // namespace
}  // namespace sallyport::system_adapter
