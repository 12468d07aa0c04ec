#include "crypto/key_set.h"

#include <algorithm>
#include <ranges>
#include <stdexcept>

namespace sallyport::crypto {

Succession succeed(const KeyTimes& outgoing, core::Timestamp now, std::chrono::seconds notice,
                   std::chrono::seconds token_lifetime) {
  const auto change = now + notice;
  return {.outgoing = {outgoing.active_from, change, change + notice + token_lifetime}, .successor = {change}};
}

KeySet::KeySet(std::vector<Member> members) : members_(std::move(members)) {
  std::ranges::sort(members_, {}, [](const Member& member) {
    return std::pair(member.times.active_from, std::string_view(member.key.id()));  // alike on every server
  });
  for (auto member = members_.begin(); member != members_.end(); ++member) {
    if (member->key.use().purpose != SigningPurpose::access_token)
      throw std::invalid_argument("a key of another purpose cannot sign access tokens");
    if (std::any_of(members_.begin(), member, [&](const Member& other) { return other.key.id() == member->key.id(); }))
      throw std::invalid_argument("two signing keys have one id");
  }
}

const KeySet::Member* KeySet::signing(std::string_view audience, core::Timestamp now) const {
  const Member* of_any_audience = nullptr;
  for (const auto& member : members_ | std::views::reverse) {
    if (!member.times.is_active(now)) continue;
    if (member.key.use().audience == audience) return &member;
    if (member.key.use().audience.empty() && of_any_audience == nullptr) of_any_audience = &member;
  }
  return of_any_audience;
}

const VerifyingKey* KeySet::verifier(std::string_view id, core::Timestamp now) const {
  const auto found =
      std::ranges::find(members_, id, [](const Member& member) { return std::string_view(member.key.id()); });
  return found == members_.end() || !found->times.is_published(now) ? nullptr : &found->key.verifying_key();
}

std::string KeySet::jwks(core::Timestamp now) const {
  std::string json = "{\"keys\":[";
  for (const auto& [key, times] : members_) {
    const auto jwk = key.verifying_key().jwk();
    if (jwk && times.is_published(now)) json.append(json.back() == '[' ? "" : ",").append(*jwk);
  }
  return json += "]}";
}

}  // namespace sallyport::crypto
