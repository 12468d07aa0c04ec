#include "crypto/access_token.h"

#include <algorithm>
#include <optional>

#include "core/base64url.h"
#include "crypto/flat_json.h"

namespace sallyport::crypto {
namespace {

constexpr std::string_view token_type = "at+jwt";  // RFC 9068 §2.1

void append_member(std::string& json, std::string_view name, std::string_view text) {
  json.append(json.empty() ? "{\"" : ",\"").append(name).append("\":");
  append_json_string(json, text);
}

void append_member(std::string& json, std::string_view name, core::Timestamp at) {
  json.append(",\"").append(name).append("\":").append(std::to_string(core::unix_seconds(at)));
}

std::string payload_of(const AccessClaims& claims) {
  std::string json;
  append_member(json, "sub", claims.subject.str());
  append_member(json, "sid", claims.session.str());
  append_member(json, "iss", claims.issuer);
  append_member(json, "aud", claims.audience);
  append_member(json, "iat", claims.issued_at);
  append_member(json, "nbf", claims.not_before);
  append_member(json, "exp", claims.expires_at);
  append_member(json, "jti", claims.token_id);
  append_member(json, "role", claims.role);
  return json += '}';
}

/// The three parts of a token, decoded, and what the signature covers.
struct Parts {
  FlatJson header, payload;
  core::Bytes signature;
  std::string_view signed_text;
};

std::optional<FlatJson> decode_object(std::string_view text) {
  const auto bytes = core::base64url_decode(text);
  return bytes ? FlatJson::parse(core::as_text(*bytes)) : std::nullopt;
}

std::optional<Parts> take_apart(std::string_view token) {
  if (token.size() > max_access_token_size || std::ranges::count(token, '.') != 2) return std::nullopt;
  const auto first = token.find('.');
  const auto second = token.rfind('.');
  auto signature = core::base64url_decode(token.substr(second + 1));
  if (!signature || signature->size() != VerifyingKey::signature_size) return std::nullopt;
  auto header = decode_object(token.substr(0, first));
  if (!header) return std::nullopt;
  auto payload = decode_object(token.substr(first + 1, second - first - 1));
  if (!payload) return std::nullopt;
  return Parts{std::move(*header), std::move(*payload), std::move(*signature), token.substr(0, second)};
}

std::optional<core::Timestamp> time_claim(const FlatJson& payload, std::string_view name) {
  constexpr std::int64_t end_of_year_9999 = 253'402'300'799;  // microseconds still fit
  const auto* const seconds = payload.integer(name);
  if (seconds == nullptr || *seconds < 0 || *seconds > end_of_year_9999) return std::nullopt;
  return core::Timestamp{std::chrono::seconds{*seconds}};
}

template <class Id>
std::optional<Id> id_claim(const FlatJson& payload, std::string_view name) {
  const auto* const text = payload.string(name);
  return text == nullptr ? std::nullopt : Id::parse(*text);
}

std::optional<AccessClaims> claims_of(const FlatJson& payload) {
  const auto subject = id_claim<core::AccountId>(payload, "sub");
  const auto session = id_claim<core::SessionId>(payload, "sid");
  const auto *const issuer = payload.string("iss"), *const audience = payload.string("aud"),
                    *const token_id = payload.string("jti"), *const role = payload.string("role");
  const auto issued_at = time_claim(payload, "iat"), not_before = time_claim(payload, "nbf"),
             expires_at = time_claim(payload, "exp");
  if (!subject || !session || !issuer || !audience || !token_id || !role || !issued_at || !not_before || !expires_at)
    return std::nullopt;
  return AccessClaims{.subject = *subject,
                      .session = *session,
                      .issuer = *issuer,
                      .audience = *audience,
                      .token_id = *token_id,
                      .role = *role,
                      .issued_at = *issued_at,
                      .not_before = *not_before,
                      .expires_at = *expires_at};
}

std::unexpected<core::Error> refuse(std::string_view code) { return core::fail(core::Fault::unauthenticated, code); }

}  // namespace

std::string issue(const SigningKey& key, const AccessClaims& claims) {
  std::string header;
  append_member(header, "alg", VerifyingKey::algorithm);
  append_member(header, "typ", token_type);
  append_member(header, "kid", key.id());
  header += '}';
  auto token =
      core::base64url_encode(core::as_bytes(header)) + '.' + core::base64url_encode(core::as_bytes(payload_of(claims)));
  const auto signature = key.sign(core::as_bytes(token));
  return token.append(".").append(core::base64url_encode(signature));
}

core::Result<AccessClaims> AccessTokenVerifier::verify(std::string_view token, const Expectation& expected) const {
  const auto parts = take_apart(token);
  if (!parts) return refuse("token_malformed");
  const auto *const algorithm = parts->header.string("alg"), *const type = parts->header.string("typ"),
                    *const key_id = parts->header.string("kid");
  // Nothing else may stand in the header: `crit` and every way to bring one's own key (RFC 7515 §4.1) end here.
  if (!algorithm || !type || !key_id || parts->header.size() != 3) return refuse("token_malformed");
  if (*type != token_type) return refuse("token_type");
  auto claims = claims_of(parts->payload);
  if (!claims) return refuse("token_malformed");
  const auto key = std::ranges::find(keys_, *key_id, &VerifyingKey::id);
  if (key == keys_.end()) return refuse("token_unknown_key");
  if (*algorithm != VerifyingKey::algorithm) return refuse("token_algorithm");
  if (!key->verify(core::as_bytes(parts->signed_text), parts->signature)) return refuse("token_signature");
  if (claims->issuer != expected.issuer) return refuse("token_issuer");
  if (claims->audience != expected.audience) return refuse("token_audience");
  if (expected.now < claims->not_before || expected.now < claims->issued_at) return refuse("token_not_yet_valid");
  if (expected.now >= claims->expires_at) return refuse("token_expired");
  return std::move(*claims);
}

}  // namespace sallyport::crypto
