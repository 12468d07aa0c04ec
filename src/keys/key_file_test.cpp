#include "keys/key_file.h"

#include <gtest/gtest.h>

#include "core/base64url.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "crypto/digest.h"

namespace sallyport::keys {
namespace {

using namespace std::chrono_literals;
using enum crypto::SigningAlgorithm;

class KeyFileTest : public testing::Test {
 protected:
  void add(crypto::SigningAlgorithm algorithm, const crypto::KeyTimes& times, std::string audience = "",
           crypto::SigningPurpose purpose = crypto::SigningPurpose::access_token) {
    file.keys.push_back({crypto::SigningKey::generate(random, {algorithm, purpose, std::move(audience)}), times});
  }
  std::string text() const {
    const auto serialised = file.serialise();
    return std::string(serialised.reveal());
  }
  /// The text with everything before its end line altered, and an end that fits that.
  static std::string ended(std::string body) {
    return body + "end " + core::base64url_encode(crypto::sha256(core::as_bytes(body))) + '\n';
  }
  static std::string body_of(const std::string& text) { return text.substr(0, text.rfind("end ")); }
  static std::string refusal(const std::string& text) {
    const auto parsed = KeyFile::parse(core::Secret(text));
    if (parsed) return "";
    EXPECT_EQ(parsed.error().code, "key_file_malformed");
    return parsed.error().log_detail;
  }

  core::FakeRandom random;
  const core::Timestamp start = core::FakeClock().now();
  KeyFile file{crypto::MasterKey::generate(random).with_fresh_version(random), {}};
};

TEST_F(KeyFileTest, ReadsWhatItWrote) {
  for (const auto algorithm : {eddsa, es256, rs256, v4_public}) add(algorithm, {start});
  add(hs256, {start, start + 1h, start + 2h + 7us}, "shop of Ann");
  add(eddsa, {start - 1us, std::nullopt, start}, "", crypto::SigningPurpose::audit_checkpoint);

  const auto read = KeyFile::parse(file.serialise()).value();

  EXPECT_EQ(read.master.current_version(), 2);
  const auto master = read.master.serialise(), expected = file.master.serialise();
  EXPECT_EQ(master.reveal(), expected.reveal());
  ASSERT_EQ(read.keys.size(), file.keys.size());
  for (std::size_t i = 0; i < read.keys.size(); ++i) {
    EXPECT_EQ(read.keys[i].key.id(), file.keys[i].key.id());
    EXPECT_EQ(read.keys[i].key.use(), file.keys[i].key.use());
    EXPECT_EQ(read.keys[i].times, file.keys[i].times);
  }
}

TEST_F(KeyFileTest, AMasterKeyAloneIsEnough) { EXPECT_EQ(refusal(text()), ""); }

TEST_F(KeyFileTest, RefusesAChangeOfAnyCharacterAndACutAnywhere) {
  add(eddsa, {start});
  const auto whole = text();
  for (std::size_t i = 0; i < whole.size(); ++i) {
    auto altered = whole;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    ASSERT_NE(refusal(altered), "") << i;
    ASSERT_EQ(refusal(whole.substr(0, i)).empty(), i == whole.size() - 1) << i << ": only the last line feed may go";
  }
  EXPECT_NE(refusal(whole + '\n'), "");
  EXPECT_NE(refusal(whole + whole), "");
}

TEST_F(KeyFileTest, SaysWhichLineIsWrongAndWhy) {
  add(hs256, {start}, "shop");
  const auto body = body_of(text());
  const auto signing = body.substr(body.find("signing"));
  const auto replaced = [&](std::string_view what, std::string_view by) {
    auto altered = body;
    return ended(altered.replace(altered.find(what), what.size(), by));
  };
  const auto time = std::to_string(start.time_since_epoch().count());
  ASSERT_EQ(refusal(ended(body)), "");

  EXPECT_EQ(refusal("sallyport-master-key-v1\n"), "line 1: this is no file that 'keys export' made");
  EXPECT_EQ(refusal(body), "line 5: the end is missing");
  EXPECT_EQ(refusal(ended(body + "else\n")), "line 5: neither master nor signing nor end");
  EXPECT_EQ(refusal(ended(body + signing)), "line 5: the key is there twice");
  EXPECT_EQ(refusal(replaced("HS256 ", "HS256 - ")), "line 4: a signing key has eight parts");
  EXPECT_EQ(refusal(replaced("HS256", "HS512")), "line 4: a signing key for something that this release does not know");
  EXPECT_EQ(refusal(replaced("HS256", "EdDSA")), "line 4: the private half is not the key of that id")
      << "32 bytes are a key of both";
  EXPECT_EQ(refusal(replaced("c2hvcA", "-")), "line 4: the private half is not the key of that id") << "no audience";
  EXPECT_EQ(refusal(replaced("c2hvcA", "c2hvc!")), "line 4: audience or private half are not base64url");
  EXPECT_EQ(refusal(replaced(time, "-")), "line 4: a time is not a number of microseconds");
  EXPECT_EQ(refusal(replaced(time, "0" + time)), "line 4: a time is not a number of microseconds");
  EXPECT_EQ(refusal(replaced(time, "9223372036854775807")), "line 4: a time is not a number of microseconds");
  EXPECT_EQ(refusal(replaced("master 2", "master 1")),
            "master key, line 3: versions must grow from line to line (of the lines that begin so)");
  EXPECT_EQ(refusal(ended("sallyport-keys-v1\n")), "master key, line 2: there is no key (of the lines that begin so)");
}

}  // namespace
}  // namespace sallyport::keys
