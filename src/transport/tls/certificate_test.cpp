#include "transport/tls/certificate.h"

#include <gtest/gtest.h>

#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_clock.h"
#include "transport/tls/certificate_for_test.h"

namespace sallyport::transport::tls {
namespace {

core::Timestamp wall_clock() {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

struct CertificateTest : testing::Test {
  system_adapter::TemporaryFolder folder;
  std::string sentence(const CertificateFiles& files) const {
    const auto read = Certificate::read(files);
    if (read) return "";
    EXPECT_EQ(read.error().code, "tls_certificate_unusable");
    return read.error().log_detail;
  }
};

TEST_F(CertificateTest, KnowsItsNamesKindAndTime) {
  const auto made = MadeCertificate::make({.names = "DNS:auth.example.org,DNS:*.example.net,IP:127.0.0.1"});
  const auto certificate = Certificate::read(made.write(folder.path(), "a"));
  ASSERT_TRUE(certificate) << certificate.error().log_detail;

  EXPECT_EQ(certificate->names(), (std::vector<std::string>{"auth.example.org", "*.example.net"}));
  EXPECT_EQ(certificate->key_kind(), "EC");
  EXPECT_EQ(certificate->ends_at() - certificate->begins_at(), std::chrono::days{1});
  EXPECT_TRUE(certificate->warnings(wall_clock()).empty());
}

TEST_F(CertificateTest, ReadsBothFromOneFile) {
  const auto made = MadeCertificate::make();
  const auto both = (folder.path() / "both.pem").string();
  MadeCertificate::put(both, made.key + made.chain);
  std::filesystem::permissions(both, std::filesystem::perms::owner_read);

  EXPECT_EQ(sentence({both, both}), "");
}

TEST_F(CertificateTest, RefusesFilesThatDoNotServeAndNamesThem) {
  const auto a = MadeCertificate::make().write(folder.path(), "a");
  const auto b = MadeCertificate::make().write(folder.path(), "b");
  const auto weak = MadeCertificate::make({.key = "RSA1024"}).write(folder.path(), "weak");
  const auto text = (folder.path() / "text").string();
  MadeCertificate::put(text, "hello\n");
  const auto broken = (folder.path() / "broken").string();
  MadeCertificate::put(broken, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  const auto large = (folder.path() / "large").string();
  MadeCertificate::put(large, std::string(1024 * 1024 + 1, '\n'));

  EXPECT_EQ(sentence({folder.path() / "none", a.key}),
            "cannot read " + (folder.path() / "none").string() + ": No such file or directory");
  EXPECT_EQ(sentence({folder.path(), a.key}), folder.path().string() + " is not a file");
  EXPECT_EQ(sentence({text, a.key}), text + " holds no certificate in PEM form");
  EXPECT_EQ(sentence({broken, a.key}), broken + " holds no certificate in PEM form");
  EXPECT_EQ(sentence({large, a.key}), large + " is larger than 1 MiB");
  EXPECT_EQ(sentence({a.chain, text}), text + " holds no private key in PEM form without a password");
  EXPECT_EQ(sentence({a.chain, b.key}),
            "the key in " + b.key + " is not the one of the first certificate in " + a.chain);
  EXPECT_EQ(sentence(weak),
            "the key in " + weak.key + " must be RSA of 2048 bits at least, P-256, P-384, P-521 or Ed25519");
}

TEST_F(CertificateTest, RefusesAChainThatBreaksOffInTheMiddle) {
  const auto made = MadeCertificate::make();
  const auto files = made.write(folder.path(), "a");
  MadeCertificate::put(files.chain, made.chain + "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");

  EXPECT_EQ(sentence(files), files.chain + " holds a certificate that is broken: number 2");
}

TEST_F(CertificateTest, RefusesAKeyWithAPasswordWithoutAskingForIt) {
  const auto files = MadeCertificate::make().write(folder.path(), "a");
  MadeCertificate::put(files.key,
                       "-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAg=\n"
                       "-----END ENCRYPTED PRIVATE KEY-----\n");

  EXPECT_EQ(sentence(files), files.key + " holds no private key in PEM form without a password");
}

TEST_F(CertificateTest, WarnsOfWhatClientsWillRefuse) {
  const auto expired = Certificate::read(
      MadeCertificate::make({.valid_for = std::chrono::hours{1}, .begins_in = -std::chrono::hours{48}})
          .write(folder.path(), "expired"));
  const auto early =
      Certificate::read(MadeCertificate::make({.begins_in = std::chrono::hours{48}}).write(folder.path(), "early"));
  const auto nameless =
      Certificate::read(MadeCertificate::make({.names = "IP:127.0.0.1"}).write(folder.path(), "nameless"));
  auto strangers = MadeCertificate::make();
  strangers.chain += MadeCertificate::make({.names = ""}).chain;
  auto files = strangers.write(folder.path(), "strangers");
  std::filesystem::permissions(files.key, std::filesystem::perms(0644));
  const auto unordered = Certificate::read(files);
  const auto now = wall_clock();

  EXPECT_TRUE(expired->warnings(now).at(0).contains("expired.pem expired on 20"));
  EXPECT_TRUE(early->warnings(now).at(0).contains("early.pem is not valid before 20"));
  EXPECT_TRUE(nameless->warnings(now).at(0).contains("nameless.pem names no host"));
  EXPECT_EQ(unordered->warnings(now).at(0),
            "everybody on this machine can read the private key " + files.key);  // same name, so it could be its issuer
}

}  // namespace
}  // namespace sallyport::transport::tls
