#include "mail/message.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>

namespace sallyport::mail {
namespace {

constexpr std::size_t most_plain_bytes = 64;  // of a header's text that is not folded
// With 12 characters around it and the header's name before it, still a line of 76 (RFC 2047 §2).
constexpr std::size_t most_word_bytes = 39;

bool is_printable_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

std::string base64(std::string_view bytes) {
  std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const auto size =
      EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                      reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

/// RFC 2047 §2: words of whole code points, a line each.
std::string encoded_words(std::string_view text) {
  std::string words;
  while (!text.empty()) {
    auto size = std::min(text.size(), most_word_bytes);
    while (size < text.size() && size > 1 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    if (!words.empty()) words += "\r\n ";
    words += "=?UTF-8?B?" + base64(text.substr(0, size)) + "?=";
    text.remove_prefix(size);
  }
  return words;
}

std::string unstructured(std::string_view text) {
  const bool is_plain =
      is_printable_ascii(text) && text.size() <= most_plain_bytes && text.find("=?") == std::string_view::npos;
  return is_plain ? std::string(text) : encoded_words(text);
}

/// RFC 5322 §3.2.5: words, a quoted string, or encoded words.
std::string phrase(std::string_view name) {
  if (!is_printable_ascii(name) || name.size() > most_plain_bytes || name.find("=?") != std::string_view::npos)
    return encoded_words(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + '"';
}

std::string written(const Mailbox& mailbox) {
  if (mailbox.name().empty()) return mailbox.address();
  return phrase(mailbox.name()) + "\r\n <" + mailbox.address() + '>';
}

/// RFC 5322 §3.3.
std::string written(core::Timestamp at) {
  static constexpr const char* days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  static constexpr const char* months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                           "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::seconds>(at - day));
  return fmt::format("{}, {:02} {} {} {:02}:{:02}:{:02} +0000", days[std::chrono::weekday(day).c_encoding()],
                     static_cast<unsigned>(date.day()), months[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), time.hours().count(), time.minutes().count(),
                     time.seconds().count());
}

/// RFC 2045 §6.7. A line break is a line feed.
void append_quoted_printable(std::string& out, std::string_view text) {
  static constexpr std::size_t most_columns = 75;  // the 76th is for the `=` of a soft break
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool is_last_of_line = i + 1 == text.size() || text[i + 1] == '\n';
    const bool is_space = c == ' ' || c == '\t';
    const bool is_literal = (c > ' ' && c <= '~' && c != '=') || (is_space && !is_last_of_line);
    const std::size_t width = is_literal ? 1 : 3;
    if (column + width > most_columns) {
      out += "=\r\n";
      column = 0;
    }
    if (is_literal) out += static_cast<char>(c);
    else (out += '=').append({"0123456789ABCDEF"[c >> 4], "0123456789ABCDEF"[c & 15]});
    column += width;
  }
}

void append_part(std::string& out, std::string_view boundary, std::string_view type, const core::Secret& text) {
  out.append("--").append(boundary).append("\r\nContent-Type: ").append(type);
  out += "; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n";
  append_quoted_printable(out, text.reveal());
  out += "\r\n";
}

}  // namespace

core::Secret write_message(const Envelope& envelope, const Rendering& rendering) {
  std::string message;
  message.reserve(2'048 + 3 * (rendering.text.size() + rendering.html.size()));  // so that no copy stays behind
  message += "From: " + written(envelope.from) + "\r\n";
  message += "To: " + written(envelope.to) + "\r\n";
  message += "Subject: " + unstructured(rendering.subject) + "\r\n";
  message += "Date: " + written(envelope.at) + "\r\n";
  message += fmt::format("Message-ID: <{}@{}>\r\n", envelope.id.str(), envelope.from.domain());
  message += "Auto-Submitted: auto-generated\r\n";  // RFC 3834 §5: no vacation notes, please
  message += "MIME-Version: 1.0\r\n";
  // RFC 2045 §6.7 (5): quoted-printable never has "=_", so no line of a body can be the boundary.
  const auto boundary = "=_" + envelope.id.str();
  message += "Content-Type: multipart/alternative;\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  append_part(message, boundary, "text/plain", rendering.text);
  append_part(message, boundary, "text/html", rendering.html);
  message += "--" + boundary + "--\r\n";
  core::Secret kept(message);
  OPENSSL_cleanse(message.data(), message.size());
  return kept;
}

}  // namespace sallyport::mail
