#include "flows/proof.h"

#include <algorithm>

namespace sallyport::flows {
namespace {

template <class Value>
std::optional<Value> parse_part(std::string_view field, std::string_view text, std::vector<core::FieldError>& wrong) {
  if (text.empty()) {
    wrong.push_back({field, "missing"});
    return std::nullopt;
  }
  auto value = Value::parse(text);
  if (value) return std::move(*value);
  wrong.push_back({field, value.error().code});
  return std::nullopt;
}

bool matches(const std::optional<core::Digest>& stored, const core::Digest& presented) {
  return stored && crypto::equal(*stored, presented);
}

}  // namespace

ProofText split_proof(std::string_view text) {
  const auto dot = text.find('.');  // which is in no base64url
  if (dot == std::string_view::npos) return {.token = text};
  return {.code = text.substr(dot + 1), .flow = text.substr(0, dot)};
}

std::optional<Proof> parse_proof(const ProofText& text, std::vector<core::FieldError>& wrong) {
  if (!text.token.empty() || text.code.empty()) {
    auto token = parse_part<LinkToken>("token", text.token, wrong);
    return token ? std::optional<Proof>(std::move(*token)) : std::nullopt;
  }
  auto code = parse_part<OneTimeCode>("code", text.code, wrong);
  auto handle = parse_part<FlowHandle>("flow", text.flow, wrong);
  if (!code || !handle) return std::nullopt;
  return HandleAndCode{.handle = std::move(*handle), .code = std::move(*code)};
}

ProofDigests digests_of(const Proof& proof, const crypto::Keyring& keyring) {
  if (const auto* const token = std::get_if<LinkToken>(&proof)) return {.id = token->id(), .link = token->digest()};
  const auto& [handle, code] = std::get<HandleAndCode>(proof);
  return {.id = handle.id(), .handle = handle.digest(), .code_macs = code.macs(keyring, handle.id())};
}

Verdict judge(const StoredFlow& stored, FlowKind kind, const ProofDigests& proof, std::int64_t wrong_codes_of_account,
              core::Timestamp now) {
  const auto& flow = stored.flow;
  if (flow.id != proof.id || flow.kind != kind || flow.expires_at <= now) return Verdict::refused;
  if (proof.link) return matches(flow.link_digest, *proof.link) ? Verdict::proven : Verdict::refused;
  if (!proof.handle || !matches(flow.handle_digest, *proof.handle)) return Verdict::refused;
  if (stored.wrong_codes >= most_wrong_codes || wrong_codes_of_account >= most_wrong_codes_of_account)
    return Verdict::refused;
  const bool is_right = std::ranges::any_of(
      proof.code_macs, [&](const core::Digest& presented) { return matches(flow.code_mac, presented); });
  return is_right ? Verdict::proven : Verdict::wrong_code;
}

}  // namespace sallyport::flows
