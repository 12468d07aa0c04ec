#include "audit/chain.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <functional>

namespace sallyport::audit {
namespace {

class SameByte final : public core::Random {
 public:
  void fill(std::span<std::uint8_t> out) override { std::ranges::fill(out, byte); }
  std::uint8_t byte = 0xa5;
};

core::Uuid uuid_of(std::uint8_t byte) { return core::Uuid::from_bytes(core::Bytes(16, byte)).value(); }

std::string hex(core::ByteView bytes) {
  std::string text;
  for (const auto byte : bytes) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

class AuditChain : public testing::Test {
 protected:
  Chain new_chain() { return Chain(stream, commitment_key, random); }

  StreamId stream{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const crypto::HmacKey commitment_key{core::Secret("commitment key")};
  SameByte random;
  const Entry signed_in{.event = Event::signed_in,
                        .at = core::Timestamp{std::chrono::microseconds{1'767'225'600'000'000}},
                        .account = core::AccountId(uuid_of(0x11)),
                        .session = core::SessionId(uuid_of(0x22)),
                        .origin = {.ip = "192.0.2.7", .user_agent = "curl/8", .request_id = "r1"}};
};

// What is hashed is what auditors compute by hand: a change of it breaks every log there is. These come from a few
// lines of Python.
TEST_F(AuditChain, HashesWhatItAlwaysHashed) {
  auto chain = new_chain();
  auto locked = signed_in;
  locked.event = Event::sign_in_locked;
  locked.account.reset();
  locked.session.reset();

  const auto first = chain.append(signed_in);
  const auto second = chain.append(locked);

  EXPECT_EQ(first.person, R"({"ip":"192.0.2.7","user_agent":"curl/8","request_id":"r1"})");
  EXPECT_EQ(hex(first.person_commitment), "c5f1bb96e2cbee4d304df4ec270b06ae9e270f16a0b3a6787420d04b5e7a30f7");
  EXPECT_EQ(hex(first.hash), "3a10420f7f1e53a338618ac3216b5b461832c8f6c91a45fb5698152111084072");
  EXPECT_EQ(hex(second.hash), "77b88eadd5e9f3df35533034ffe8034ad54780cd25c8234557f657e2e0463731");
}

TEST_F(AuditChain, NumbersRowsFromOneAndLinksEachToTheOneBefore) {
  auto chain = new_chain();

  const auto first = chain.append(signed_in);
  const auto second = chain.append(signed_in);

  EXPECT_EQ(first.sequence, 1);
  EXPECT_EQ(first.previous, core::Digest{});
  EXPECT_EQ(second.sequence, 2);
  EXPECT_EQ(second.previous, first.hash);
  EXPECT_EQ(chain.head().sequence, 2);
  EXPECT_EQ(chain.head().hash, second.hash);
}

TEST_F(AuditChain, AfterARewindTheNextRowTakesThePlaceOfTheUndoneOne) {
  auto chain = new_chain();
  chain.append(signed_in);
  const auto head = chain.head();
  const auto undone = chain.append(signed_in);

  chain.rewind(head);

  const auto next = chain.append(signed_in);
  EXPECT_EQ(next.sequence, undone.sequence);
  EXPECT_EQ(next.hash, undone.hash);
}

TEST_F(AuditChain, EveryPartOfARowChangesItsHash) {
  const auto original = new_chain().append(signed_in).hash;
  const std::pair<std::string_view, std::function<void(Entry&)>> changes[] = {
      {"event", [](Entry& e) { e.event = Event::sign_in_failed; }},
      {"at", [](Entry& e) { e.at += std::chrono::microseconds{1}; }},
      {"account", [](Entry& e) { e.account = core::AccountId(uuid_of(0x12)); }},
      {"no account", [](Entry& e) { e.account.reset(); }},
      {"session", [](Entry& e) { e.session = core::SessionId(uuid_of(0x23)); }},
      {"no session", [](Entry& e) { e.session.reset(); }},
      {"session in the account's place",
       [](Entry& e) {
         e.account = core::AccountId(e.session->uuid());
         e.session.reset();
       }},
      {"ip", [](Entry& e) { e.origin.ip = "192.0.2.8"; }},
      {"user agent", [](Entry& e) { e.origin.user_agent = "curl/9"; }},
      {"request id", [](Entry& e) { e.origin.request_id = "r2"; }},
      {"texts cut elsewhere",
       [](Entry& e) {
         e.origin.user_agent = "curl/8r";
         e.origin.request_id = "1";
       }},
  };
  for (const auto& [what, change] : changes) {
    auto entry = signed_in;
    change(entry);
    EXPECT_NE(new_chain().append(entry).hash, original) << what;
  }

  random.byte = 0x5a;
  EXPECT_NE(new_chain().append(signed_in).hash, original) << "salt";
  random.byte = 0xa5;
  stream[0] = 9;
  EXPECT_NE(new_chain().append(signed_in).hash, original) << "stream";
}

TEST_F(AuditChain, AnEarlierRowChangesEveryLaterHash) {
  auto one = new_chain(), other = new_chain();
  auto changed = signed_in;
  changed.event = Event::sign_in_failed;
  one.append(signed_in);
  other.append(changed);

  EXPECT_NE(one.append(signed_in).hash, other.append(signed_in).hash);
}

TEST_F(AuditChain, ThePersonsRowIsJsonWhateverBytesCame) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  auto entry = signed_in;
  entry.origin = {.ip = "\"},{\\", .user_agent = every_byte, .request_id = "\xed\xa0\x80\xff"};

  const auto person = new_chain().append(entry).person;

  const auto parsed = boost::json::parse(person).as_object();
  EXPECT_EQ(parsed.size(), 3U);
  EXPECT_EQ(parsed.at("ip").as_string(), "\"},{\\");
  EXPECT_EQ(parsed.at("user_agent").as_string().size(), 128U + 2 * 128U) << "each byte above ASCII as one character";
  EXPECT_EQ(std::ranges::count_if(person, [](char c) { return c < 0x20 || c == 0x7f; }), 0);
}

}  // namespace
}  // namespace sallyport::audit
