#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::mail {

/// Where a mail goes or comes from, safe to write into a header and an SMTP command: there is no line break, bracket,
/// quote or white space in its address and no control character in its name. The domain is in its ASCII form
/// (RFC 5891), so only the local part can need SMTPUTF8 (RFC 6531).
class Mailbox {
 public:
  /// `ann@example.org`, and a name for people. Fails with `invalid` / "mailbox_unusable".
  static core::Result<Mailbox> parse(std::string_view address, std::optional<std::string_view> name = std::nullopt);
  /// `ann@example.org`, `Ann <ann@example.org>` or `"Ann, of Example" <ann@example.org>`. Fails likewise.
  static core::Result<Mailbox> parse_with_name(std::string_view text);

  const std::string& address() const& { return address_; }
  std::string_view domain() const& { return std::string_view(address_).substr(address_.find('@') + 1); }
  const std::string& name() const& { return name_; }  ///< empty: none
  /// Whether the local part is not ASCII: only a server with SMTPUTF8 takes it.
  bool needs_utf8() const;

 private:
  Mailbox(std::string address, std::string name) : address_(std::move(address)), name_(std::move(name)) {}
  std::string address_;
  std::string name_;
};

}  // namespace sallyport::mail
