#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "accounts/email.h"

namespace sallyport::fuzz {

inline std::string broken_email_rule(std::string_view text) {
  using namespace accounts;
  const auto email = Email::parse(text);
  if (!email) {
    if (email.error().fault != core::Fault::invalid || !email.error().fields.empty()) return "the refusal's kind";
    const auto code = email.error().code;
    return code == "too_long" || code == "not_utf8" || code == "email_malformed" ? "" : "the refusal's code";
  }
  const auto& key = email->key();
  const std::string_view key_text = key.str();
  if (email->str() != text) return "the address is not as typed";
  if (text.size() > EmailKey::max_bytes || key_text.size() > EmailKey::max_bytes) return "it is too long";
  if (std::ranges::count(key_text, '@') != 1) return "the key has another number of @";
  if (key.domain().find('.') == std::string_view::npos) return "the domain has one label";
  for (const unsigned char c : key_text)
    if (c <= ' ' || c == 0x7f || (c >= 'A' && c <= 'Z')) return "the key holds an unfolded or invisible byte";
  if (!std::ranges::all_of(key.domain(), [](unsigned char c) { return c < 0x80; })) return "the domain is not ASCII";

  const auto again = Email::parse(text);
  if (!again || again->key() != key) return "parsed again it has another key";
  const auto folded = Email::parse(key_text);
  if (!folded) return "the key is no address";
  if (folded->key() != key) return "the key of the key is another";

  std::string in_capitals(text);
  for (char& c : in_capitals)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  const auto shouted = Email::parse(in_capitals);
  if (!shouted || shouted->key() != key) return "in ASCII capitals it has another key";
  return {};
}

}  // namespace sallyport::fuzz
