#include "mail/mailbox.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace sallyport::mail {
namespace {

TEST(MailboxParse, AcceptsAddressesAndRefusesWhatCouldEndAHeaderOrACommand) {
  static constexpr struct {
    std::string_view text, address;
  } cases[] = {
      {"ann+tag@example.org", "ann+tag@example.org"},
      {"ann@bücher.example", "ann@xn--bcher-kva.example"},
      {"änn@bücher.example", "änn@xn--bcher-kva.example"},
      {"ann@Example.ORG", "ann@example.org"},
      {"ann", ""},
      {"@example.org", ""},
      {"ann@", ""},
      {"ann..b@example.org", ""},
      {".ann@example.org", ""},
      {"ann@example.org\r\nBcc: eve@example.org", ""},
      {"ann\r\nRCPT TO:<eve@example.org>@example.org", ""},
      {"ann b@example.org", ""},
      {"<ann@example.org>", ""},
      {"ann@exa mple.org", ""},
      {"ann@example.org>", ""},
      {"\"ann\"@example.org", ""},
      {std::string_view("ann@exam\0ple.org", 16), ""},
  };
  for (const auto& [text, address] : cases) {
    SCOPED_TRACE(text);
    const auto mailbox = Mailbox::parse(text);
    EXPECT_EQ(mailbox ? mailbox->address() : "", address);
  }
}

TEST(MailboxParse, ReadsANameBeforeTheAddress) {
  static constexpr struct {
    std::string_view text, name, address;
  } cases[] = {
      {"ann@example.org", "", "ann@example.org"},
      {"Ann <ann@example.org>", "Ann", "ann@example.org"},
      {"  \"Ann, of Example\"  <ann@example.org> ", "Ann, of Example", "ann@example.org"},
      {"Größe AG <post@example.org>", "Größe AG", "post@example.org"},
      {"<ann@example.org>", "", "ann@example.org"},
      {"Ann <ann@example.org", "", ""},
      {"A \"nn <ann@example.org>", "", ""},
      {"Ann\r\nBcc: eve <ann@example.org>", "", ""},
  };
  for (const auto& [text, name, address] : cases) {
    SCOPED_TRACE(text);
    const auto mailbox = Mailbox::parse_with_name(text);
    EXPECT_EQ(mailbox ? mailbox->address() : "", address);
    EXPECT_EQ(mailbox ? mailbox->name() : "", name);
  }
}

TEST(MailboxParse, KnowsWhichAddressesNeedAnInternationalServer) {
  EXPECT_FALSE(Mailbox::parse("ann@bücher.example")->needs_utf8());
  EXPECT_TRUE(Mailbox::parse("änn@example.org")->needs_utf8());
}

RC_GTEST_PROP(MailboxParse, NeverLetsAControlCharacterThrough, (const std::string& address, const std::string& name)) {
  const auto mailbox = Mailbox::parse(address + "@example.org", name);
  if (!mailbox) return;
  const auto is_control = [](unsigned char c) { return c < ' ' || c == 0x7F; };
  RC_ASSERT(std::ranges::none_of(mailbox->address(), is_control));
  RC_ASSERT(std::ranges::none_of(mailbox->name(), is_control));
  RC_ASSERT(mailbox->address().find_first_of("<> \"\\") == std::string::npos);
}

}  // namespace
}  // namespace sallyport::mail
