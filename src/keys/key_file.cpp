#include "keys/key_file.h"

#include <openssl/crypto.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <string>

#include "core/base64url.h"
#include "crypto/digest.h"

namespace sallyport::keys {
namespace {

constexpr std::string_view first_line = "sallyport-keys-v1\n", master_first_line = "sallyport-master-key-v1\n";
constexpr std::string_view none = "-";

/// Text that is wiped when it goes, and when it grows.
class SecretText {
 public:
  SecretText() = default;
  SecretText(const SecretText&) = delete;
  SecretText& operator=(const SecretText&) = delete;
  ~SecretText() { wipe(text_); }
  SecretText& operator+=(std::string_view more) {
    if (text_.size() + more.size() > text_.capacity()) {
      std::string grown;
      grown.reserve(2 * (text_.size() + more.size()));
      grown = text_;
      text_.swap(grown);
      wipe(grown);
    }
    text_ += more;
    return *this;
  }
  void add_base64url(core::ByteView bytes) {
    auto encoded = core::base64url_encode(bytes);
    *this += bytes.empty() ? none : std::string_view(encoded);
    wipe(encoded);
  }
  std::string_view str() const { return text_; }

 private:
  static void wipe(std::string& text) { OPENSSL_cleanse(text.data(), text.size()); }
  std::string text_;
};

std::unexpected<core::Error> malformed(std::size_t line, std::string_view why) {
  return std::unexpected(core::Error{.fault = core::Fault::invalid,
                                     .code = "key_file_malformed",
                                     .log_detail = "line " + std::to_string(line) + ": " + std::string(why)});
}

std::string_view take_until(std::string_view& text, char separator) {
  const auto part = text.substr(0, text.find(separator));
  text.remove_prefix(std::min(part.size() + 1, text.size()));
  return part;
}

std::optional<core::Secret> parse_bytes(std::string_view text) {
  if (text == none) return core::Secret("");
  auto bytes = core::base64url_decode(text);
  if (!bytes || bytes->empty()) return std::nullopt;
  core::Secret secret{core::ByteView(*bytes)};
  OPENSSL_cleanse(bytes->data(), bytes->size());
  return secret;
}

/// Within years that a text can say, 0001 to 9999.
std::optional<core::Timestamp> parse_time(std::string_view text) {
  std::int64_t micros = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), micros);
  const core::Timestamp at{std::chrono::microseconds{micros}};
  using std::chrono::sys_days, std::chrono::year;
  const bool is_sayable = at >= sys_days{year{1} / 1 / 1} && at < sys_days{year{10'000} / 1 / 1};
  const bool is_canonical = std::to_string(micros) == text;
  return error == std::errc() && is_canonical && is_sayable ? std::optional(at) : std::nullopt;
}

/// False if the text is neither a time nor an open end.
bool parse_end(std::string_view text, std::optional<core::Timestamp>& end) {
  if (text != none) end = parse_time(text);
  return text == none || end.has_value();
}

/// What is wrong with the line, or nothing and the key behind the others.
std::string_view add_key(std::string_view line, std::vector<crypto::KeySet::Member>& keys) {
  std::array<std::string_view, 8> parts;
  for (auto& part : parts) part = take_until(line, ' ');
  if (parts.back().empty() || !line.empty()) return "a signing key has eight parts";
  const auto& [id, purpose_text, algorithm_text, audience_text, private_text, from_text, until_text, published_text] =
      parts;
  const auto purpose = crypto::parse_signing_purpose(purpose_text);
  const auto algorithm = crypto::parse_signing_algorithm(algorithm_text);
  if (!purpose || !algorithm) return "a signing key for something that this release does not know";
  const auto audience = parse_bytes(audience_text), private_half = parse_bytes(private_text);
  if (!audience || !private_half) return "audience or private half are not base64url";
  auto key = crypto::SigningKey::parse({*algorithm, *purpose, std::string(audience->reveal())}, *private_half);
  if (!key || key->id() != id) return "the private half is not the key of that id";
  const auto from = parse_time(from_text);
  crypto::KeyTimes times;
  if (!from || !parse_end(until_text, times.active_until) || !parse_end(published_text, times.published_until))
    return "a time is not a number of microseconds";
  times.active_from = *from;
  if (std::ranges::any_of(keys, [&](const auto& other) { return other.key.id() == key->id(); }))
    return "the key is there twice";
  keys.push_back({std::move(*key), times});
  return {};
}

std::string time_text(const std::optional<core::Timestamp>& at) {
  return at ? std::to_string(at->time_since_epoch().count()) : std::string(none);
}

std::string checksum(std::string_view text) { return core::base64url_encode(crypto::sha256(core::as_bytes(text))); }

}  // namespace

core::Result<KeyFile> KeyFile::parse(const core::Secret& text) {
  const auto whole = text.reveal();
  if (!whole.starts_with(first_line)) return malformed(1, "this is no file that 'keys export' made");
  auto rest = whole.substr(first_line.size());
  SecretText master_text;
  master_text += master_first_line;
  std::vector<crypto::KeySet::Member> keys;
  for (std::size_t number = 2;; ++number) {
    const auto before = whole.substr(0, whole.size() - rest.size());
    if (rest.empty()) return malformed(number, "the end is missing");
    auto line = take_until(rest, '\n');
    const auto kind = take_until(line, ' ');
    if (kind == "end") {
      if (line != checksum(before) || !rest.empty()) return malformed(number, "the file was altered or cut");
      break;
    }
    if (kind == "master") {
      (master_text += line) += "\n";
    } else if (kind == "signing") {
      if (const auto wrong = add_key(line, keys); !wrong.empty()) return malformed(number, wrong);
    } else {
      return malformed(number, "neither master nor signing nor end");
    }
  }
  auto master = crypto::MasterKey::parse(core::Secret(master_text.str()));
  if (!master) {
    return std::unexpected(core::Error{.fault = core::Fault::invalid,
                                       .code = "key_file_malformed",
                                       .log_detail = master.error().log_detail + " (of the lines that begin so)"});
  }
  return KeyFile{std::move(*master), std::move(keys)};
}

core::Secret KeyFile::serialise() const {
  SecretText text;
  text += first_line;
  const auto master_text = master.serialise();
  for (auto rest = master_text.reveal().substr(master_first_line.size()); !rest.empty();) {
    ((text += "master ") += take_until(rest, '\n')) += "\n";
  }
  for (const auto& [key, times] : keys) {
    ((text += "signing ") += key.id()) += " ";
    ((text += to_text(key.use().purpose)) += " ") += to_text(key.use().algorithm);
    text += " ";
    text.add_base64url(core::as_bytes(key.use().audience));
    text += " ";
    const auto private_half = key.bytes();
    text.add_base64url(private_half.reveal_bytes());
    for (const auto& at : {std::optional(times.active_from), times.active_until, times.published_until}) {
      (text += " ") += time_text(at);
    }
    text += "\n";
  }
  const auto end = checksum(text.str());
  ((text += "end ") += end) += "\n";
  return core::Secret(text.str());
}

}  // namespace sallyport::keys
