#include "transport/tls/live_certificates.h"

#include <gtest/gtest.h>

#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "transport/tls/certificate_for_test.h"

namespace sallyport::transport::tls {
namespace {

namespace fs = std::filesystem;

struct LiveCertificatesTest : testing::Test {
  system_adapter::TemporaryFolder folder;
  core::FakeClock clock;
  core::FakeRandom random;
  LiveCertificates live{clock, random};
  CertificateFiles files = MadeCertificate::make({.names = "DNS:old.example.org"}).write(folder.path(), "a");

  std::string name() const { return live.current()->certificates().front().names().front(); }
  /// What two looks in a row say: a change, and that it is whole.
  bool looks_twice() {
    (void)live.reload_if_changed();
    const auto second = live.reload_if_changed();
    return second && *second;
  }
};

TEST_F(LiveCertificatesTest, AreNoneWithoutFiles) {
  ASSERT_TRUE(live.open({}));
  EXPECT_EQ(live.current(), nullptr);
  EXPECT_TRUE(live.reload());
  EXPECT_FALSE(live.reload_if_changed().value());
}

TEST_F(LiveCertificatesTest, AreReadAgainOnceAChangeHasSettled) {
  ASSERT_TRUE(live.open({.certificates = {files}}));
  EXPECT_FALSE(looks_twice());
  const auto before = live.current();
  const auto renewed = MadeCertificate::make({.names = "DNS:new.example.org"});

  MadeCertificate::put(files.chain, renewed.chain);
  EXPECT_FALSE(live.reload_if_changed().value());  // the key is still the old one
  MadeCertificate::put(files.key, renewed.key);
  EXPECT_FALSE(live.reload_if_changed().value());
  EXPECT_EQ(name(), "old.example.org");
  EXPECT_TRUE(live.reload_if_changed().value());

  EXPECT_EQ(name(), "new.example.org");
  EXPECT_EQ(before->certificates().front().names().front(), "old.example.org");  // for those who still use it
  EXPECT_EQ(live.counters().reloads, 1U);
  EXPECT_EQ(live.counters().failures, 0U);
  EXPECT_FALSE(looks_twice());
}

TEST_F(LiveCertificatesTest, FollowASymbolicLinkThatIsSwitched) {
  const auto put = [&](const std::string& version, const MadeCertificate& made) {
    fs::create_directory(folder.path() / version);
    (void)made.write(folder.path() / version, "tls");
  };
  put("v1", MadeCertificate::make({.names = "DNS:old.example.org"}));
  put("v2", MadeCertificate::make({.names = "DNS:new.example.org"}));
  const auto link = folder.path() / "..data";
  fs::create_directory_symlink("v1", link);
  ASSERT_TRUE(live.open({.certificates = {{(link / "tls.pem").string(), (link / "tls.key").string()}}}));

  fs::create_directory_symlink("v2", folder.path() / "..new");
  fs::rename(folder.path() / "..new", link);
  EXPECT_TRUE(looks_twice());

  EXPECT_EQ(name(), "new.example.org");
}

TEST_F(LiveCertificatesTest, StayAsTheyAreWhenTheNewFileIsNotUsable) {
  ASSERT_TRUE(live.open({.certificates = {files}}));
  MadeCertificate::put(files.key, MadeCertificate::make().key);

  (void)live.reload_if_changed();
  const auto failed = live.reload_if_changed();
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, "tls_certificate_unusable");
  EXPECT_TRUE(failed.error().log_detail.contains(files.key));
  EXPECT_EQ(name(), "old.example.org");
  EXPECT_FALSE(looks_twice());  // said once
  EXPECT_FALSE(live.reload());  // unless it is asked for
  EXPECT_EQ(live.counters().failures, 2U);
  fs::remove(files.key);
  EXPECT_FALSE(looks_twice());
  EXPECT_EQ(live.counters().failures, 3U);
  EXPECT_EQ(name(), "old.example.org");
}

TEST_F(LiveCertificatesTest, DoNotOpenWithAFileThatIsNotUsable) {
  const auto opened = live.open({.certificates = {files, {files.chain, folder.path() / "none"}}});
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().log_detail.contains("none"));
}

}  // namespace
}  // namespace sallyport::transport::tls
