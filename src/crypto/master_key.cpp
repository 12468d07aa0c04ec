#include "crypto/master_key.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <string>

#include "core/base64url.h"
#include "crypto/digest.h"

namespace sallyport::crypto {
namespace {

constexpr std::string_view first_line = "sallyport-master-key-v1";

std::unexpected<core::Error> refuse(std::string_view code, std::size_t line, std::string_view why) {
  return std::unexpected(
      core::Error{.fault = core::Fault::invalid,
                  .code = code,
                  .log_detail = "master key, line " + std::to_string(line) + ": " + std::string(why)});
}

std::unexpected<core::Error> malformed(std::size_t line, std::string_view why) {
  return refuse("master_key_malformed", line, why);
}

std::string_view take_line(std::string_view& text) {
  const auto line = text.substr(0, text.find('\n'));
  text.remove_prefix(std::min(line.size() + 1, text.size()));
  return line;
}

std::optional<std::uint32_t> parse_version(std::string_view digits) {
  std::uint32_t number = 0;
  const auto* const end = digits.data() + digits.size();
  const auto [rest, error] = std::from_chars(digits.data(), end, number);
  if (error != std::errc() || rest != end || digits.front() == '0') return std::nullopt;
  return number;
}

std::optional<core::Secret> parse_key(std::string_view text) {
  auto bytes = core::base64url_decode(text);
  if (!bytes) return std::nullopt;
  std::optional<core::Secret> key;
  if (bytes->size() == MasterKey::key_size) key.emplace(core::ByteView(*bytes));
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return key;
}

bool has_equal_bytes(core::ByteView key) {
  return std::ranges::all_of(key, [&](std::uint8_t byte) { return byte == key.front(); });
}

}  // namespace

MasterKey MasterKey::generate(core::Random& random) {
  std::vector<Version> versions;
  versions.push_back({1, random.secret(key_size)});
  return MasterKey(std::move(versions));
}

MasterKey MasterKey::with_fresh_version(core::Random& random) const {
  std::vector<Version> versions;
  for (const auto& [number, key] : versions_) versions.push_back({number, key.duplicate()});
  versions.push_back({current_version() + 1, random.secret(key_size)});
  return MasterKey(std::move(versions));
}

core::Result<MasterKey> MasterKey::parse(const core::Secret& text) {
  auto rest = text.reveal();
  if (take_line(rest) != first_line) return malformed(1, "not \"" + std::string(first_line) + "\"");
  std::vector<Version> versions;
  for (std::size_t line_number = 2; !rest.empty(); ++line_number) {
    const auto line = take_line(rest);
    const auto space = line.find(' ');
    if (space == line.npos) return malformed(line_number, "not a version, a space and a key");
    const auto number = parse_version(line.substr(0, space));
    if (!number) return malformed(line_number, "the version is not a number from 1 to 4294967295");
    if (!versions.empty() && *number <= versions.back().number)
      return malformed(line_number, "versions must grow from line to line");
    auto key = parse_key(line.substr(space + 1));
    if (!key) return malformed(line_number, "the key is not 32 bytes in base64url (43 characters)");
    if (has_equal_bytes(key->reveal_bytes()))
      return refuse("master_key_weak", line_number, "all bytes of the key are equal");
    for (const auto& earlier : versions)
      if (equal(earlier.key.reveal_bytes(), key->reveal_bytes()))
        return refuse("master_key_weak", line_number, "the key repeats version " + std::to_string(earlier.number));
    versions.push_back({*number, std::move(*key)});
  }
  if (versions.empty()) return malformed(2, "there is no key");
  return MasterKey(std::move(versions));
}

core::Secret MasterKey::serialise() const {
  // Reserved in full, so that growing leaves no copy of a key behind.
  std::string text;
  text.reserve(first_line.size() + 1 + versions_.size() * (10 + 1 + 43 + 1));
  text.append(first_line) += '\n';
  for (const auto& [number, key] : versions_) {
    auto encoded = core::base64url_encode(key.reveal_bytes());
    text.append(std::to_string(number)).append(" ").append(encoded) += '\n';
    OPENSSL_cleanse(encoded.data(), encoded.size());
  }
  core::Secret secret(text);
  OPENSSL_cleanse(text.data(), text.size());
  return secret;
}

}  // namespace sallyport::crypto
