#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <boost/json.hpp>
#include <iostream>
#include <string>
#include <vector>

#include "core/base64url.h"
#include "crypto/digest.h"
#include "crypto/jwk_for_test.h"
#include "crypto/jws.h"
#include "crypto/seal.h"
#include "crypto/signing_key.h"
#include "crypto/vectors_for_test.h"

namespace sallyport::crypto {
namespace {

using boost::json::value;
using core::as_bytes;
using core::Secret;

enum class Expected { accepted, refused, unsupported };

/// What the project says of a case, "acceptable" being refused.
Expected as_stated(const value&, const value& test) {
  return text_at(test, "result") == "valid" ? Expected::accepted : Expected::refused;
}

/// Runs every case of a file of Project Wycheproof: `accepts(group, test)` says whether ours takes it, and
/// `expected(group, test)` whether it should.
template <class Accepts>
void run_vectors(const std::string& name, Accepts accepts,
                 Expected (*expected)(const value& group, const value& test) = as_stated) {
  const auto document = read_vectors("wycheproof/" + name);
  if (!document) return;
  std::array<int, 3> counts{};
  for (const auto& group : document->at("testGroups").as_array())
    for (const auto& test : group.at("tests").as_array()) {
      const auto outcome = expected(group, test);
      EXPECT_EQ(accepts(group, test), outcome == Expected::accepted) << name << ' ' << test;
      ++counts[static_cast<std::size_t>(outcome)];
    }
  const auto [accepted, refused, unsupported] = counts;
  std::cout << name << ": " << accepted << " valid accepted, " << refused << " invalid refused, " << unsupported
            << " valid refused as unsupported\n";
  EXPECT_EQ(accepted + refused + unsupported, document->at("numberOfTests").as_int64());
}

bool verifies(SigningAlgorithm algorithm, const std::string& key, const value& test) {
  const auto parsed = VerifyingKey::parse({algorithm}, as_bytes(key));
  return parsed && parsed->verify(as_bytes(bytes_at(test, "msg")), as_bytes(bytes_at(test, "sig")));
}

TEST(Wycheproof, Ed25519) {
  run_vectors("ed25519_test.json", [](const value& group, const value& test) {
    return verifies(SigningAlgorithm::eddsa, bytes_at(group.at("publicKey"), "pk"), test);
  });
}

TEST(Wycheproof, EcdsaP256) {
  run_vectors("ecdsa_secp256r1_sha256_p1363_test.json", [](const value& group, const value& test) {
    return verifies(SigningAlgorithm::es256, bytes_at(group, "publicKeyDer"), test);
  });
}

TEST(Wycheproof, EcdsaP256SignaturesInDerAreNeverTaken) {
  run_vectors(
      "ecdsa_secp256r1_sha256_test.json",
      [](const value& group, const value& test) {
        return verifies(SigningAlgorithm::es256, bytes_at(group, "publicKeyDer"), test);
      },
      [](const value& group, const value& test) {
        return as_stated(group, test) == Expected::accepted ? Expected::unsupported : Expected::refused;
      });
}

// Its one "acceptable" signature leaves out the NULL parameters of the digest, which RFC 8017 appendix A.2.4 demands.
TEST(Wycheproof, RsaPkcs1) {
  run_vectors("rsa_signature_2048_sha256_test.json", [](const value& group, const value& test) {
    return verifies(SigningAlgorithm::rs256, bytes_at(group, "publicKeyDer"), test);
  });
}

/// The keys of a group: one, or a set.
std::vector<value> keys_of(const value& group) {
  const auto& named = group.as_object().contains("public") ? group.at("public") : group.at("private");
  if (!named.as_object().contains("keys")) return {named};
  const auto& keys = named.at("keys").as_array();
  return {keys.begin(), keys.end()};
}

bool is_symmetric(const value& jwk) { return text_at(jwk, "kty") == "oct"; }

bool is_ours(const value& jwk) {
  return jwk.as_object().contains("alg") && parse_signing_algorithm(text_at(jwk, "alg")).has_value();
}

Expected of_jws(const value& group, const value& test) {
  const auto jws = text_at(test, "jws");
  const auto stated = as_stated(group, test);
  // Two valid cases have "?" in their base64url, and signed it so. RFC 4648 §3.3 has us refuse it.
  if (jws.find('?') != jws.npos) return Expected::refused;
  // Two invalid ones, about padding, have lost theirs: they are the first and valid case of their group, to the byte.
  const auto& first = group.at("tests").at(0);
  if (stated == Expected::refused && jws == text_at(first, "jws") && text_at(first, "result") == "valid")
    return Expected::accepted;
  if (stated == Expected::refused) return Expected::refused;
  const auto header = core::base64url_decode(jws.substr(0, jws.find('.')));
  const auto algorithm = std::string(*FlatJson::parse(core::as_text(*header))->string("alg"));
  return parse_signing_algorithm(algorithm) && std::ranges::all_of(keys_of(group), is_ours) ? Expected::accepted
                                                                                            : Expected::unsupported;
}

/// Verifies as the product does: the key that `kid` names decides, and one of HS256 is for a single audience. A set
/// with public keys in it is asked for all audiences; ids of a set are never ambiguous.
bool accepts_jws(const value& group, const value& test) {
  const auto jwks = keys_of(group);
  const bool are_symmetric = std::ranges::all_of(jwks, is_symmetric);
  const auto text = text_at(test, "jws");
  const auto jws = Jws::parse(text);
  const auto* const id = jws ? jws->header.string("kid") : nullptr;
  if (id == nullptr) return false;
  const auto has_id = [&](const value& jwk) { return text_at(jwk, "kid") == *id; };
  if (std::ranges::count_if(jwks, has_id) != 1) return false;
  const auto& jwk = *std::ranges::find_if(jwks, has_id);
  if (!is_ours(jwk)) return false;
  const auto key = parse_jwk(jwk, are_symmetric ? "one audience" : "");
  return key && jws->is_signed_by(*key);
}

TEST(Wycheproof, JsonWebSignature) { run_vectors("json_web_signature_test.json", accepts_jws, of_jws); }

TEST(Wycheproof, JsonWebKey) { run_vectors("json_web_key_test.json", accepts_jws, of_jws); }

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
