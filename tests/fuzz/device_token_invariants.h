#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "fuzz/cuts.h"
#include "sessions/device_token.h"

namespace sallyport::fuzz {

/// Keys and tokens that are the same in every run, so that a corpus may hold tokens that are accepted.
struct DeviceTokenFixture {
  core::FakeRandom random;
  core::Timestamp now = core::FakeClock().now();
  crypto::Keyring keyring{crypto::MasterKey::generate(random)};
  std::vector<std::string> tokens = [this] {
    std::vector<std::string> texts;
    for (const std::string_view device : {"AAECAwQFBgcICQoLDA0ODw", "ann's phone"}) {
      const auto account = core::AccountId::fresh(now, random);
      const auto text = sessions::DeviceToken::make(keyring, account, 1, device, now).text();
      texts.emplace_back(text.reveal());
    }
    return texts;
  }();
};

inline const DeviceTokenFixture& device_tokens() {
  static const DeviceTokenFixture fixture;
  return fixture;
}

/// Only those that were issued are accepted, byte for byte.
inline std::string broken_device_token_rule(std::string_view text) {
  const auto& fixture = device_tokens();
  const auto parse = [&](std::string_view token) {
    return sessions::DeviceToken::parse(fixture.keyring, token, fixture.now).has_value();
  };
  if (parse(text) != (std::ranges::find(fixture.tokens, text) != fixture.tokens.end()))
    return parse(text) ? "a forgery is accepted" : "an issued token is refused";
  Cuts cuts(text);
  const auto& issued = fixture.tokens[cuts.next(fixture.tokens.size()) - 1];
  return parse(with_one_byte_changed(issued, cuts)) ? "a changed token is accepted" : "";
}

}  // namespace sallyport::fuzz
