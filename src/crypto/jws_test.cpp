#include "crypto/jws.h"

#include <gtest/gtest.h>

#include <string>

#include "crypto/jwk_for_test.h"

namespace sallyport::crypto {
namespace {

using boost::json::value;

// RFC 7515 appendix A: one payload, and three keys.
const std::string payload =
    "eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ";

const std::string hs256_text =
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9." + payload + ".dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
const value hs256_jwk{{"kty", "oct"},
                      {"alg", "HS256"},
                      {"k", "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}};

const std::string rs256_text =
    "eyJhbGciOiJSUzI1NiJ9." + payload +
    ".cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7"
    "t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12j"
    "zDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQG"
    "e77Rw";
const value rs256_jwk{
    {"kty", "RSA"},
    {"alg", "RS256"},
    {"n",
     "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pC"
     "gNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg6"
     "65xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRW"
     "yuXpoQ"},
    {"e", "AQAB"}};

const std::string es256_text =
    "eyJhbGciOiJFUzI1NiJ9." + payload +
    ".DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
const value es256_jwk{{"kty", "EC"},
                      {"alg", "ES256"},
                      {"crv", "P-256"},
                      {"x", "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"},
                      {"y", "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"}};

VerifyingKey key_of(const value& jwk) { return parse_jwk(jwk, "an audience").value(); }

TEST(Jws, TakesTheExamplesOfRfc7515) {
  const struct {
    const std::string& text;
    const value& jwk;
  } cases[] = {{hs256_text, hs256_jwk}, {rs256_text, rs256_jwk}, {es256_text, es256_jwk}};
  for (const auto& [text, jwk] : cases) {
    SCOPED_TRACE(text);
    const auto jws = Jws::parse(text);
    ASSERT_TRUE(jws);
    EXPECT_TRUE(jws->is_signed_by(key_of(jwk)));
    EXPECT_EQ(core::base64url_encode(jws->payload), payload);
    for (const auto& other : cases)
      EXPECT_EQ(jws->is_signed_by(key_of(other.jwk)), &other.jwk == &jwk) << other.jwk.at("alg");
  }
}

TEST(Jws, SignsAsTheExampleOfRfc7515) {
  const auto key = SigningKey::parse({SigningAlgorithm::hs256, SigningPurpose::access_token, "an audience"},
                                     core::Secret(key_bytes(hs256_jwk)));

  const auto text =
      sign_jws(*key, "{\"typ\":\"JWT\",\r\n \"alg\":\"HS256\"}", core::as_text(*core::base64url_decode(payload)));

  EXPECT_EQ(text, hs256_text);
}

TEST(Jws, RefusesSignaturesThatFitEveryMessage) {  // CVE-2022-21449 and its kin
  const auto zero = std::string(32, '\0'), one = std::string(31, '\0') + '\1';
  const auto order = text_of_hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
  for (const auto& signature : {zero + zero, zero + one, one + zero, order + one, one + order, order + order}) {
    const auto text =
        es256_text.substr(0, es256_text.rfind('.') + 1) + core::base64url_encode(core::as_bytes(signature));
    EXPECT_FALSE(Jws::parse(text)->is_signed_by(key_of(es256_jwk)));
  }
}

TEST(Jws, RefusesAnHmacKeyedWithAPublicKey) {
  for (const auto* const jwk : {&rs256_jwk, &es256_jwk}) {
    const auto forger = SigningKey::parse({SigningAlgorithm::hs256, SigningPurpose::access_token, "an audience"},
                                          core::Secret(key_bytes(*jwk)));
    const auto forged = sign_jws(*forger, R"({"alg":"HS256"})", "{}");
    const auto renamed = sign_jws(*forger, R"({"alg":")" + std::string(jwk->at("alg").as_string()) + "\"}", "{}");

    EXPECT_FALSE(Jws::parse(forged)->is_signed_by(key_of(*jwk)));
    EXPECT_FALSE(Jws::parse(renamed)->is_signed_by(key_of(*jwk)));
  }
}

TEST(Jws, RefusesTheAlgorithmNone) {
  const auto text = "eyJhbGciOiJub25lIn0." + payload + '.';  // RFC 7515 appendix A.5

  ASSERT_TRUE(Jws::parse(text));
  for (const auto* const jwk : {&hs256_jwk, &rs256_jwk, &es256_jwk})
    EXPECT_FALSE(Jws::parse(text)->is_signed_by(key_of(*jwk)));
}

}  // namespace
}  // namespace sallyport::crypto
