#pragma once

#include <boost/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "core/base64url.h"
#include "crypto/hex_for_test.h"
#include "crypto/signing_key.h"

namespace sallyport::crypto {

/// An element of DER (X.690 §8.1).
inline std::string der(char tag, const std::string& content) {
  const auto size = content.size();
  std::string head(1, tag);
  if (size >= 0x100) head.append({'\x82', static_cast<char>(size >> 8)});
  else if (size >= 0x80) head += '\x81';
  return head + static_cast<char>(size) + content;
}

inline std::string der_integer(const std::string& bytes) {
  return der('\x02', (bytes[0] & 0x80) != 0 ? '\0' + bytes : bytes);
}

/// The bytes of a member of a JWK, which the product writes but never reads.
inline std::string jwk_bytes(const boost::json::value& jwk, std::string_view name) {
  const auto bytes = core::base64url_decode(std::string_view(jwk.at(name).as_string()));
  return bytes ? std::string(core::as_text(*bytes)) : "";
}

/// What of a JWK (RFC 7518 §6) a key's `parse` takes: SubjectPublicKeyInfo, 32 bytes of Ed25519, or a secret.
inline std::string key_bytes(const boost::json::value& jwk) {
  const auto& type = jwk.at("kty").as_string();
  if (type == "oct") return jwk_bytes(jwk, "k");
  if (type == "OKP") return jwk_bytes(jwk, "x");
  if (type == "EC") {
    const auto p256_head = text_of_hex("3059301306072a8648ce3d020106082a8648ce3d03010703420004");
    return p256_head + jwk_bytes(jwk, "x") + jwk_bytes(jwk, "y");
  }
  const auto rsa_encryption = text_of_hex("300d06092a864886f70d0101010500");
  const auto numbers = der('\x30', der_integer(jwk_bytes(jwk, "n")) + der_integer(jwk_bytes(jwk, "e")));
  return der('\x30', rsa_encryption + der('\x03', '\0' + numbers));
}

/// The verifying key of a JWK; fails as `parse` does, and for a JWK that contradicts itself.
inline core::Result<VerifyingKey> parse_jwk(const boost::json::value& jwk, const std::string& audience = "") {
  const auto algorithm = parse_signing_algorithm(std::string_view(jwk.at("alg").as_string()));
  const KeyUse use{algorithm.value_or(SigningAlgorithm::eddsa), SigningPurpose::access_token, audience};
  const auto& object = jwk.as_object();
  const auto says = [&](std::string_view name, std::string_view text) {
    return !object.contains(name) || object.at(name) == boost::json::value(text);
  };
  const bool may_verify = says("use", "sig") && (!object.contains("key_ops") ||
                                                 serialize(object.at("key_ops")).find("verify") != std::string::npos);
  const bool is_of_p256 = use.algorithm != SigningAlgorithm::es256 || (says("crv", "P-256") && says("kty", "EC"));
  if (!algorithm || !may_verify || !is_of_p256) return core::fail(core::Fault::invalid, "signing_key_unfit");
  const auto bytes = key_bytes(jwk);
  if (use.algorithm != SigningAlgorithm::hs256) return VerifyingKey::parse(use, core::as_bytes(bytes));
  auto key = SigningKey::parse(use, core::Secret(bytes));
  if (!key) return core::fail(std::move(key));
  return key->verifying_key();
}

}  // namespace sallyport::crypto
