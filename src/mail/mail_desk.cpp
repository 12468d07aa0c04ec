#include "mail/mail_desk.h"

#include <openssl/crypto.h>

#include "crypto/flat_json.h"
#include "crypto/seal.h"

namespace sallyport::mail {
namespace {

using core::Fault;
using core::Result;
using crypto::FlatJson;

constexpr std::size_t key_version_size = 4;
constexpr std::int64_t letter_version = 1;  // of the JSON inside; a later release's is refused rather than misread

/// What the sealed bytes are and whose, so that no other mail's can stand in for them.
core::Bytes associated_with(const MailId& id, std::string_view kind) {
  core::Bytes associated;
  const auto append = [&](core::ByteView bytes) { associated.insert(associated.end(), bytes.begin(), bytes.end()); };
  append(core::as_bytes("sallyport/v1/mail"));
  append(id.bytes());
  append(core::as_bytes(kind));
  return associated;
}

std::unexpected<core::Error> unreadable(std::string why) {
  return std::unexpected(
      core::Error{.fault = Fault::internal, .code = "sealed_unreadable", .log_detail = std::move(why)});
}

/// Writes the members of one object in a fixed order, so that one letter has one text.
class LetterJson {
 public:
  LetterJson() { text_.reserve(4'096); }  // so that no copy of a link stays behind
  ~LetterJson() { OPENSSL_cleanse(text_.data(), text_.size()); }
  LetterJson(const LetterJson&) = delete;
  LetterJson& operator=(const LetterJson&) = delete;

  void text(std::string_view name, std::string_view value) {
    begin(name);
    crypto::append_json_string(text_, value);
  }
  void number(std::string_view name, std::int64_t value) {
    begin(name);
    text_ += std::to_string(value);
  }
  void text_if(std::string_view name, const std::optional<std::string>& value) {
    if (value) text(name, *value);
  }
  void text_if(std::string_view name, const std::optional<core::Secret>& value) {
    if (value) text(name, value->reveal());
  }
  core::Secret finish() {
    text_ += '}';
    return core::Secret(text_);
  }

 private:
  void begin(std::string_view name) {
    text_ += text_.empty() ? '{' : ',';
    crypto::append_json_string(text_, name);
    text_ += ':';
  }
  std::string text_;
};

core::Secret to_json(const Letter& letter) {
  LetterJson json;
  json.number("v", letter_version);
  json.text("to", letter.to);
  json.text_if("name", letter.name);
  json.text_if("link", letter.link);
  json.text_if("code", letter.code);
  if (letter.valid_for) json.number("valid_for", letter.valid_for->count());
  if (letter.at) json.number("at", letter.at->time_since_epoch().count());
  json.text_if("device", letter.device);
  json.text_if("ip", letter.ip);
  json.text_if("address", letter.address);
  json.text_if("inviter", letter.inviter);
  return json.finish();
}

Result<Letter> from_json(const core::Secret& text) {
  const auto json = FlatJson::parse(text.reveal());
  const auto* const version = json ? json->integer("v") : nullptr;
  if (version == nullptr) return unreadable("a sealed letter is not one");
  if (*version != letter_version) return unreadable("a letter is of version " + std::to_string(*version));
  const auto* const to = json->string("to");
  if (to == nullptr) return unreadable("a sealed letter has no address");
  const auto text_of = [&](std::string_view name) {
    const auto* const value = json->string(name);
    return value == nullptr ? std::nullopt : std::optional(*value);
  };
  const auto secret_of = [&](std::string_view name) {
    const auto* const value = json->string(name);
    return value == nullptr ? std::nullopt : std::optional<core::Secret>(std::in_place, std::string_view(*value));
  };
  Letter letter{.to = *to,
                .name = text_of("name"),
                .link = secret_of("link"),
                .code = secret_of("code"),
                .device = text_of("device"),
                .ip = text_of("ip"),
                .address = text_of("address"),
                .inviter = text_of("inviter")};
  if (const auto* const seconds = json->integer("valid_for")) letter.valid_for = std::chrono::seconds{*seconds};
  if (const auto* const at = json->integer("at")) letter.at = core::Timestamp(std::chrono::microseconds{*at});
  return letter;
}

}  // namespace

NewMail MailDesk::compose(MailKind kind, std::optional<core::AccountId> account, std::optional<std::string> locale,
                          const Letter& letter, core::Timestamp now) const {
  const auto id = MailId::fresh(now, random_);
  const auto version = keyring_.current_version();
  core::Bytes payload;
  for (int shift = 24; shift >= 0; shift -= 8) payload.push_back(static_cast<std::uint8_t>(version >> shift));
  const auto box = crypto::seal(keyring_.derive(crypto::Purpose::mail_sealing, version),
                                associated_with(id, to_text(kind)), to_json(letter), random_);
  payload.insert(payload.end(), box.begin(), box.end());
  return {.id = id,
          .kind = kind,
          .account = account,
          .locale = std::move(locale),
          .payload = std::move(payload),
          .created_at = now};
}

Result<Letter> MailDesk::open(const StoredMail& mail) const {
  if (mail.state == MailState::delivered) return core::fail(Fault::conflict, "mail_delivered");
  const core::ByteView payload(mail.payload);
  std::uint32_t version = 0;  // never one of a master key, so bytes cut short name an unknown one
  if (payload.size() > key_version_size)
    for (const auto byte : payload.first(key_version_size)) version = version << 8 | byte;
  if (!keyring_.has_version(version))
    return unreadable("a mail is sealed under master key version " + std::to_string(version));
  auto plain = crypto::open(keyring_.derive(crypto::Purpose::mail_sealing, version),
                            associated_with(mail.id, mail.kind), payload.subspan(key_version_size));
  if (!plain) return core::fail(std::move(plain));
  return from_json(*plain);
}

}  // namespace sallyport::mail
