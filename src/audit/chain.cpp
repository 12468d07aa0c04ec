#include "audit/chain.h"

#include <array>

namespace sallyport::audit {
namespace {

std::array<std::uint8_t, 8> big_endian(std::int64_t number) {
  std::array<std::uint8_t, 8> bytes;
  for (std::size_t i = 0; i < 8; ++i) bytes[i] = static_cast<std::uint8_t>(number >> (56 - 8 * i));
  return bytes;
}

void append_json_text(std::string& out, std::string_view text) {
  static constexpr std::string_view hex = "0123456789abcdef";
  out += '"';
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') (out += '\\') += c;
    else if (byte < 0x20 || byte >= 0x7f) ((out += "\\u00") += hex[byte >> 4]) += hex[byte & 15];
    else out += c;
  }
  out += '"';
}

/// Header bytes are of no known charset: each is taken as one Latin-1 character, so that the text is JSON whatever
/// came.
std::string person_json(const Origin& origin) {
  std::string json = "{\"ip\":";
  append_json_text(json, origin.ip);
  json += ",\"user_agent\":";
  append_json_text(json, origin.user_agent);
  json += ",\"request_id\":";
  append_json_text(json, origin.request_id);
  if (origin.actor) {
    json += ",\"actor\":";
    append_json_text(json, origin.actor->str());
  }
  return json += '}';
}

}  // namespace

core::Digest hash_of(const HashedRow& row) {
  // Every part but the event's name has a fixed length or says whether it is there: two rows never read alike.
  const auto sequence = big_endian(row.sequence);
  const auto at = big_endian(row.at.time_since_epoch().count());
  const auto name_size = big_endian(std::ssize(row.event));
  const std::array<std::uint8_t, 2> present{row.account ? std::uint8_t{1} : std::uint8_t{0},
                                            row.session ? std::uint8_t{1} : std::uint8_t{0}};
  return crypto::sha256({core::as_bytes("sallyport/audit/v1"), row.stream, sequence, at, name_size,
                         core::as_bytes(row.event), present, row.account ? row.account->bytes() : core::ByteView{},
                         row.session ? row.session->bytes() : core::ByteView{}, row.person_commitment, row.previous});
}

core::Digest commitment_of(const crypto::HmacKey& key, core::ByteView salt, std::string_view person) {
  return key.mac({salt, core::as_bytes(person)});
}

ChainedRow Chain::append(const Entry& entry) {
  ChainedRow row{.sequence = head_.sequence + 1,
                 .previous = head_.hash,
                 .hash = {},
                 .person_commitment = {},
                 .salt = random_->bytes<16>(),
                 .person = person_json(entry.origin)};
  row.person_commitment = commitment_of(*commitment_key_, row.salt, row.person);
  const auto uuid = [](const auto& id) { return id ? std::optional(id->uuid()) : std::nullopt; };
  row.hash = hash_of({.stream = stream_,
                      .sequence = row.sequence,
                      .at = entry.at,
                      .event = to_text(entry.event),
                      .account = uuid(entry.account),
                      .session = uuid(entry.session),
                      .person_commitment = row.person_commitment,
                      .previous = row.previous});
  head_ = {.sequence = row.sequence, .hash = row.hash};
  return row;
}

}  // namespace sallyport::audit
