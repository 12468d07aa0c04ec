#include "crypto/access_token.h"

#include <array>
#include <charconv>
#include <optional>
#include <stdexcept>

#include "core/timestamp_text.h"
#include "crypto/jws.h"
#include "crypto/paseto.h"

namespace sallyport::crypto {
namespace {

constexpr std::string_view token_type = "at+jwt";  // RFC 9068 §2.1

void append_member(std::string& json, std::string_view name, std::string_view text) {
  json.append(json.empty() ? "{\"" : ",\"").append(name).append("\":");
  append_json_string(json, text);
}

/// PASETO writes times as RFC 3339 texts ("Registered claims"): here always 20 characters, "2026-11-22T01:03:52Z".
std::string paseto_time(core::Timestamp at) { return core::to_rfc3339(at).replace(19, std::string::npos, "Z"); }

void append_time(std::string& json, std::string_view name, core::Timestamp at, TokenFormat format) {
  if (format == TokenFormat::paseto) return append_member(json, name, paseto_time(at));
  json.append(",\"").append(name).append("\":").append(std::to_string(core::unix_seconds(at)));
}

std::string payload_of(const AccessClaims& claims, TokenFormat format) {
  std::string json;
  append_member(json, "sub", claims.subject.str());
  append_member(json, "sid", claims.session.str());
  append_member(json, "iss", claims.issuer);
  append_member(json, "aud", claims.audience);
  append_time(json, "iat", claims.issued_at, format);
  append_time(json, "nbf", claims.not_before, format);
  append_time(json, "exp", claims.expires_at, format);
  append_member(json, "jti", claims.token_id);
  append_member(json, "role", claims.role);
  return json += '}';
}

std::optional<core::Timestamp> parse_paseto_time(std::string_view text) {
  std::array<int, 6> parts{};  // year to second
  if (text.size() != 20) return std::nullopt;
  for (std::size_t i = 0, at = 0; i < parts.size(); ++i) {
    const auto* const end = text.data() + at + (i == 0 ? 4 : 2);
    if (std::from_chars(text.data() + at, end, parts[i]).ptr != end) return std::nullopt;
    at = static_cast<std::size_t>(end - text.data()) + 1;
  }
  const auto [year, month, day, hour, minute, second] = parts;
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{static_cast<unsigned>(month)},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  const core::Timestamp time = std::chrono::sys_days{date} + std::chrono::hours{hour} + std::chrono::minutes{minute} +
                               std::chrono::seconds{second};
  // Whatever is no time, or has a sign or other separators, is written in another way.
  return paseto_time(time) == text ? std::optional(time) : std::nullopt;
}

std::optional<core::Timestamp> time_claim(const FlatJson& payload, std::string_view name, TokenFormat format) {
  if (format == TokenFormat::paseto) {
    const auto* const text = payload.string(name);
    return text == nullptr ? std::nullopt : parse_paseto_time(*text);
  }
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

std::optional<AccessClaims> claims_of(std::string_view json, TokenFormat format) {
  const auto payload = FlatJson::parse(json);
  if (!payload) return std::nullopt;
  const auto subject = id_claim<core::AccountId>(*payload, "sub");
  const auto session = id_claim<core::SessionId>(*payload, "sid");
  const auto *const issuer = payload->string("iss"), *const audience = payload->string("aud"),
                    *const token_id = payload->string("jti"), *const role = payload->string("role");
  const auto issued_at = time_claim(*payload, "iat", format), not_before = time_claim(*payload, "nbf", format),
             expires_at = time_claim(*payload, "exp", format);
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

/// What a key signed, and which key.
struct Signed {
  AccessClaims claims;
  const VerifyingKey& key;
};

core::Result<Signed> verify_jwt(const KeySet& keys, std::string_view token, core::Timestamp now) {
  const auto jws = Jws::parse(token);
  if (!jws) return refuse("token_malformed");
  const auto *const algorithm = jws->header.string("alg"), *const type = jws->header.string("typ"),
                    *const key_id = jws->header.string("kid");
  // Nothing else may stand in the header: `crit` and every way to bring one's own key (RFC 7515 §4.1) end here.
  if (!algorithm || !type || !key_id || jws->header.size() != 3) return refuse("token_malformed");
  if (*type != token_type) return refuse("token_type");
  auto claims = claims_of(core::as_text(jws->payload), TokenFormat::jwt);
  if (!claims) return refuse("token_malformed");
  const auto* const key = keys.verifier(*key_id, now);
  if (key == nullptr) return refuse("token_unknown_key");
  if (!jws->names_algorithm_of(*key)) return refuse("token_algorithm");
  if (!jws->is_signed_by(*key)) return refuse("token_signature");
  return Signed{std::move(*claims), *key};
}

core::Result<Signed> verify_paseto(const KeySet& keys, std::string_view token, core::Timestamp now) {
  if (!token.starts_with(Paseto::prefix)) return refuse("token_unsupported");
  const auto paseto = Paseto::parse(token);
  if (!paseto) return refuse("token_malformed");
  const auto footer = FlatJson::parse(paseto->footer);
  const auto* const key_id = footer ? footer->string("kid") : nullptr;
  if (key_id == nullptr || footer->size() != 1) return refuse("token_malformed");
  auto claims = claims_of(paseto->message, TokenFormat::paseto);
  if (!claims) return refuse("token_malformed");
  const auto* const key = keys.verifier(*key_id, now);
  if (key == nullptr) return refuse("token_unknown_key");
  if (format_of(key->use().algorithm) != TokenFormat::paseto) return refuse("token_algorithm");
  if (!paseto->is_signed_by(*key)) return refuse("token_signature");
  return Signed{std::move(*claims), *key};
}

}  // namespace

std::string issue(const SigningKey& key, const AccessClaims& claims) {
  const auto& use = key.use();
  if (use.purpose != SigningPurpose::access_token || (!use.audience.empty() && use.audience != claims.audience))
    throw std::invalid_argument("the key is not for this token");
  const auto format = format_of(use.algorithm);
  const auto payload = payload_of(claims, format);
  std::string head;
  if (format == TokenFormat::jwt) {
    append_member(head, "alg", to_text(use.algorithm));
    append_member(head, "typ", token_type);
  }
  append_member(head, "kid", key.id());
  head += '}';
  return format == TokenFormat::jwt ? sign_jws(key, head, payload) : sign_paseto(key, payload, head);
}

core::Result<AccessClaims> verify_access_token(const KeySet& keys, std::string_view token,
                                               const TokenExpectation& expected) {
  if (token.size() > max_access_token_size) return refuse("token_malformed");
  auto verified =
      looks_like_paseto(token) ? verify_paseto(keys, token, expected.now) : verify_jwt(keys, token, expected.now);
  if (!verified) return core::fail(std::move(verified));
  auto& [claims, key] = *verified;
  if (claims.issuer != expected.issuer) return refuse("token_issuer");
  // Whoever holds an HS256 key can sign with it, so it speaks to its own audience only.
  const auto& keys_audience = key.use().audience;
  if (claims.audience != expected.audience || (!keys_audience.empty() && claims.audience != keys_audience))
    return refuse("token_audience");
  if (expected.now < claims.not_before || expected.now < claims.issued_at) return refuse("token_not_yet_valid");
  const bool has_expired = expected.now >= claims.expires_at;
  if (has_expired && expected.expiry == TokenExpectation::Expiry::checked) return refuse("token_expired");
  return std::move(claims);
}

}  // namespace sallyport::crypto
