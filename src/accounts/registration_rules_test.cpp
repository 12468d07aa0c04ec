#include "accounts/registration_rules.h"

#include <gtest/gtest.h>

namespace sallyport::accounts {
namespace {

EmailKey key_of(std::string_view address) { return EmailKey::fold(address).value(); }

TEST(AllowedDomains, AreAllWhereNoneIsGiven) { EXPECT_TRUE(AllowedDomains().contains(key_of("ann@example.org"))); }

TEST(AllowedDomains, AreComparedAsTheirAsciiForm) {
  const auto domains = AllowedDomains::parse({"Example.ORG", "müller.example"}).value();

  EXPECT_TRUE(domains.contains(key_of("ann@example.org")));
  EXPECT_TRUE(domains.contains(key_of("ann@EXAMPLE.org")));
  EXPECT_TRUE(domains.contains(key_of("ann@xn--mller-kva.example")));
  EXPECT_TRUE(domains.contains(key_of("ann@MÜLLER.example")));
  EXPECT_FALSE(domains.contains(key_of("ann@sub.example.org")));
  EXPECT_FALSE(domains.contains(key_of("ann@notexample.org")));
  EXPECT_FALSE(domains.contains(key_of("example.org@evil.example")));
}

TEST(AllowedDomains, AreRefusedUnlessAddressesCanBeThere) {
  for (const auto* const text : {"", "localhost", "a b.example", "ann@example.org", "@example.org", ".example.org"}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(AllowedDomains::parse({text}));
  }
}

TEST(AllowedDomains, NameTheFieldOfAnAddressElsewhere) {
  const auto domains = AllowedDomains::parse({"example.org"}).value();
  std::vector<core::FieldError> wrong;

  domains.check(Email::parse("ann@example.org").value(), "email", wrong);
  EXPECT_TRUE(wrong.empty());
  domains.check(Email::parse("ann@example.net").value(), "email", wrong);
  EXPECT_EQ(wrong, (std::vector<core::FieldError>{{"email", "domain_not_allowed"}}));
}

TEST(RegistrationRules, SayWhyNobodyRegisters) {
  EXPECT_TRUE(RegistrationRules{}.check_open());
  EXPECT_EQ(RegistrationRules{.mode = RegistrationMode::invite}.check_open().error().code, "invitation_required");
  EXPECT_EQ(RegistrationRules{.mode = RegistrationMode::closed}.check_open().error().code, "registration_closed");
}

}  // namespace
}  // namespace sallyport::accounts
