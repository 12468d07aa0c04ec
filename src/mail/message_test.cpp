#include "mail/message.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <vector>

#include "core/fake_random.h"

namespace sallyport::mail {
namespace {

const core::Timestamp at{std::chrono::sys_days{std::chrono::year{2026} / 3 / 4} + std::chrono::hours{9}};

std::string message(const std::string& subject, const std::string& text, const Mailbox& from, const Mailbox& to) {
  core::FakeRandom random;
  const auto written =
      write_message({.from = from, .to = to, .id = MailId::fresh(at, random), .at = at},
                    {.subject = subject, .text = core::Secret(text), .html = core::Secret("<p>x</p>\n")});
  return std::string(written.reveal());
}
std::string message(const std::string& subject, const std::string& text = "Hello\n") {
  return message(subject, text, *Mailbox::parse("no-reply@example.org", "Example"), *Mailbox::parse("ann@example.org"));
}

std::string head_of(const std::string& message) { return message.substr(0, message.find("\r\n\r\n") + 2); }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find("\r\n", begin), text.size());
    lines.push_back(text.substr(begin, end - begin));
    begin = end + 2;
  }
  return lines;
}

/// Fields of a head, unfolded (RFC 5322 §2.2.3).
std::vector<std::string> fields_of(const std::string& message) {
  std::vector<std::string> fields;
  for (const auto& line : lines_of(head_of(message))) {
    if (line.starts_with(' ')) fields.back() += line;
    else fields.push_back(line);
  }
  return fields;
}

TEST(Message, HasTheHeadThatMailServersWant) {
  const auto fields = fields_of(message("Reset your password"));

  ASSERT_EQ(fields.size(), 8U);
  EXPECT_EQ(fields[0], "From: \"Example\" <no-reply@example.org>");
  EXPECT_EQ(fields[1], "To: ann@example.org");
  EXPECT_EQ(fields[2], "Subject: Reset your password");
  EXPECT_EQ(fields[3], "Date: Wed, 04 Mar 2026 09:00:00 +0000");
  EXPECT_TRUE(fields[4].starts_with("Message-ID: <") && fields[4].ends_with("@example.org>")) << fields[4];
  EXPECT_EQ(fields[5], "Auto-Submitted: auto-generated");
  EXPECT_EQ(fields[6], "MIME-Version: 1.0");
  EXPECT_TRUE(fields[7].starts_with("Content-Type: multipart/alternative; boundary=\"=_")) << fields[7];
}

TEST(Message, EncodesSubjectsAndNamesThatAreNotAscii) {
  const auto text = message("Setzen Sie Ihr Passwort zurück", "x", *Mailbox::parse("post@example.org", "Grüße \"AG\""),
                            *Mailbox::parse("ann@example.org", "O\"Hara, Ann"));

  const auto fields = fields_of(text);
  EXPECT_EQ(fields[0], "From: =?UTF-8?B?R3LDvMOfZSAiQUci?= <post@example.org>");
  EXPECT_EQ(fields[1], R"(To: "O\"Hara, Ann" <ann@example.org>)");
  EXPECT_EQ(fields[2], "Subject: =?UTF-8?B?U2V0emVuIFNpZSBJaHIgUGFzc3dvcnQgenVyw7xjaw==?=");
}

TEST(Message, WritesQuotedPrintableThatDoesNotLoseSpacesOrDots) {
  const auto text = message("s", "a=b \n.\nMärz\t\n" + std::string(100, 'x') + "\n");

  EXPECT_NE(text.find("\r\na=3Db=20\r\n.\r\nM=C3=A4rz=09\r\n" + std::string(75, 'x') + "=\r\n" + std::string(25, 'x')),
            std::string::npos)
      << text;
}

RC_GTEST_PROP(Message, HasNoHeaderButItsOwnWhateverTheTextsAre, (std::string subject)) {
  std::ranges::replace_if(subject, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');  // as templates do
  const auto pieces = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
      "Ann", " ", "\"", "\\", ",", ":", "<", ">", "@", "=?", "?=", "_", "ü", "名", "\u2028", "🦦"));
  std::string name = "A";
  for (const auto& piece : pieces) name += piece;
  const auto from = Mailbox::parse("no-reply@example.org", name);
  RC_PRE(from.has_value());

  const auto text = message(subject, "Hello\n", *from, *Mailbox::parse("ann@example.org"));

  RC_ASSERT(fields_of(text).size() == 8U);
  for (const auto& line : lines_of(text)) {
    RC_ASSERT(line.size() <= 120U);
    RC_ASSERT(line.find_first_of("\r\n") == std::string::npos);
    RC_ASSERT(std::ranges::all_of(line, [](unsigned char c) { return c >= ' ' && c <= '~'; }));
  }
}

}  // namespace
}  // namespace sallyport::mail
