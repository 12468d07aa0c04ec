#include "crypto/password_recipe.h"

#include <stdexcept>

namespace sallyport::crypto {
namespace {

constexpr std::size_t salt_bytes = 16;  // RFC 9106 §3.1; the only size libsodium can do
constexpr std::size_t hash_bytes = 32;

core::Bytes random_bytes(core::Random& random, std::size_t size) {
  core::Bytes bytes(size);
  random.fill(bytes);
  return bytes;
}

}  // namespace

PasswordRecipe::PasswordRecipe(Argon2& argon2, core::Random& random, Argon2Parameters parameters, Peppers peppers)
    : argon2_(argon2), random_(random), parameters_(parameters), peppers_(std::move(peppers)) {
  if (!is_within_bounds(parameters_)) throw std::invalid_argument("Argon2 parameters out of bounds");
  if (peppers_.current && !peppers_.by_version.contains(*peppers_.current))
    throw std::invalid_argument("the current pepper is missing");
  dummy_ = with_fresh_salts();
  dummy_.hash = random_bytes(random_, hash_bytes);
}

PasswordVerifier PasswordRecipe::with_fresh_salts() const {
  PasswordVerifier fresh{.parameters = parameters_, .salt = random_bytes(random_, salt_bytes)};
  if (peppers_.current) fresh.pepper.emplace(*peppers_.current, random_bytes(random_, salt_bytes));
  return fresh;
}

core::Result<void> PasswordRecipe::hash(const core::Secret& password, const PasswordVerifier& verifier,
                                        std::span<std::uint8_t> out) const {
  if (!verifier.pepper) return argon2_.hash(password.reveal_bytes(), verifier.salt, verifier.parameters, out);
  const auto pepper = peppers_.by_version.find(verifier.pepper->version);
  if (pepper == peppers_.by_version.end()) return core::fail(core::Fault::internal, "pepper_unknown");
  auto mac = pepper->second.mac({verifier.pepper->salt, password.reveal_bytes()});
  auto hashed = argon2_.hash(mac, verifier.salt, verifier.parameters, out);
  OPENSSL_cleanse(mac.data(), mac.size());  // with the pepper known, a fast way to guess the password
  return hashed;
}

core::Result<PasswordVerifier> PasswordRecipe::make(const core::Secret& password) const {
  auto verifier = with_fresh_salts();
  verifier.hash.resize(hash_bytes);
  auto hashed = hash(password, verifier, verifier.hash);
  if (!hashed) return core::fail(std::move(hashed));
  return verifier;
}

core::Result<Match> PasswordRecipe::check(const core::Secret& password, const PasswordVerifier& stored) const {
  core::Bytes presented(stored.hash.size());
  auto hashed = hash(password, stored, presented);
  if (!hashed) return core::fail(std::move(hashed));
  if (!equal(presented, stored.hash)) return Match::no;
  return is_outdated(stored) ? Match::yes_but_outdated : Match::yes;
}

bool PasswordRecipe::is_outdated(const PasswordVerifier& stored) const {
  const auto pepper = stored.pepper ? std::optional(stored.pepper->version) : std::nullopt;
  return stored.parameters != parameters_ || pepper != peppers_.current;
}

}  // namespace sallyport::crypto
