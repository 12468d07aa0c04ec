// The other side of check.mjs and check.py: issues a token with a key of each kind and tells what it makes of theirs.
//
//   foreign_tokens UNIX_SECONDS
//
// writes one line of JSON with the tokens, the JWK set and the secret of HS256, then for each token read from standard
// input one line: "accepted", or the code of the refusal.

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "core/base64url.h"
#include "core/fake_random.h"
#include "crypto/access_token.h"

namespace {

using namespace sallyport;
using crypto::SigningAlgorithm;

constexpr std::string_view issuer = "https://sallyport.test", audience = "shop";

}  // namespace

int main(int count, char** arguments) {
  if (count != 2) return EXIT_FAILURE;
  const core::Timestamp now{std::chrono::seconds{std::atoll(arguments[1])}};
  core::FakeRandom random;
  const crypto::AccessClaims claims{.subject = core::AccountId::fresh(now, random),
                                    .session = core::SessionId::fresh(now, random),
                                    .issuer = std::string(issuer),
                                    .audience = std::string(audience),
                                    .token_id = "token-1",
                                    .role = "user",
                                    .issued_at = now,
                                    .not_before = now,
                                    .expires_at = now + std::chrono::minutes{15}};
  std::vector<crypto::KeySet::Member> members;
  std::vector<std::string> tokens;
  std::string secret;
  using enum SigningAlgorithm;
  for (const auto algorithm : {eddsa, es256, rs256, hs256, v4_public}) {
    auto key = crypto::SigningKey::generate(
        random, {algorithm, crypto::SigningPurpose::access_token, std::string(algorithm == hs256 ? audience : "")});
    tokens.push_back(fmt::format(R"("{}":"{}")", to_text(algorithm), issue(key, claims)));
    if (algorithm == hs256) {
      const auto bytes = key.bytes();
      secret = fmt::format(R"({{"k":"{}","kid":"{}"}})", core::base64url_encode(bytes.reveal_bytes()), key.id());
    }
    members.push_back({std::move(key), {now}});
  }
  const crypto::KeySet keys(std::move(members));
  fmt::print(R"({{"issuer":"{}","audience":"{}","sub":"{}","sid":"{}","tokens":{{{}}},"jwks":{},"secret":{}}})"
             "\n",
             issuer, audience, claims.subject.str(), claims.session.str(), fmt::join(tokens, ","), keys.jwks(now),
             secret);
  std::fflush(stdout);

  for (std::string token; std::getline(std::cin, token);) {
    const auto verified = verify_access_token(keys, token, {issuer, audience, now});
    std::cout << (verified ? "accepted" : verified.error().code) << std::endl;
  }
}
