#include "crypto/signing_key.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "core/base64url.h"
#include "crypto/digest.h"
#include "crypto/seal.h"

namespace sallyport::crypto {
namespace {

constexpr std::size_t version_size = 4;

// What sealed bytes are, so that no other sealed thing can stand in for a signing key. The first release sealed a bare
// Ed25519 seed; its bytes go on after the master key's version with the 1 that `seal` begins with.
constexpr std::string_view sealed_as = "sallyport/v2/signing_key";
constexpr std::string_view seed_sealed_as = "sallyport/v1/signing_key/ed25519";
constexpr std::uint8_t sealed_with_use = 2;

std::unique_ptr<PrivatePart> private_part(SigningAlgorithm algorithm, const core::Secret& bytes) {
  switch (algorithm) {
    case SigningAlgorithm::eddsa:
    case SigningAlgorithm::v4_public:
      return ed25519_private(bytes);
    case SigningAlgorithm::es256:
    case SigningAlgorithm::rs256:
      return openssl_private(algorithm, bytes);
    case SigningAlgorithm::hs256:
      return hmac_private(bytes);
  }
  std::unreachable();
}

std::unique_ptr<PublicPart> public_part(SigningAlgorithm algorithm, core::ByteView bytes) {
  switch (algorithm) {
    case SigningAlgorithm::eddsa:
    case SigningAlgorithm::v4_public:
      return ed25519_public(bytes);
    case SigningAlgorithm::es256:
    case SigningAlgorithm::rs256:
      return openssl_public(algorithm, bytes);
    case SigningAlgorithm::hs256:
      return nullptr;
  }
  std::unreachable();
}

std::unexpected<core::Error> unfit() { return core::fail(core::Fault::invalid, "signing_key_unfit"); }

std::unexpected<core::Error> unreadable(std::string why) {
  return std::unexpected(
      core::Error{.fault = core::Fault::internal, .code = "sealed_unreadable", .log_detail = std::move(why)});
}

/// What is sealed: algorithm, purpose and audience, a NUL after each, then the private half.
core::Secret with_use(const KeyUse& use, const core::Secret& bytes) {
  std::string head;
  for (const std::string_view part : {to_text(use.algorithm), to_text(use.purpose), std::string_view(use.audience)})
    head.append(part) += '\0';
  auto plain = core::Secret::of_size(head.size() + bytes.size());
  std::ranges::copy(core::as_bytes(head), plain.writable().begin());
  std::ranges::copy(bytes.reveal_bytes(), plain.writable().begin() + static_cast<long>(head.size()));
  return plain;
}

core::Result<SigningKey> parse_with_use(const core::Secret& plain) {
  std::array<std::string_view, 3> head;
  auto rest = plain.reveal();
  for (auto& part : head) {
    part = rest.substr(0, rest.find('\0'));
    if (part.size() == rest.size()) return unreadable("a sealed signing key does not say what it is for");
    rest.remove_prefix(part.size() + 1);
  }
  const auto algorithm = parse_signing_algorithm(head[0]);
  const auto purpose = parse_signing_purpose(head[1]);
  if (!algorithm || !purpose) return unreadable("a signing key has a use that this release does not know");
  return SigningKey::parse({*algorithm, *purpose, std::string(head[2])}, core::Secret(rest));
}

}  // namespace

VerifyingKey::VerifyingKey(KeyUse use, std::shared_ptr<const PublicPart> part)
    : use_(std::move(use)),
      part_(std::move(part)),
      // RFC 7638 §3: the required members in lexicographic order, without white space.
      id_(core::base64url_encode(sha256(core::as_bytes('{' + part_->jwk_members() + '}')))) {}

core::Result<VerifyingKey> VerifyingKey::parse(KeyUse use, core::ByteView bytes) {
  auto part = public_part(use.algorithm, bytes);
  if (!part || !use.is_possible()) return unfit();
  return VerifyingKey(std::move(use), std::move(part));
}

std::optional<std::string> VerifyingKey::jwk() const {
  if (use_.algorithm == SigningAlgorithm::hs256) return std::nullopt;
  return '{' + part_->jwk_members() + R"(,"use":"sig","alg":")" + std::string(to_text(use_.algorithm)) +
         R"(","kid":")" + id_ + "\"}";
}

SigningKey SigningKey::generate(core::Random& random, KeyUse use) {
  if (!use.is_possible()) throw std::invalid_argument("no key can be made for such a use");
  const bool by_openssl = use.algorithm == SigningAlgorithm::es256 || use.algorithm == SigningAlgorithm::rs256;
  auto part = by_openssl ? generate_openssl_key(use.algorithm) : private_part(use.algorithm, random.secret(32));
  return {std::move(use), std::move(part)};
}

core::Result<SigningKey> SigningKey::parse(KeyUse use, const core::Secret& bytes) {
  auto part = private_part(use.algorithm, bytes);
  if (!part || !use.is_possible()) return unfit();
  // Halves of an imported key that do not belong together would sign what nobody can verify.
  const auto message = core::as_bytes("sallyport");
  if (!part->public_part()->verify(message, part->sign(message))) return unfit();
  return SigningKey(std::move(use), std::move(part));
}

core::Bytes SigningKey::sealed(const Keyring& keyring, core::Random& random) const {
  const auto version = keyring.current_version();
  const auto box =
      seal(keyring.derive(Purpose::key_sealing, version), core::as_bytes(sealed_as), with_use(use(), bytes()), random);
  core::Bytes sealed;
  for (int shift = 24; shift >= 0; shift -= 8) sealed.push_back(static_cast<std::uint8_t>(version >> shift));
  sealed.push_back(sealed_with_use);
  sealed.insert(sealed.end(), box.begin(), box.end());
  return sealed;
}

core::Result<SigningKey> SigningKey::unseal(const Keyring& keyring, core::ByteView sealed) {
  std::uint32_t version = 0;  // never one of a master key, so bytes cut short name an unknown one
  if (sealed.size() > version_size)
    for (const auto byte : sealed.first(version_size)) version = version << 8 | byte;
  if (!keyring.has_version(version))
    return std::unexpected(
        core::Error{.fault = core::Fault::internal,
                    .code = "sealed_key_version_unknown",
                    .log_detail = "a signing key is sealed under master key version " + std::to_string(version)});
  const bool has_use = sealed[version_size] == sealed_with_use;
  auto plain = open(keyring.derive(Purpose::key_sealing, version), core::as_bytes(has_use ? sealed_as : seed_sealed_as),
                    sealed.subspan(version_size + (has_use ? 1 : 0)));
  if (!plain) return core::fail(std::move(plain));
  auto key = has_use ? parse_with_use(*plain) : parse({}, *plain);
  if (!key) return unreadable("a sealed signing key is not one: " + std::string(key.error().code));
  return key;
}

}  // namespace sallyport::crypto
