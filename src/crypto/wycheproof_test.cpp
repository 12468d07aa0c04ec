#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <string>

#include "crypto/digest.h"
#include "crypto/hex_for_test.h"
#include "crypto/seal.h"
#include "crypto/signing_key.h"

namespace sallyport::crypto {
namespace {

using boost::json::value;
using core::as_bytes;
using core::Secret;

std::string bytes_at(const value& object, std::string_view name) {
  return text_of_hex(std::string_view(object.at(name).as_string()));
}

/// Runs every case of a file of Project Wycheproof: `accepts(group, test)` says whether ours takes it.
template <class Accepts>
void run_vectors(const std::string& name, Accepts accepts) {
  const auto* const folder = std::getenv("SALLYPORT_VECTORS");
  const auto file = std::filesystem::path(folder != nullptr ? folder : SALLYPORT_VECTORS_DEFAULT) / "wycheproof" / name;
  std::ifstream in(file);
  if (!in) {
    std::cout << "SKIPPED: there is no " << file << "; point SALLYPORT_VECTORS at the folder of vectors" << std::endl;
    return;
  }
  const auto document = boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
  int valid = 0, invalid = 0;
  for (const auto& group : document.at("testGroups").as_array())
    for (const auto& test : group.at("tests").as_array()) {
      const auto& result = test.at("result").as_string();
      ASSERT_TRUE(result == "valid" || result == "invalid") << result;
      ++(result == "valid" ? valid : invalid);
      EXPECT_EQ(accepts(group, test), result == "valid") << name << ' ' << test;
    }
  std::cout << name << ": " << valid << " valid accepted, " << invalid << " invalid refused\n";
  EXPECT_EQ(valid + invalid, document.at("numberOfTests").as_int64());
}

TEST(Wycheproof, Ed25519) {
  run_vectors("ed25519_test.json", [](const value& group, const value& test) {
    const auto bytes = bytes_at(group.at("publicKey"), "pk");
    std::array<std::uint8_t, VerifyingKey::size> key;
    if (bytes.size() != key.size()) return false;
    std::ranges::copy(bytes, key.begin());
    return VerifyingKey(key).verify(as_bytes(bytes_at(test, "msg")), as_bytes(bytes_at(test, "sig")));
  });
}

TEST(Wycheproof, HmacSha256) {
  run_vectors("hmac_sha256_test.json", [](const value& group, const value& test) {
    // Some groups cut the tag; equal() itself would refuse those for their size.
    const auto tag_size = static_cast<std::size_t>(group.at("tagSize").as_int64() / 8);
    const auto tag = HmacKey(Secret(bytes_at(test, "key"))).mac({as_bytes(bytes_at(test, "msg"))});
    return equal(ByteView(tag).first(tag_size), as_bytes(bytes_at(test, "tag")));
  });
}

TEST(Wycheproof, HkdfSha256) {
  run_vectors("hkdf_sha256_test.json", [](const value&, const value& test) {
    try {
      const auto size = static_cast<std::size_t>(test.at("size").as_int64());
      const auto derived =
          hkdf_sha256(Secret(bytes_at(test, "ikm")), bytes_at(test, "salt"), bytes_at(test, "info"), size);
      return derived.reveal() == bytes_at(test, "okm");
    } catch (const std::length_error&) {
      return false;
    }
  });
}

/// Gives the nonce of a test vector.
class FixedRandom final : public core::Random {
 public:
  explicit FixedRandom(std::string bytes) : bytes_(std::move(bytes)) {}
  void fill(std::span<std::uint8_t> out) override { std::copy_n(bytes_.begin(), out.size(), out.begin()); }

 private:
  std::string bytes_;
};

TEST(Wycheproof, XChaCha20Poly1305) {
  run_vectors("xchacha20_poly1305_test.json", [](const value&, const value& test) {
    const Secret key(bytes_at(test, "key"));
    const auto nonce = bytes_at(test, "iv"), associated = bytes_at(test, "aad"), plain = bytes_at(test, "msg");
    const auto expected = '\1' + nonce + bytes_at(test, "ct") + bytes_at(test, "tag");
    const auto opened = open(key, as_bytes(associated), as_bytes(expected));
    if (!opened || opened->reveal() != plain) return false;
    FixedRandom random(nonce);
    return core::as_text(seal(key, as_bytes(associated), Secret(plain), random)) == expected;
  });
}

}  // namespace
}  // namespace sallyport::crypto
