#include "flows/one_time_code.h"

namespace sallyport::flows {
namespace {

constexpr std::uint32_t codes = 100'000'000;
constexpr std::uint32_t fair_limit = 4'200'000'000;  // the largest multiple of `codes` that 32 bits hold

}  // namespace

OneTimeCode OneTimeCode::fresh(core::Random& random) {
  std::uint32_t number = fair_limit;
  while (number >= fair_limit) {
    number = 0;
    for (const auto byte : random.bytes<4>()) number = number << 8 | byte;
  }
  number %= codes;
  auto text = core::Secret::of_size(digits);
  const auto out = text.writable();
  for (std::size_t i = digits; i-- > 0; number /= 10) out[i] = static_cast<std::uint8_t>('0' + number % 10);
  return OneTimeCode(std::move(text));
}

core::Result<OneTimeCode> OneTimeCode::parse(std::string_view text) {
  auto found = core::Secret::of_size(digits);
  const auto out = found.writable();
  std::size_t count = 0;
  for (const char c : text) {
    if (c == ' ' || c == '-') continue;
    if (c < '0' || c > '9' || count == digits) return core::fail(core::Fault::invalid, "code_malformed");
    out[count++] = static_cast<std::uint8_t>(c);
  }
  if (count != digits) return core::fail(core::Fault::invalid, "code_malformed");
  return OneTimeCode(std::move(found));
}

core::Digest OneTimeCode::mac_with(const crypto::HmacKey& key, FlowId id) const {
  return key.mac({id.bytes(), text_.reveal_bytes()});
}

core::Digest OneTimeCode::mac(const crypto::Keyring& keyring, FlowId id) const {
  return mac_with(keyring.mac_key(crypto::Purpose::one_time_code), id);
}

std::vector<core::Digest> OneTimeCode::macs(const crypto::Keyring& keyring, FlowId id) const {
  std::vector<core::Digest> all;
  for (const auto& version : keyring.master().versions())
    all.push_back(mac_with(*keyring.mac_key(crypto::Purpose::one_time_code, version.number), id));
  return all;
}

}  // namespace sallyport::flows
