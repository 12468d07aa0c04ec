#include "transport/tls/name_table.h"

#include <gtest/gtest.h>

namespace sallyport::transport::tls {
namespace {

TEST(NameTable, FindsNamesWhateverTheirCase) {
  NameTable table;
  EXPECT_TRUE(table.add("Auth.Example.org", 0));
  EXPECT_TRUE(table.add("xn--bcher-kva.example", 1));

  EXPECT_EQ(table.find("auth.example.ORG"), 0U);
  EXPECT_EQ(table.find("xn--bcher-kva.example"), 1U);
  EXPECT_FALSE(table.find("example.org"));
  EXPECT_FALSE(table.find("x.auth.example.org"));
}

// RFC 9525 §6.3
TEST(NameTable, AWildcardStandsForExactlyOneLabelOnTheLeft) {
  NameTable table;
  ASSERT_TRUE(table.add("*.example.org", 0));

  EXPECT_EQ(table.find("a.example.org"), 0U);
  EXPECT_EQ(table.find("A.Example.Org"), 0U);
  EXPECT_FALSE(table.find("example.org"));
  EXPECT_FALSE(table.find("a.b.example.org"));
  EXPECT_FALSE(table.find(".example.org"));
  EXPECT_FALSE(table.find("aexample.org"));
}

TEST(NameTable, TakesTheExactNameBeforeTheWildcardAndTheFirstOfTwo) {
  NameTable table;
  table.add("*.example.org", 0);
  table.add("a.example.org", 1);
  table.add("a.example.org", 2);
  table.add("*.example.org", 3);

  EXPECT_EQ(table.find("a.example.org"), 1U);
  EXPECT_EQ(table.find("b.example.org"), 0U);
}

TEST(NameTable, RefusesWhatIsNoNameOfAHost) {
  NameTable table;
  for (const std::string_view pattern : {"", "*", "*.", "a*.example.org", "*a.example.org", "a.*.org", "**.example.org",
                                         "*.*.example.org", ".example.org", "example.org.", "a..b", "-a.org", "a-.org",
                                         "127.0.0.1", "::1", "a b.org", "a/b", "\xc3\xbc.org"}) {
    EXPECT_FALSE(table.add(pattern, 0)) << pattern;
    EXPECT_FALSE(table.find(pattern)) << pattern;
  }
  EXPECT_FALSE(table.add(std::string(64, 'a') + ".org", 0));
  EXPECT_TRUE(table.add(std::string(63, 'a') + ".org", 0));
  std::string long_name;
  while (long_name.size() < 252) long_name += "abc.";
  EXPECT_FALSE(table.add(long_name + "org", 0));
  using namespace std::string_view_literals;
  EXPECT_FALSE(table.find("a.example.org\0.evil.org"sv));
}

}  // namespace
}  // namespace sallyport::transport::tls
