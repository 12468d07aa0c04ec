#include "accounts/email.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

namespace sallyport::accounts {
namespace {

std::string key_of(std::string_view text) {
  const auto email = Email::parse(text);
  return email ? std::string(email->key().str()) : "refused: " + std::string(email.error().code);
}

std::string repeated(std::string_view text, std::size_t times) {
  std::string all;
  while (times-- > 0) all += text;
  return all;
}

/// Up to twelve of the letters, in any order.
rc::Gen<std::string> word_of(const std::vector<std::string>& letters) {
  const auto chosen = rc::gen::resize(12, rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(letters)));
  return rc::gen::map(chosen, [](const std::vector<std::string>& word) {
    std::string joined;
    for (const auto& letter : word) joined += letter;
    return joined;
  });
}

/// Mailboxes that are mostly right, of ASCII, composed, decomposed, wide and case-changing letters.
rc::Gen<std::string> mailbox() {
  const auto local =
      word_of({"a",  "B", "z", "I", "7", "+",      "_", "é",      "É",      "e\u0301", "ß",  "ſ",       "İ", "ı",
               "ｗ", "ﬁ", "Σ", "ς", "ΐ", "\u0345", "Ⅷ", "\u1FB3", "\u1F82", "Ǆ",       "한", "क\u093C", "𐐀"});
  const auto domain = word_of({"a", "B", "-", "7", "ü", "Ü", "u\u0308", "ß", "ς", "例", "ｗ"});
  return rc::gen::map(rc::gen::tuple(local, local, domain), [](const auto& parts) {
    const auto& [first, second, label] = parts;
    return "a" + first + ".b" + second + "@c" + label + "d.Example.ORG";
  });
}

}  // namespace

TEST(EmailParse, AcceptsMailboxesAndNamesWhatItRejects) {
  const std::string long_local = std::string(64, 'a') + "@example.org";
  const std::string longest = std::string(64, 'a') + "@" + repeated(std::string(46, 'b') + ".", 4) + "c";
  ASSERT_EQ(longest.size(), 254U);
  const struct {
    std::string text;
    std::string_view code;
  } cases[] = {{"ann+tag@example.org", ""},
               {"!#$%&'*+-/=?^_`{|}~@example.org", ""},
               {"a.b.c@a-b.c--d.example", ""},
               {"jürgen@bücher.example", ""},
               {"हिन्दी@example.org", ""},
               {long_local, ""},
               {longest, ""},
               {longest + "c", "too_long"},
               {"a" + long_local, "email_malformed"},
               {"", "email_malformed"},
               {"@", "email_malformed"},
               {"ann.example.org", "email_malformed"},
               {"@example.org", "email_malformed"},
               {"ann@", "email_malformed"},
               {"ann@@example.org", "email_malformed"},
               {"ann@home@example.org", "email_malformed"},
               {".ann@example.org", "email_malformed"},
               {"ann.@example.org", "email_malformed"},
               {"an..n@example.org", "email_malformed"},
               {"\"ann\"@example.org", "email_malformed"},
               {"ann (home)@example.org", "email_malformed"},
               {" ann@example.org", "email_malformed"},
               {"ann@example.org ", "email_malformed"},
               {"ann@example.org\n", "email_malformed"},
               {"a\tb@example.org", "email_malformed"},
               {{"a\0b@example.org", 15}, "email_malformed"},
               {{"ann@example.org\0.net", 20}, "email_malformed"},
               {"<ann@example.org>", "email_malformed"},
               {"ann@localhost", "email_malformed"},
               {"ann@example.org.", "email_malformed"},
               {"ann@.example.org", "email_malformed"},
               {"ann@example..org", "email_malformed"},
               {"ann@-example.org", "email_malformed"},
               {"ann@example-.org", "email_malformed"},
               {"ann@exa_mple.org", "email_malformed"},
               {"ann@[192.0.2.1]", "email_malformed"},
               {"ann@192.0.2.1", "email_malformed"},
               {"ann@xn--abc.example", "email_malformed"},
               {"ann@" + std::string(64, 'b') + ".org", "email_malformed"},
               {"a\u200Bnn@example.org", "email_malformed"},  // zero-width space
               {"a\u202Enn@example.org", "email_malformed"},  // right-to-left override
               {"a\u3164nn@example.org", "email_malformed"},  // Hangul filler: a letter nobody sees
               {"a\u00A0nn@example.org", "email_malformed"},  // no-break space
               {"ann@exa\u00ADmple.org", "email_malformed"},  // soft hyphen, which UTS #46 would drop
               {"a\uFF20nn@example.org", "email_malformed"},  // becomes an @ in NFKC
               {"\uFDFA@example.org", "email_malformed"},     // becomes four words in NFKC
               {"ann\uFF0E@example.org", "email_malformed"},  // becomes a dot in NFKC
               {"\xFF@example.org", "not_utf8"},
               {"\xC0\xAE@example.org", "not_utf8"},
               {"\xED\xA0\x80@example.org", "not_utf8"}};
  for (const auto& [text, code] : cases) {
    SCOPED_TRACE(text);
    const auto email = Email::parse(text);
    EXPECT_EQ(email ? "" : email.error().code, code);
  }
}

TEST(EmailParse, KeepsTheAddressAsTyped) { EXPECT_EQ(Email::parse("Ann@Example.ORG")->str(), "Ann@Example.ORG"); }

TEST(EmailKey, IsTheSameForEverySpellingOfAMailbox) {
  static constexpr struct {
    std::string_view text, key;
  } cases[] = {{"Ann@Example.ORG", "ann@example.org"},
               {"ANN@example.org", "ann@example.org"},
               {"J\u00DCRGEN@example.org", "jürgen@example.org"},
               {"Ju\u0308rgen@example.org", "jürgen@example.org"},
               {"\uFF21nn@example.org", "ann@example.org"},
               {"stra\u00DFe@example.org", "strasse@example.org"},
               {"\u03B1\u0301\u0345@example.org", "\u03AC\u03B9@example.org"},
               {"\u03B1\u0345\u0301@example.org", "\u03AC\u03B9@example.org"},
               {"ann@B\u00DCCHER.example", "ann@xn--bcher-kva.example"},
               {"ann@bu\u0308cher.example", "ann@xn--bcher-kva.example"},
               {"ann@XN--BCHER-KVA.example", "ann@xn--bcher-kva.example"},
               {"ann@fa\u00DF.example", "ann@xn--fa-hia.example"},
               {"ann@例え\u3002テスト", "ann@xn--r8jz45g.xn--zckzah"}};
  for (const auto& [text, key] : cases) EXPECT_EQ(key_of(text), key);
}

TEST(EmailKey, NamesItsTwoSides) {
  const auto key = EmailKey::fold("Ann.Lee@Example.ORG").value();

  EXPECT_EQ(key.local_part(), "ann.lee");
  EXPECT_EQ(key.domain(), "example.org");
}

RC_GTEST_PROP(EmailKeyProperty, FoldingAKeyChangesNothing, ()) {
  const auto key = EmailKey::fold(*mailbox());
  RC_PRE(key.has_value());

  const auto again = Email::parse(key->str());

  RC_ASSERT(again.has_value());
  RC_ASSERT(again->key() == *key);
}

RC_GTEST_PROP(EmailKeyProperty, TheCaseOfAsciiLettersDoesNotMatter, ()) {
  const auto typed = *mailbox();
  auto swapped = typed;
  for (auto& c : swapped)
    if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && *rc::gen::arbitrary<bool>())
      c = static_cast<char>(c ^ 0x20);

  RC_ASSERT(key_of(swapped) == key_of(typed));
}

RC_GTEST_PROP(EmailKeyProperty, NoBytesAreMoreThanRefused, (const std::string& bytes)) {
  const auto email = Email::parse(bytes + "@" + bytes + ".example");
  const std::string_view code = email ? "accepted" : email.error().code;
  RC_ASSERT(!code.empty());
}

}  // namespace sallyport::accounts
