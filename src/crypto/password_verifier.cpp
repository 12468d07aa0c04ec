#include "crypto/password_verifier.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "core/base64url.h"

namespace sallyport::crypto {
namespace {

using core::fail;
using core::Fault;

std::string base64(core::ByteView bytes) {
  auto text = core::base64url_encode(bytes);
  std::ranges::replace(text, '-', '+');
  std::ranges::replace(text, '_', '/');
  return text;
}

/// Takes pieces off the left end of a stored string; after the first that is not there, nothing else is.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool has(std::string_view literal) const { return rest_.starts_with(literal); }
  void literal(std::string_view expected) {
    if (!has(expected)) return fail_here();
    rest_.remove_prefix(expected.size());
  }
  std::uint32_t number() {
    std::uint32_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const auto size = static_cast<std::size_t>(end - rest_.data());
    const bool has_leading_zero = size > 1 && rest_.front() == '0';
    if (error != std::errc{} || has_leading_zero) return fail_here(), 0;
    rest_.remove_prefix(size);
    return value;
  }
  /// Up to the next `$` or the end.
  core::Bytes base64(std::size_t min_size, std::size_t max_size) {
    const auto text = rest_.substr(0, rest_.find('$'));
    // From the one alphabet to the other; what only base64url has must not become valid.
    std::string url(text);
    std::ranges::transform(url, url.begin(), [](char c) {
      return c == '+' ? '-' : c == '/' ? '_' : c == '-' || c == '_' ? '?' : c;
    });
    auto bytes = core::base64url_decode(url);
    if (!bytes || bytes->size() < min_size || bytes->size() > max_size) return fail_here(), core::Bytes{};
    rest_.remove_prefix(text.size());
    return std::move(*bytes);
  }
  bool is_done() const { return is_good_ && rest_.empty(); }

 private:
  void fail_here() {
    is_good_ = false;
    rest_ = {};
  }
  std::string_view rest_;
  bool is_good_ = true;
};

constexpr std::size_t max_stored_bytes = 512;
constexpr std::size_t min_salt_bytes = 8, max_salt_bytes = 64;
constexpr std::size_t min_hash_bytes = 16, max_hash_bytes = 64;

}  // namespace

bool is_within_bounds(const Argon2Parameters& parameters) {
  constexpr std::uint32_t max_memory_kib = 1U << 20, max_passes = 64, max_lanes = 16;
  constexpr std::uint64_t max_work_kib = 4U << 20;
  const auto& [memory_kib, passes, lanes] = parameters;
  return lanes >= 1 && lanes <= max_lanes && passes >= 1 && passes <= max_passes && memory_kib >= 8 * lanes &&
         memory_kib <= max_memory_kib && std::uint64_t{memory_kib} * passes <= max_work_kib;
}

core::Result<PasswordVerifier> PasswordVerifier::parse(std::string_view stored) {
  Reader reader(stored.substr(0, max_stored_bytes));
  const bool is_peppered = reader.has("$sp1$");
  if (!is_peppered && !reader.has("$argon2id$")) return fail(Fault::unimplemented, "verifier_scheme_unknown");

  PasswordVerifier verifier;
  if (is_peppered) {
    reader.literal("$sp1$k=");
    verifier.pepper.emplace(reader.number());
  }
  reader.literal("$argon2id$v=19$m=");
  verifier.parameters.memory_kib = reader.number();
  reader.literal(",t=");
  verifier.parameters.passes = reader.number();
  reader.literal(",p=");
  verifier.parameters.lanes = reader.number();
  reader.literal("$");
  if (is_peppered) {
    verifier.pepper->salt = reader.base64(min_salt_bytes, max_salt_bytes);
    reader.literal("$");
  }
  verifier.salt = reader.base64(min_salt_bytes, max_salt_bytes);
  reader.literal("$");
  verifier.hash = reader.base64(min_hash_bytes, max_hash_bytes);
  if (!reader.is_done() || stored.size() > max_stored_bytes || !is_within_bounds(verifier.parameters))
    return fail(Fault::internal, "verifier_malformed");
  return verifier;
}

std::string PasswordVerifier::str() const {
  const auto& [memory_kib, passes, lanes] = parameters;
  return fmt::format("{}$argon2id$v=19$m={},t={},p={}${}{}${}", pepper ? fmt::format("$sp1$k={}", pepper->version) : "",
                     memory_kib, passes, lanes, pepper ? base64(pepper->salt) + "$" : "", base64(salt), base64(hash));
}

}  // namespace sallyport::crypto
