#pragma once

#include <string>
#include <string_view>

#include "mail/mailer.h"

namespace sallyport::smtp {

/// How far a conversation with a mail server came (RFC 5321).
enum class Stage {
  opening,    ///< connecting, greeting, TLS, authentication
  sender,     ///< MAIL FROM
  recipient,  ///< RCPT TO
  data,       ///< DATA
  message,    ///< the message itself: from here on it may have been taken whatever was heard
};

/// Follows a conversation line by line.
class Conversation {
 public:
  /// A command that was sent, AUTH's own lines too: looked at, not kept.
  void command(std::string_view line);
  /// A part of the message was sent.
  void content() { stage_ = Stage::message; }
  /// A reply line.
  void reply(std::string_view line);

  Stage stage() const { return stage_; }
  int code() const { return code_; }                 ///< of the last reply to what came last; 0 if there was none
  const std::string& text() const { return text_; }  ///< that reply, without addresses, at most 200 bytes
  bool offers_utf8() const { return offers_utf8_; }  ///< SMTPUTF8 (RFC 6531)
  /// Before the next mail on what may be the same connection.
  void begin();

 private:
  Stage stage_ = Stage::opening;
  int code_ = 0;
  std::string text_;
  bool offers_utf8_ = false;
  bool is_over_ = false;  ///< QUIT was sent
};

/// What a failed attempt means. Only a 5xx to the mail itself is for good: one to the greeting, TLS or authentication
/// says that this server is set up wrongly, which somebody can mend while the mails wait. `cause` is what broke the
/// conversation off, if it was not a reply.
mail::MailAnswer to_answer(const Conversation& conversation, bool needs_utf8, std::string_view cause);

/// Without words that hold an `@`, and on one line.
std::string without_addresses(std::string_view text);

}  // namespace sallyport::smtp
