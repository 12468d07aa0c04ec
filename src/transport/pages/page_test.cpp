#include "transport/pages/page.h"

#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/sha.h>

namespace sallyport::transport::pages {
namespace {

std::string_view header(const Response& response, std::string_view name) {
  for (const auto& field : response.fields) {
    if (field.name == name) return field.value;
  }
  return {};
}

TEST(Html, EscapesTextForContentAndAttributes) {
  Html html;
  html.markup("<p title=\"").text(R"(a"b'c)").markup("\">").text("<script>&amp;</script>").markup("</p>");

  EXPECT_EQ(html.str(), "<p title=\"a&quot;b&#39;c\">&lt;script&gt;&amp;amp;&lt;/script&gt;</p>");
}

TEST(Page, AllowsItsOwnStyleSheetAndNothingElse) {
  unsigned char digest[SHA256_DIGEST_LENGTH];
  const auto sheet = style_sheet();
  SHA256(reinterpret_cast<const unsigned char*>(sheet.data()), sheet.size(), digest);
  unsigned char text[64];
  const int size = EVP_EncodeBlock(text, digest, sizeof digest);
  const auto hash = "sha256-" + std::string(reinterpret_cast<const char*>(text), static_cast<std::size_t>(size));

  EXPECT_EQ(style_hash(), hash) << "the style sheet has changed: its hash in page.cpp must, too";

  const auto response = page(200, "A title", Html());
  EXPECT_EQ(
      header(response, "Content-Security-Policy"),
      "default-src 'none'; style-src '" + hash + "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'");
  EXPECT_NE(response.body.find("<style>" + std::string(sheet) + "</style>"), std::string::npos);
  EXPECT_EQ(response.cache_control, "no-store");
}

TEST(Page, AFieldNamesItsHintAndItsErrors) {
  Html html;
  add_field(html, {.name = "email",
                   .label = "E-mail",
                   .type = "email",
                   .autocomplete = "username",
                   .hint = "Yours",
                   .value = "\"><script>",
                   .errors = {"Is wrong.", "Is <b>bold</b>."}});

  EXPECT_EQ(
      html.str(),
      "<div class=\"field\"><label for=\"email\">E-mail</label><p class=\"hint\" id=\"email-hint\">Yours</p>"
      "<input id=\"email\" name=\"email\" type=\"email\" autocomplete=\"username\" value=\"&quot;&gt;&lt;script&gt;\""
      " required aria-invalid=\"true\" aria-describedby=\"email-hint email-error\">"
      "<p class=\"error\" id=\"email-error\">Is wrong. Is &lt;b&gt;bold&lt;/b&gt;.</p></div>\n");
}

}  // namespace
}  // namespace sallyport::transport::pages
