#include "adapters/system/picture_folder.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "core/manual_loop.h"

namespace sallyport::system_adapter {
namespace {

using avatars::ImageFormat;
using avatars::PictureObject;

class PictureFolderTest : public testing::Test {
 protected:
  core::Result<void> write(std::string bytes) {
    return loop.run(pictures.write(object, std::make_shared<const std::string>(std::move(bytes)), ImageFormat::png));
  }
  core::Result<std::string> read(std::size_t offset = 0, std::size_t most = 1'000) {
    return loop.run(pictures.read(object, offset, most));
  }
  core::Result<void> remove() { return loop.run(pictures.remove(object)); }
  mode_t mode_of(const std::filesystem::path& file) {
    struct stat status{};
    EXPECT_EQ(::stat(file.c_str(), &status), 0) << file;
    return status.st_mode & 0777;
  }

  core::FakeClock clock;
  core::ManualLoop loop{clock};
  core::FakeRandom random;
  TemporaryFolder folder;
  PictureFolder pictures{folder.path(), "https://auth.example.org/v1/avatars/uploads/"};
  const PictureObject object = PictureObject::of_avatar(random, ImageFormat::png);
};

TEST_F(PictureFolderTest, KeepsWhatItIsGivenForItsOwnerAlone) {
  ASSERT_TRUE(write("0123456789"));

  EXPECT_EQ(read(), "0123456789");
  const auto file = folder.path() / object.path();
  EXPECT_EQ(mode_of(file), 0600U);
  EXPECT_EQ(mode_of(file.parent_path()), 0700U);
  EXPECT_FALSE(std::filesystem::exists(file.string() + ".part"));
}

TEST_F(PictureFolderTest, ReadsPieces) {
  ASSERT_TRUE(write("0123456789"));

  EXPECT_EQ(read(0, 4), "0123");
  EXPECT_EQ(read(8, 4), "89");
  EXPECT_EQ(read(10, 4), "");
  EXPECT_EQ(read(99, 4), "");
}

TEST_F(PictureFolderTest, HasNothingOfWhatIsNotThere) {
  const auto missing = read();

  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, "picture_not_found");
}

TEST_F(PictureFolderTest, RemovesAPictureAndTheHalfOfOneThatAKilledProcessLeft) {
  ASSERT_TRUE(write("0123456789"));
  const auto half = (folder.path() / object.path()).string() + ".part";
  std::ofstream(half) << "01234";

  EXPECT_TRUE(remove());
  EXPECT_TRUE(remove());

  EXPECT_FALSE(read());
  EXPECT_FALSE(std::filesystem::exists(half));
}

TEST_F(PictureFolderTest, SaysSoWhenItCannotWrite) {
  std::ofstream(folder.path() / "avatars") << "in the way";

  const auto failed = write("0123456789");

  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "pictures_unavailable");
  EXPECT_EQ(failed.error().fault, core::Fault::unavailable);
}

TEST_F(PictureFolderTest, UploadsComeToThisServer) {
  const auto upload = PictureObject::of_upload(random);

  const auto url = pictures.upload_url(upload, ImageFormat::png, 1, clock.now(), std::chrono::seconds{60});

  EXPECT_EQ(url, "https://auth.example.org/v1/avatars/uploads/" + std::string(upload.name()));
  EXPECT_EQ(pictures.download_url(object, clock.now(), std::chrono::seconds{60}), std::nullopt);
}

}  // namespace
}  // namespace sallyport::system_adapter
