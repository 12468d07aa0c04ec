#include "mail/templates.h"

#include <gtest/gtest.h>

#include <fstream>

#include "mail/embedded_templates.h"
#include "mail/wording.h"

namespace sallyport::mail {
namespace {

const House house{.product = "Acme & Sons", .public_url = "https://auth.example.org"};

class TemplatesTest : public testing::Test {
 protected:
  TemplatesTest() { std::filesystem::create_directories(folder_); }
  ~TemplatesTest() override { std::filesystem::remove_all(folder_); }
  TemplatesTest(const TemplatesTest&) = delete;
  TemplatesTest& operator=(const TemplatesTest&) = delete;

  void write(const std::string& name, const std::string& text) { std::ofstream(folder_ / name) << text; }
  core::Result<Templates> load() {
    auto own = house;
    own.templates = folder_;
    return Templates::load(own);
  }
  /// What is said of the folder; empty if nothing.
  std::string complaint() {
    const auto loaded = load();
    return loaded ? "" : loaded.error().log_detail;
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("templates." + std::to_string(::getpid()));
};

Rendering rendered(MailKind kind, const std::optional<std::string>& locale) {
  return Templates::load(house)->render(kind, locale, example_letter(kind, house)).value();
}

TEST_F(TemplatesTest, AreCompleteInEveryKindAndLanguage) {
  for (const auto kind : mail_kinds) {
    for (const auto language : languages) {
      SCOPED_TRACE(std::string(to_text(kind)) + "." + std::string(language));
      const auto mail = rendered(kind, std::string(language));
      EXPECT_FALSE(mail.subject.empty());
      for (const auto* const part : {&mail.text, &mail.html}) {
        EXPECT_EQ(part->reveal().find("{{"), std::string_view::npos);
        EXPECT_NE(part->reveal().find(language == "en" ? "You get this mail" : "Sie erhalten diese Nachricht"),
                  std::string_view::npos)
            << "it says why it was sent";
      }
      EXPECT_EQ(mail.text.reveal().find("\n\n\n"), std::string_view::npos);
      EXPECT_NE(mail.html.reveal().find("<html lang=\"" + std::string(language)), std::string_view::npos);
    }
  }
  constexpr std::size_t parts = 4;
  EXPECT_EQ(mail_templates().size(), (mail_kinds.size() + parts) * languages.size() * 2 + 1);
}

TEST_F(TemplatesTest, ShowLinkAndCodeInTextAndHtmlButNotInTheSubject) {
  const auto letter = example_letter(MailKind::recovery, house);
  const auto mail = rendered(MailKind::recovery, "en");

  for (const auto* const part : {&mail.text, &mail.html}) {
    EXPECT_NE(part->reveal().find(letter.link->reveal()), std::string_view::npos);
    EXPECT_NE(part->reveal().find("12345678"), std::string_view::npos);
    EXPECT_NE(part->reveal().find("30 minutes"), std::string_view::npos);
  }
  write("recovery.en.txt", "{{code}}{{link}}\n\n{{link}} {{code}}\n");
  EXPECT_NE(complaint().find("has no subject"), std::string::npos) << "link and code are not known to it";
}

TEST_F(TemplatesTest, AreChosenByLocaleThenByTheServersLanguage) {
  auto german = house;
  german.language = "de";
  const auto subject = [](const House& of, const std::optional<std::string>& locale) {
    return Templates::load(of)->render(MailKind::recovery, locale, example_letter(MailKind::recovery, of))->subject;
  };

  EXPECT_EQ(subject(house, "de-AT"), "Setzen Sie Ihr Passwort zurück");
  EXPECT_EQ(subject(house, "DE"), "Setzen Sie Ihr Passwort zurück");
  EXPECT_EQ(subject(house, "den"), "Reset your password") << "another language";
  EXPECT_EQ(subject(house, "fr"), "Reset your password");
  EXPECT_EQ(subject(german, "fr"), "Setzen Sie Ihr Passwort zurück");
  EXPECT_EQ(subject(german, std::nullopt), "Setzen Sie Ihr Passwort zurück");
  EXPECT_EQ(subject(german, "en-GB"), "Reset your password");
}

TEST_F(TemplatesTest, EscapeValuesInHtmlOnly) {
  auto letter = example_letter(MailKind::invitation, house);
  letter.inviter = "<script>alert(1)</script>";

  const auto mail = Templates::load(house)->render(MailKind::invitation, "en", letter).value();

  EXPECT_EQ(mail.html.reveal().find("<script>"), std::string_view::npos);
  EXPECT_NE(mail.html.reveal().find("&lt;script&gt;"), std::string_view::npos);
  EXPECT_NE(mail.html.reveal().find("Acme &amp; Sons"), std::string_view::npos);
  EXPECT_NE(mail.text.reveal().find("Acme & Sons"), std::string_view::npos);
}

TEST_F(TemplatesTest, LeaveOutNamesThatMailProgramsWouldMakeLinksOf) {
  for (const auto* const name : {"Win at https://evil.example", "visit evil.example", "eve@evil.example"}) {
    auto letter = example_letter(MailKind::verification, house);
    letter.name = name;
    const auto mail = Templates::load(house)->render(MailKind::verification, "en", letter).value();
    EXPECT_EQ(mail.text.reveal().find("evil"), std::string_view::npos);
    EXPECT_EQ(mail.html.reveal().find("evil"), std::string_view::npos);
  }
  auto letter = example_letter(MailKind::verification, house);
  letter.name = "Dr. J.R. Ünreal";
  EXPECT_NE(Templates::load(house)->render(MailKind::verification, "en", letter)->text.reveal().find("Dr. J.R. Ünreal"),
            std::string_view::npos);
}

TEST_F(TemplatesTest, KeepASubjectOnOneLine) {
  auto letter = example_letter(MailKind::invitation, house);
  letter.inviter = "Bert\r\nBcc: eve";

  EXPECT_EQ(Templates::load(house)->render(MailKind::invitation, "en", letter)->subject,
            "Bert  Bcc: eve invites you to Acme & Sons");
}

TEST_F(TemplatesTest, AreReplacedPartByPartInEveryMailOfTheLanguage) {
  write("greeting.en.txt", "Ahoy!\n");

  const auto templates = load();

  ASSERT_TRUE(templates) << templates.error().log_detail;
  for (const auto kind : mail_kinds) {
    const auto letter = example_letter(kind, house);
    const auto says_it = [&](std::string_view language) {
      return templates->render(kind, std::string(language), letter)->text.reveal().contains("Ahoy!");
    };
    EXPECT_TRUE(says_it("en")) << to_text(kind);
    EXPECT_FALSE(says_it("de")) << to_text(kind);
  }
}

TEST_F(TemplatesTest, LinkOnlyToThePublicUrl) {
  const auto templates = Templates::load(house).value();
  for (const auto* const link :
       {"https://evil.example/", "https://auth.example.org.evil.example/x", "http://auth.example.org/x"}) {
    auto letter = example_letter(MailKind::recovery, house);
    letter.link.emplace(std::string_view(link));
    EXPECT_EQ(templates.render(MailKind::recovery, "en", letter).error().code, "mail_link_foreign");
  }
}

TEST_F(TemplatesTest, AreReplacedFileByFile) {
  write("recovery.en.txt", "New password for {{product}}\r\n\r\nGo to {{link}} with {{code}}.\n");

  const auto templates = load();

  ASSERT_TRUE(templates) << templates.error().log_detail;
  const auto letter = example_letter(MailKind::recovery, house);
  const auto mail = templates->render(MailKind::recovery, "en", letter).value();
  EXPECT_EQ(mail.subject, "New password for Acme & Sons");
  EXPECT_EQ(mail.text.reveal(), "Go to " + std::string(letter.link->reveal()) + " with 12345678.\n");
  EXPECT_EQ(templates->render(MailKind::recovery, "de", letter)->subject, "Setzen Sie Ihr Passwort zurück");
}

TEST_F(TemplatesTest, AreRefusedWithASentenceThatNamesTheFile) {
  const struct {
    std::string name, text, said;
  } cases[] = {
      {"recovry.en.txt", "x", "recovry.en.txt is no template's name"},
      {"recovery.fr.txt", "x", "recovery.fr.txt is no template's name"},
      {"recovery.en.txt", "s\n\n{{link}} {{cod}}", "recovery.en.txt has the value 'cod'"},
      {"recovery.en.txt", "s\n\n{{#link}}{{link}}", "recovery.en.txt is no Mustache"},
      {"recovery.en.txt", "s\n\n{{link", "recovery.en.txt has a tag that is not closed"},
      {"recovery.en.txt", "s\n\n{{>other}} {{link}}", "{{>other}}, which is not for mails"},
      {"proof.en.txt", "{{> greeting}} {{link}}", "{{> greeting}}, which is not for mails"},
      {"proof.en.txt", "{{code}}", "does not show the link"},
      {"recovery.en.txt", "s\n\nask us", "recovery.en.txt does not show the link"},
      {"recovery.en.txt", "\n\n{{link}}", "recovery.en.txt has no subject"},
      {"recovery.en.html", "<a href=\"{{{link}}}\">x</a>", "would not be escaped"},
      {"recovery.en.html", "<p>{{link}}</p>", "recovery.en.html has no <a href"},
      {"layout.html", "<p>{{product}}</p>", "layout.html no {{{content}}}"},
  };
  for (const auto& [name, text, said] : cases) {
    SCOPED_TRACE(name + ": " + text);
    write(name, text);
    EXPECT_NE(complaint().find(said), std::string::npos) << complaint();
    std::filesystem::remove(folder_ / name);
  }
  EXPECT_EQ(complaint(), "");
}

TEST_F(TemplatesTest, AreRefusedIfTheirFolderIsNotThere) {
  std::filesystem::remove_all(folder_);

  EXPECT_NE(complaint().find("cannot be read"), std::string::npos);
}

TEST(Wording, SpellsDurationsAndTimes) {
  using namespace std::chrono;
  EXPECT_EQ(spelled(seconds{1'800}, "en"), "30 minutes");
  EXPECT_EQ(spelled(hours{1}, "en"), "1 hour");
  EXPECT_EQ(spelled(hours{24}, "de"), "24 Stunden");
  EXPECT_EQ(spelled(days{7}, "de"), "7 Tage");
  EXPECT_EQ(spelled(seconds{90}, "en"), "90 seconds");
  const core::Timestamp at{sys_days{year{2026} / 3 / 4} + hours{9} + minutes{5}};
  EXPECT_EQ(spelled(at, "en"), "4 March 2026, 09:05 UTC");
  EXPECT_EQ(spelled(at, "de"), "4. März 2026, 09:05 UTC");
}

}  // namespace
}  // namespace sallyport::mail
