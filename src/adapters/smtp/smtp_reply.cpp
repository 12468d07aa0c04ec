#include "adapters/smtp/smtp_reply.h"

#include <algorithm>

namespace sallyport::smtp {
namespace {

constexpr std::size_t most_text = 200;

std::string upper(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(), [](char c) { return c >= 'a' && c <= 'z' ? char(c - 32) : c; });
  return result;
}

std::string_view without_line_end(std::string_view line) {
  while (!line.empty() && (line.back() == '\n' || line.back() == '\r' || line.back() == ' ')) line.remove_suffix(1);
  return line;
}

/// RFC 5321 §4.2: three digits, then a space or, in all lines but the last, a hyphen.
int code_of(std::string_view line) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (line.size() < 3 || !std::ranges::all_of(line.substr(0, 3), is_digit)) return 0;
  return (line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0');
}

}  // namespace

std::string without_addresses(std::string_view text) {
  std::string clean;
  while (!text.empty()) {
    const auto end = std::min(text.find(' '), text.size());
    const auto word = text.substr(0, end);
    if (!clean.empty()) clean += ' ';
    if (word.find('@') != std::string_view::npos) clean += "<address>";
    else
      for (const char c : word) clean += c >= ' ' && c <= '~' ? c : '?';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  if (clean.size() > most_text) clean.resize(most_text);
  return clean;
}

void Conversation::begin() {
  stage_ = Stage::opening;
  is_over_ = false;
  code_ = 0;
  text_.clear();
}

void Conversation::command(std::string_view line) {
  const auto verb = upper(line.substr(0, 4));  // all have four letters, and no more of a password is copied
  is_over_ = verb == "QUIT";
  if (is_over_) return;
  if (verb == "EHLO" || verb == "HELO") offers_utf8_ = false;
  if (verb == "MAIL") stage_ = Stage::sender;
  else if (verb == "RCPT") stage_ = Stage::recipient;
  else if (verb == "DATA") stage_ = Stage::data;
  code_ = 0;
  text_.clear();
}

void Conversation::reply(std::string_view line) {
  if (is_over_) return;  // "221 bye" says nothing about the mail
  line = without_line_end(line);
  const auto code = code_of(line);
  if (code == 0) return;
  code_ = code;
  text_ = without_addresses(line);
  if (line.size() > 4 && upper(line.substr(4)) == "SMTPUTF8") offers_utf8_ = true;
}

mail::MailAnswer to_answer(const Conversation& conversation, bool needs_utf8, std::string_view cause) {
  using Verdict = mail::MailAnswer::Verdict;
  const int code = conversation.code();
  const bool is_about_mail = conversation.stage() != Stage::opening;
  if (code < 400) return {Verdict::later, without_addresses(cause)};
  // RFC 4954 §6: 530, 534, 535 and 538 ask for other credentials, or for TLS.
  const bool is_about_us = code == 530 || code == 534 || code == 535 || code == 538;
  const bool is_final = code >= 500 && is_about_mail && !is_about_us;
  if (is_final && needs_utf8 && !conversation.offers_utf8())
    return {Verdict::refused, "the mail server does not take internationalised addresses (SMTPUTF8, RFC 6531)"};
  return {is_final ? Verdict::refused : Verdict::later, conversation.text()};
}

}  // namespace sallyport::smtp
