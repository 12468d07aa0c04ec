#include "transport/pages/page.h"

namespace sallyport::transport::pages {
namespace {

// Between <style> and </style>, byte for byte. Whoever changes it is told the new hash by the test of this file.
constexpr const char* style = R"(
:root { color-scheme: light dark; --text: #1c1e21; --quiet: #565d66; --ground: #f4f5f7; --card: #fff; --line: #838b95;
  --accent: #1d4ed8; --on-accent: #fff; --wrong: #b42318; }
@media (prefers-color-scheme: dark) {
  :root { --text: #eceef1; --quiet: #a9b1bb; --ground: #121417; --card: #1c1f24; --line: #6d7682; --accent: #8ab4ff;
    --on-accent: #0b1220; --wrong: #ff9a8d; }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1rem; min-height: 100vh; color: var(--text); background: var(--ground);
  font: 1rem/1.5 system-ui, sans-serif; }
main { max-width: 28rem; margin: 6vh auto 0; padding: 1.5rem; background: var(--card); border-radius: .75rem;
  box-shadow: 0 1px 3px #0003; overflow-wrap: anywhere; }
h1 { margin: 0 0 .75rem; font-size: 1.4rem; line-height: 1.25; }
p { margin: 0 0 1rem; }
main > :last-child { margin-bottom: 0; }
label { display: block; font-weight: 600; }
.field { margin: 0 0 1.1rem; }
.hint { margin: 0 0 .25rem; color: var(--quiet); font-size: .9rem; }
.error { margin: .25rem 0 0; color: var(--wrong); font-size: .9rem; }
.notice { padding: .75rem 1rem; border-left: .25rem solid var(--wrong); background: var(--ground); }
input { width: 100%; min-height: 2.75rem; padding: .4rem .7rem; font: inherit; color: inherit;
  background: var(--card); border: 1px solid var(--line); border-radius: .4rem; }
input[aria-invalid] { border-color: var(--wrong); border-width: 2px; }
button { width: 100%; min-height: 2.75rem; padding: .4rem 1rem; font: inherit; font-weight: 600; cursor: pointer;
  color: var(--on-accent); background: var(--accent); border: 0; border-radius: .4rem; }
button.refusal { color: var(--wrong); background: none; border: 1px solid var(--wrong); }
form + form { margin-top: 1.75rem; padding-top: 1.25rem; border-top: 1px solid var(--line); }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
code { font-size: .95em; }
@media (max-width: 24rem) { body { padding: 0; } main { margin-top: 0; border-radius: 0; min-height: 100vh; } }
)";

constexpr std::string_view hash = "sha256-FmXoWTc7lmJL5Y08DHbwbESxVYX0/xjZJPAZn7MOb8I=";

}  // namespace

std::string_view style_sheet() { return style; }
std::string_view style_hash() { return hash; }

void add_field(Html& html, const Field& field) {
  const bool has_hint = !field.hint.str().empty();
  html.markup(R"(<div class="field"><label for=")").markup(field.name).markup("\">").markup(field.label);
  html.markup("</label>");
  if (has_hint) {
    html.markup(R"(<p class="hint" id=")").markup(field.name).markup("-hint\">").markup(field.hint).markup("</p>");
  }
  html.markup("<input id=\"").markup(field.name).markup("\" name=\"").markup(field.name);
  html.markup("\" type=\"").markup(field.type).markup("\" autocomplete=\"").markup(field.autocomplete);
  html.markup("\" value=\"").text(field.value).markup("\"");
  if (field.is_required) html.markup(" required");
  if (!field.errors.empty()) html.markup(" aria-invalid=\"true\"");
  if (has_hint || !field.errors.empty()) {
    html.markup(" aria-describedby=\"");
    if (has_hint) html.markup(field.name).markup("-hint");
    if (has_hint && !field.errors.empty()) html.markup(" ");
    if (!field.errors.empty()) html.markup(field.name).markup("-error");
    html.markup("\"");
  }
  html.markup(">");
  if (!field.errors.empty()) {
    html.markup(R"(<p class="error" id=")").markup(field.name).markup("-error\">");
    bool is_first = true;
    for (const auto sentence : field.errors) {
      if (!is_first) html.markup(" ");
      html.text(sentence);
      is_first = false;
    }
    html.markup("</p>");
  }
  html.markup("</div>\n");
}

void add_hidden_field(Html& html, Markup name, std::string_view value) {
  html.markup(R"(<input type="hidden" name=")").markup(name).markup(R"(" value=")").text(value).markup("\">\n");
}

Response page(int status, Markup title, const Html& body) {
  Html html;
  html.markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
  html.markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>").markup(title);
  html.markup("</title>\n<style>").markup(style).markup("</style>\n</head>\n<body>\n<main>\n<h1>").markup(title);
  html.markup("</h1>\n").add(body).markup("</main>\n</body>\n</html>\n");
  Response response{.status = status, .content_type = "text/html; charset=utf-8", .body = std::move(html).str()};
  response.fields.push_back(
      {"Content-Security-Policy", "default-src 'none'; style-src '" + std::string(style_hash()) +
                                      "'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"});
  // Not `no-referrer`: with it browsers name no origin when they post a form (Fetch, "append a request `Origin`
  // header"), and nobody could tell this server's own form from another site's. To others it sends nothing either.
  response.fields.push_back({"Referrer-Policy", "same-origin"});
  response.fields.push_back({"X-Frame-Options", "DENY"});
  response.fields.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  return response;
}

}  // namespace sallyport::transport::pages
