#include "mail/mailbox.h"

#include <idn2.h>

#include <algorithm>

namespace sallyport::mail {
namespace {

using core::Result;

constexpr std::size_t most_local_bytes = 64, most_bytes = 254;  // RFC 5321 §4.5.3.1

std::unexpected<core::Error> unusable() { return core::fail(core::Fault::invalid, "mailbox_unusable"); }

bool is_control(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte < ' ' || byte == 0x7F;
}

/// RFC 5322 §3.2.3, with RFC 6532 §3.2.
bool is_dot_atom(std::string_view text) {
  const auto is_atom_text = [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    const bool is_alphanumeric = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
    return byte >= 0x80 || is_alphanumeric ||
           std::string_view("!#$%&'*+-/=?^_`{|}~.").find(c) != std::string_view::npos;
  };
  return !text.empty() && text.front() != '.' && text.back() != '.' && text.find("..") == std::string_view::npos &&
         std::ranges::all_of(text, is_atom_text);
}

/// Empty if it is none.
std::string ascii_domain(const std::string& domain) {
  char* ascii = nullptr;
  if (idn2_to_ascii_8z(domain.c_str(), &ascii, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK) return {};
  std::string text(ascii);
  idn2_free(ascii);
  const auto is_host = [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.';
  };
  const bool is_good = !text.empty() && text.front() != '.' && text.find("..") == std::string::npos &&
                       text.back() != '.' && std::ranges::all_of(text, is_host);
  return is_good ? text : std::string();
}

std::string_view trimmed(std::string_view text) {
  const auto first = text.find_first_not_of(' ');
  return first == std::string_view::npos ? "" : text.substr(first, text.find_last_not_of(' ') - first + 1);
}

}  // namespace

Result<Mailbox> Mailbox::parse(std::string_view address, std::optional<std::string_view> name) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos) return unusable();
  const auto local = address.substr(0, at);
  if (local.size() > most_local_bytes || !is_dot_atom(local)) return unusable();
  const std::string domain(address.substr(at + 1));
  if (domain.find('\0') != std::string::npos) return unusable();
  auto ascii = ascii_domain(domain);
  if (ascii.empty()) return unusable();
  const auto person = name.value_or("");
  if (std::ranges::any_of(person, is_control)) return unusable();
  auto text = std::string(local) + '@' + ascii;
  if (text.size() > most_bytes) return unusable();
  return Mailbox(std::move(text), std::string(person));
}

Result<Mailbox> Mailbox::parse_with_name(std::string_view text) {
  text = trimmed(text);
  if (!text.ends_with('>')) return parse(text);
  const auto open = text.rfind('<');
  if (open == std::string_view::npos) return unusable();
  auto name = trimmed(text.substr(0, open));
  if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
  if (name.find_first_of("\"<>\\") != std::string_view::npos) return unusable();
  return parse(text.substr(open + 1, text.size() - open - 2), name);
}

bool Mailbox::needs_utf8() const {
  return std::ranges::any_of(address_, [](char c) { return static_cast<unsigned char>(c) >= 0x80; });
}

}  // namespace sallyport::mail
