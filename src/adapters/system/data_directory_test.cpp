#include "adapters/system/data_directory.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <string>

#include "adapters/system/temporary_folder_for_test.h"

namespace sallyport::system_adapter {
namespace {

namespace fs = std::filesystem;

class DataDirectoryOf : public testing::Test {
 protected:
  std::string code() const {
    const auto opened = DataDirectory::open(path_);
    return opened ? "" : std::string(opened.error().code);
  }

  TemporaryFolder folder_;
  fs::path path_ = folder_ / "data";
};

TEST_F(DataDirectoryOf, AnEmptyMachineIsCreatedForItsOwnerAlone) {
  const auto opened = DataDirectory::open(path_);

  ASSERT_TRUE(opened) << opened.error().log_detail;
  EXPECT_EQ(opened->path(), path_);
  EXPECT_EQ(fs::status(path_).permissions(), fs::perms::owner_all);
}

TEST_F(DataDirectoryOf, AnEarlierRunIsOpenedAgain) {
  EXPECT_EQ(code(), "");
  EXPECT_EQ(code(), "");
}

TEST_F(DataDirectoryOf, OneServerIsRefusedToAnotherUntilItEnds) {
  auto held = std::optional(DataDirectory::open(path_));
  ASSERT_TRUE(*held);

  const auto second = DataDirectory::open(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().fault, core::Fault::conflict);
  EXPECT_EQ(second.error().code, "data_in_use");
  EXPECT_EQ(second.error().log_detail, path_.string() + " is in use by process " + std::to_string(::getpid()));

  held.reset();
  EXPECT_EQ(code(), "");
}

TEST_F(DataDirectoryOf, AKilledServerIsFree) {
  int ready[2];
  ASSERT_EQ(::pipe(ready), 0);
  const auto child = ::fork();
  if (child == 0) {
    const auto held = DataDirectory::open(path_);
    const char answer = held ? 'y' : 'n';
    if (::write(ready[1], &answer, 1) != 1) ::_exit(1);
    for (;;) ::pause();
  }
  char answer = 0;
  ASSERT_EQ(::read(ready[0], &answer, 1), 1);
  ASSERT_EQ(answer, 'y');

  const auto while_it_runs = DataDirectory::open(path_);
  ::kill(child, SIGKILL);
  ::waitpid(child, nullptr, 0);
  ::close(ready[0]);
  ::close(ready[1]);

  ASSERT_FALSE(while_it_runs);
  EXPECT_EQ(while_it_runs.error().log_detail, path_.string() + " is in use by process " + std::to_string(child));
  EXPECT_EQ(code(), "");
}

TEST_F(DataDirectoryOf, TheWrongKindSaysWhatIsWrong) {
  const auto in_no_folder = DataDirectory::open(folder_ / "absent/data");
  std::ofstream(path_) << "a file";
  const auto a_file = DataDirectory::open(path_);

  ASSERT_FALSE(in_no_folder);
  EXPECT_EQ(in_no_folder.error().code, "data_unusable");
  EXPECT_NE(in_no_folder.error().log_detail.find("absent/data: No such file"), std::string::npos);
  ASSERT_FALSE(a_file);
  EXPECT_EQ(a_file.error().code, "data_unusable");
  EXPECT_NE(a_file.error().log_detail.find("Not a directory"), std::string::npos) << a_file.error().log_detail;
}

}  // namespace
}  // namespace sallyport::system_adapter
