#include "mail/templates.h"

#include <fmt/format.h>
#include <openssl/crypto.h>

#include <algorithm>
#include <fstream>
#include <kainjow/mustache.hpp>
#include <ranges>
#include <span>

#include "mail/embedded_templates.h"
#include "mail/harmless.h"
#include "mail/wording.h"

namespace sallyport::mail {
namespace {

using core::Result;
using kainjow::mustache::data;
using kainjow::mustache::mustache;

constexpr std::string_view layout = "layout.html";
constexpr std::size_t most_bytes = 256 * 1024;  // of one file
constexpr std::string_view local_url = "http://localhost:8080";

constexpr std::string_view values[] = {"product",   "public_url", "language", "to", "name",    "link",    "code",
                                       "valid_for", "at",         "device",   "ip", "address", "inviter", "facts"};

/// What most mails say alike, in files of their own: a template's `{{> proof}}` is `proof.<language>.<format>`.
constexpr std::string_view parts[] = {"greeting", "occasion", "proof", "validity"};

bool is_part(std::string_view file) {
  return std::ranges::find(parts, file.substr(0, file.find('.'))) != std::end(parts);
}

std::unexpected<core::Error> unusable(std::string sentence) {
  return std::unexpected(
      core::Error{.fault = core::Fault::invalid, .code = "mail_templates_unusable", .log_detail = std::move(sentence)});
}

/// What is wrong with the tags of a template; empty if nothing is. Mustache itself takes a name that nobody knows for
/// one without a value, and mails would lack a code until somebody complains.
std::string wrong_tag(std::string_view name, std::string_view text) {
  for (std::size_t at = text.find("{{"); at != std::string_view::npos; at = text.find("{{", at)) {
    const auto end = text.find("}}", at);
    if (end == std::string_view::npos) return "a tag that is not closed";
    auto tag = text.substr(at + 2, end - at - 2);
    at = end + 2;
    const bool is_unescaped = tag.starts_with('{') || tag.starts_with('&');
    if (tag.starts_with('!')) continue;
    const auto part = tag.starts_with("> ") ? tag.substr(2) : std::string_view{};
    if (!is_part(name) && name != layout && std::ranges::find(parts, part) != std::end(parts)) continue;
    if (tag.starts_with('>') || tag.starts_with('='))
      return fmt::format("the tag {{{{{}}}}}, which is not for mails", tag);
    const auto sigil = std::string_view("#^/{&").find(tag.empty() ? ' ' : tag.front());
    if (sigil != std::string_view::npos) tag.remove_prefix(1);
    const auto first = tag.find_first_not_of(' '), last = tag.find_last_not_of(' ');
    tag = first == std::string_view::npos ? "" : tag.substr(first, last - first + 1);
    const bool is_content = name == layout && tag == "content";
    if (is_unescaped && !is_content && name.ends_with(".html"))
      return fmt::format("{{{{{{{}}}}}}}, which would not be escaped", tag);
    const bool is_known = is_content || (tag == "subject" && name.ends_with(".html")) ||
                          std::ranges::find(values, tag) != std::end(values);
    if (!is_known) return fmt::format("the value '{}', which mails do not have", tag);
  }
  return {};
}

/// The first line, and what comes after it and the blank lines behind it.
std::pair<std::string, std::string> subject_and_body(std::string_view text) {
  const auto end = std::min(text.find('\n'), text.size());
  auto body = text.substr(end);
  body.remove_prefix(std::min(body.find_first_not_of("\r\n"), body.size()));
  auto subject = text.substr(0, end);
  if (subject.ends_with('\r')) subject.remove_suffix(1);
  return {std::string(subject), std::string(body)};
}

/// Values that were left out leave blank lines behind.
std::string without_gaps(const std::string& text) {
  std::string packed;
  packed.reserve(text.size());
  for (const char c : text) {
    if (c == '\r' || (c == '\n' && packed.ends_with("\n\n"))) continue;
    packed += c;
  }
  while (packed.ends_with('\n')) packed.pop_back();
  return packed + '\n';
}

/// A subject is one line whatever its values are.
std::string one_line(std::string text) {
  std::ranges::replace_if(text, [](unsigned char c) { return c < ' ' || c == 0x7F; }, ' ');
  return text;
}

enum class Escaping { none, html };

std::string rendered(const std::string& text, const data& context, Escaping escaping) {
  mustache compiled(text);
  if (escaping == Escaping::none) compiled.set_custom_escape([](const std::string& value) { return value; });
  return compiled.render(context);
}

core::Secret secret(std::string text) {
  core::Secret kept(text);
  OPENSSL_cleanse(text.data(), text.size());
  return kept;
}

Result<std::string> read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  std::string text(most_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (!file.eof()) return unusable(path.string() + (file ? " is larger than 256 KiB" : " cannot be read"));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

data to_data(const Letter& letter, const House& house, std::string_view language) {
  data context;
  const auto set = [&](const char* name, const std::optional<std::string>& value) {
    if (value) context.set(name, one_line(*value));
  };
  const auto set_chosen = [&](const char* name, const std::optional<std::string>& value) {
    if (value && is_harmless(*value)) set(name, value);
  };
  context.set("product", house.product);
  context.set("language", std::string(language));
  context.set("to", letter.to);
  set("public_url", house.public_url);
  set_chosen("name", letter.name);
  set_chosen("device", letter.device);
  set("ip", letter.ip);
  set("address", letter.address);
  set_chosen("inviter", letter.inviter);
  if (letter.valid_for) context.set("valid_for", spelled(*letter.valid_for, language));
  if (letter.at) context.set("at", spelled(*letter.at, language));
  if (letter.at || letter.device || letter.ip) context.set("facts", true);
  return context;
}

bool leads_to(std::string_view link, std::string_view origin) {
  return link.starts_with(origin) && (link.size() == origin.size() || link[origin.size()] == '/');
}

bool needs_link(MailKind kind) {
  return kind == MailKind::verification || kind == MailKind::recovery || kind == MailKind::confirm_address ||
         kind == MailKind::invitation || kind == MailKind::welcome;
}

}  // namespace

Result<Templates> Templates::load(House house) {
  Templates templates(std::move(house));
  if (!templates.house_.templates) return templates;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(*templates.house_.templates, error)) {
    const auto name = entry.path().filename().string();
    const auto known = mail_templates();
    if (std::ranges::find(known, name, &EmbeddedFile::name) == known.end())
      return unusable(entry.path().string() + " is no template's name; 'sallyport mail preview --help' says them");
    auto text = read_file(entry.path());
    if (!text) return core::fail(std::move(text));
    if (const auto wrong = wrong_tag(name, *text); !wrong.empty())
      return unusable(entry.path().string() + " has " + wrong);
    const mustache compiled(*text);
    if (!compiled.is_valid()) return unusable(entry.path().string() + " is no Mustache: " + compiled.error_message());
    templates.replaced_.emplace(name, std::move(*text));
  }
  if (error)
    return unusable("the folder " + templates.house_.templates->string() + " cannot be read: " + error.message());
  for (const auto kind : mail_kinds) {
    for (const auto language : languages) {
      const auto letter = example_letter(kind, templates.house_);
      auto rendering = templates.render(kind, std::string(language), letter);
      const auto name = fmt::format("{}.{}", to_text(kind), language);
      if (!rendering) return core::fail(std::move(rendering));
      if (rendering->subject.find_first_not_of(' ') == std::string::npos)
        return unusable(name + ".txt has no subject in its first line");
      if (!needs_link(kind)) continue;
      const auto& link = letter.link->reveal();
      const bool is_in_text = rendering->text.reveal().find(link) != std::string_view::npos;
      const bool is_in_html = rendering->html.reveal().find("href=\"" + std::string(link)) != std::string_view::npos;
      if (!is_in_text) return unusable(name + ".txt does not show the link");
      if (!is_in_html) return unusable(name + ".html has no <a href=\"{{link}}\">, or layout.html no {{{content}}}");
    }
  }
  return templates;
}

std::string_view Templates::file(std::string_view name) const {
  if (const auto own = replaced_.find(name); own != replaced_.end()) return own->second;
  return std::ranges::find(mail_templates(), name, &EmbeddedFile::name)->text;
}

std::string_view Templates::language_of(const std::optional<std::string>& locale) const {
  const auto is_wanted = [&](std::string_view language) {
    const auto same = [](char a, char b) { return (a | 0x20) == b; };  // tags are ASCII, RFC 5646 §2.1
    return locale && locale->size() >= language.size() &&
           std::ranges::equal(locale->substr(0, language.size()), language, same) &&
           (locale->size() == language.size() || (*locale)[language.size()] == '-');
  };
  const auto* const found = std::ranges::find_if(languages, is_wanted);
  return found == languages.end() ? house_.language : *found;
}

Result<Rendering> Templates::render(MailKind kind, const std::optional<std::string>& locale,
                                    const Letter& letter) const {
  const auto language = language_of(locale);
  if (letter.link && !leads_to(letter.link->reveal(), house_.public_url.value_or(std::string(local_url))) &&
      house_.public_url)
    return core::fail(core::Fault::invalid, "mail_link_foreign");
  const auto name = fmt::format("{}.{}", to_text(kind), language);
  const auto [subject_template, text_template] = subject_and_body(file(name + ".txt"));

  auto context = to_data(letter, house_, language);
  const auto set_parts = [&](std::string_view format) {
    for (const auto part : parts)
      context.set(std::string(part), std::string(file(fmt::format("{}.{}.{}", part, language, format))));
  };
  auto subject = one_line(rendered(subject_template, context, Escaping::none));
  if (letter.link) context.set("link", std::string(letter.link->reveal()));
  if (letter.code) context.set("code", std::string(letter.code->reveal()));
  set_parts("txt");
  auto text = without_gaps(rendered(text_template, context, Escaping::none));
  set_parts("html");
  context.set("subject", subject);
  context.set("content", without_gaps(rendered(std::string(file(name + ".html")), context, Escaping::html)));
  auto html = rendered(std::string(file(layout)), context, Escaping::html);
  return Rendering{.subject = std::move(subject), .text = secret(std::move(text)), .html = secret(std::move(html))};
}

Letter example_letter(MailKind kind, const House& house) {
  const auto base = house.public_url.value_or(std::string(local_url));
  Letter letter{.to = "ann@example.org", .name = "Ann Example"};
  const auto token = "?token=7Qm0example0token0that0is0not0valid0Zx4";
  switch (kind) {
    case MailKind::welcome:
    case MailKind::verification:
    case MailKind::confirm_address:
      letter.link.emplace(base + "/verify-email" + token);
      letter.code.emplace("12345678");
      letter.valid_for = std::chrono::hours{24};
      break;
    case MailKind::recovery:
      letter.link.emplace(base + "/reset-password" + token);
      letter.code.emplace("12345678");
      letter.valid_for = std::chrono::minutes{30};
      break;
    case MailKind::invitation:
      letter.link.emplace(base + "/invitation" + token);
      letter.valid_for = std::chrono::days{7};
      letter.inviter = "Bert Example";
      break;
    case MailKind::account_deleted:
      letter.valid_for = std::chrono::days{30};
      break;
    case MailKind::locked:
      letter.valid_for = std::chrono::minutes{15};
      break;
    case MailKind::address_changed:
      letter.address = "ann.new@example.org";
      break;
    case MailKind::password_changed:
    case MailKind::new_device:
    case MailKind::address_taken:
      break;
  }
  if (!letter.link) {
    letter.at = core::Timestamp(std::chrono::sys_days{std::chrono::year{2026} / 3 / 14} + std::chrono::hours{9});
    letter.device = "Firefox on Linux";
    letter.ip = "192.0.2.7";
  }
  return letter;
}

}  // namespace sallyport::mail
