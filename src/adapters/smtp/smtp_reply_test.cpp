#include "adapters/smtp/smtp_reply.h"

#include <gtest/gtest.h>

namespace sallyport::smtp {
namespace {

using Verdict = mail::MailAnswer::Verdict;

enum class Party { us, them };
struct Line {
  Party party;
  std::string_view text;
};

/// A conversation up to where it broke off.
Conversation talk(std::initializer_list<Line> lines) {
  Conversation conversation;
  for (const auto& [party, text] : lines) {
    if (party == Party::us) conversation.command(text);
    else conversation.reply(text);
  }
  return conversation;
}

TEST(SmtpReply, IsForGoodOnlyWhenItIsA5xxToTheMailItself) {
  using enum Party;
  const struct {
    std::initializer_list<Line> lines;
    Verdict verdict;
  } cases[] = {
      {{{them, "554 no service\r\n"}}, Verdict::later},
      {{{them, "421 busy\r\n"}}, Verdict::later},
      {{{us, "AUTH PLAIN abc"}, {them, "535 5.7.8 wrong\r\n"}}, Verdict::later},
      {{{us, "STARTTLS"}, {them, "502 what\r\n"}}, Verdict::later},
      {{{us, "MAIL FROM:<a@b.example>"}, {them, "530 5.7.0 authenticate first\r\n"}}, Verdict::later},
      {{{us, "MAIL FROM:<a@b.example>"}, {them, "553 not yours\r\n"}}, Verdict::refused},
      {{{us, "RCPT TO:<a@b.example>"}, {them, "451 greylisted\r\n"}}, Verdict::later},
      {{{us, "RCPT TO:<a@b.example>"}, {them, "550 no such user\r\n"}}, Verdict::refused},
      {{{us, "RCPT TO:<a@b.example>"}, {them, "250 ok"}, {us, "DATA"}, {them, "554 spam\r\n"}}, Verdict::refused},
      {{{us, "RCPT TO:<a@b.example>"}, {them, "550 no"}, {us, "QUIT"}, {them, "221 bye"}}, Verdict::refused},
      {{{us, "DATA"}, {them, "354 go on\r\n"}}, Verdict::later},
  };
  for (const auto& [lines, verdict] : cases) {
    const auto conversation = talk(lines);
    SCOPED_TRACE(conversation.text());
    EXPECT_EQ(to_answer(conversation, false, "broken off").verdict, verdict);
  }
}

TEST(SmtpReply, SaysWhatTheServerSaidWithoutAddresses) {
  const auto conversation = talk({{Party::us, "RCPT TO:<ann@example.org>"},
                                  {Party::them, "550-5.1.1 <ann@example.org>: not here\r\n"},
                                  {Party::them, "550 5.1.1 ask (postmaster@example.org) about\x07it\r\n"}});

  EXPECT_EQ(to_answer(conversation, false, "").reason, "550 5.1.1 ask <address> about?it");
}

TEST(SmtpReply, SaysWhatBrokeOffAConversationThatHeardNothing) {
  const auto answer = to_answer(talk({}), false, "Failed to connect to 127.0.0.1 port 9: Connection refused");

  EXPECT_EQ(answer.verdict, Verdict::later);
  EXPECT_EQ(answer.reason, "Failed to connect to 127.0.0.1 port 9: Connection refused");
}

TEST(SmtpReply, ExplainsARefusedInternationalisedAddress) {
  using enum Party;
  const auto without = talk({{us, "EHLO me"},
                             {them, "250-PIPELINING"},
                             {them, "250 8BITMIME"},
                             {us, "MAIL FROM:<a@b.example>"},
                             {them, "250 ok"},
                             {us, "RCPT TO:"},
                             {them, "501 what"}});
  const auto with = talk({{us, "EHLO me"},
                          {them, "250-SMTPUTF8"},
                          {them, "250 8BITMIME"},
                          {us, "MAIL FROM:<a@b.example>"},
                          {them, "250 ok"},
                          {us, "RCPT TO:"},
                          {them, "550 unknown"}});

  EXPECT_NE(to_answer(without, true, "").reason.find("SMTPUTF8"), std::string::npos);
  EXPECT_EQ(to_answer(without, true, "").verdict, Verdict::refused);
  EXPECT_EQ(to_answer(with, true, "").reason, "550 unknown");
}

}  // namespace
}  // namespace sallyport::smtp
