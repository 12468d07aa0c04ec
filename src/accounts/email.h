#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::accounts {

/// What makes two mailboxes the same account: case-folded NFKC local part, `@`, IDNA-ASCII domain in lower case. The
/// key of `Ann@Example.ORG` is `ann@example.org`; folding a key again gives the same key.
class EmailKey {
 public:
  static constexpr std::size_t max_bytes = 254;  // RFC 5321 §4.5.3.1.3: a path of 256 less its angle brackets

  /// The key of a mailbox however it is spelt. Errors as `Email::parse`.
  static core::Result<EmailKey> fold(std::string_view mailbox);

  std::string_view str() const& { return text_; }
  std::string_view str() && = delete;
  std::string_view local_part() const& { return str().substr(0, at_); }
  std::string_view local_part() && = delete;
  std::string_view domain() const& { return str().substr(at_ + 1); }
  std::string_view domain() && = delete;
  friend bool operator==(const EmailKey& a, const EmailKey& b) { return a.text_ == b.text_; }
  friend auto operator<=>(const EmailKey& a, const EmailKey& b) { return a.text_ <=> b.text_; }

 private:
  EmailKey(std::string text, std::size_t at) : text_(std::move(text)), at_(at) {}
  std::string text_;
  std::size_t at_;
};

/// A mailbox (RFC 5321 §4.1.2, RFC 6531 §3.3) of at most 254 bytes, as typed.
///
/// The local part is a dot-atom of at most 64 bytes whose other than ASCII characters are letters, marks and digits;
/// the domain has two labels or more. Quoted local parts are refused: hardly a mailbox needs one, `"ann"@example.org`
/// and `ann@example.org` would be one mailbox with two keys, and quoted spaces and `@` are misread by much that comes
/// after. Refused too are address literals, and characters that cannot be seen or change the direction of text, since
/// two addresses that look alike must not be two accounts.
class Email {
 public:
  /// `invalid` with "too_long" (over 254 bytes, as typed or as key), "not_utf8" or "email_malformed".
  static core::Result<Email> parse(std::string_view text);

  std::string_view str() const& { return text_; }
  std::string_view str() && = delete;
  const EmailKey& key() const& { return key_; }  ///< what uniqueness and look-ups use
  const EmailKey& key() && = delete;

 private:
  Email(std::string_view text, EmailKey key) : text_(text), key_(std::move(key)) {}
  std::string text_;
  EmailKey key_;
};

}  // namespace sallyport::accounts

template <>
struct std::hash<sallyport::accounts::EmailKey> {
  std::size_t operator()(const sallyport::accounts::EmailKey& key) const {
    return std::hash<std::string_view>{}(key.str());
  }
};
