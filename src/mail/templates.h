#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"
#include "mail/letter.h"
#include "mail/new_mail.h"

namespace sallyport::mail {

/// The languages there are templates in, the first part of their BCP 47 tags.
inline constexpr std::array<std::string_view, 2> languages{"en", "de"};

/// What all mails of one server have in common.
struct House {
  std::string product;                               ///< what it is called
  std::optional<std::string> public_url;             ///< where links must lead
  std::string language{languages[0]};                ///< of people whose own there are no templates in
  std::optional<std::filesystem::path> templates{};  ///< folder of files that replace those of the program
};

/// A mail in words. Text and HTML may hold a link and a code.
struct Rendering {
  std::string subject;  ///< one line
  core::Secret text;
  core::Secret html;
};

/// Puts letters into words: Mustache templates, for each kind and language `<kind>.<language>.txt`, whose first line is
/// the subject, and `<kind>.<language>.html`, around which goes `layout.html`. Safe to use from every thread.
///
/// In HTML every value is escaped. Templates know `product`, `public_url`, `language`, `to`, `name`, `link`, `code`,
/// `valid_for`, `at`, `device`, `ip`, `address`, `inviter`, `facts` (whether one of `at`, `device` and `ip` is there),
/// and in HTML `subject`. The subject knows neither `link` nor `code`: it is shown on locked screens. What most mails
/// say alike is in parts of their own, `<part>.<language>.<format>`: `greeting`, `occasion` (the facts), `proof` (link
/// and code) and `validity`, which templates take in by `{{> greeting}}`.
class Templates {
 public:
  /// Reads the folder, if there is one; blocks. Fails with `invalid` / "mail_templates_unusable" and a sentence that
  /// names the file: it cannot be read, is none of the program's names, is no Mustache, uses an unknown value or
  /// part, another delimiter or an unescaped value, or lacks what its kind needs (`link` in text and HTML).
  static core::Result<Templates> load(House house);

  /// In the best language for `locale`: its own, else the server's. Fails with `invalid` / "mail_link_foreign" when the
  /// letter's link does not lead to `public_url`.
  core::Result<Rendering> render(MailKind kind, const std::optional<std::string>& locale, const Letter& letter) const;

  const House& house() const& { return house_; }
  const House& house() && = delete;

 private:
  explicit Templates(House house) : house_(std::move(house)) {}
  std::string_view file(std::string_view name) const;
  std::string_view language_of(const std::optional<std::string>& locale) const;

  House house_;
  std::map<std::string, std::string, std::less<>> replaced_;
};

/// An example of a letter of that kind, for looking at templates and for checking them. Its link leads to `public_url`,
/// or to a loopback one.
Letter example_letter(MailKind kind, const House& house);

}  // namespace sallyport::mail
