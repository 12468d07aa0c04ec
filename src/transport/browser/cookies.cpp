#include "transport/browser/cookies.h"

namespace sallyport::transport {
namespace {

constexpr std::size_t most_plain_cookies = 2;

std::string_view trim_spaces(std::string_view text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
  while (text.ends_with(' ') || text.ends_with('\t')) text.remove_suffix(1);
  return text;
}

/// Empty if there is none, or more than one: nobody can tell whose they are.
std::string_view only_value(const Exchange& exchange, std::string_view name) {
  const auto values = cookie_values(exchange, name);
  return values.size() == 1 ? values.front() : std::string_view{};
}

}  // namespace

std::vector<std::string_view> cookie_values(const Exchange& exchange, std::string_view name) {
  struct Search {
    std::string_view name;
    std::vector<std::string_view> found;
  } search{name, {}};
  if (exchange.are_cookies_withheld()) return {};
  exchange.each_header(
      "Cookie",
      [](void* context, std::string_view line) {
        auto& wanted = *static_cast<Search*>(context);
        while (!line.empty()) {
          const auto end = std::min(line.find(';'), line.size());
          const auto pair = trim_spaces(line.substr(0, end));
          line.remove_prefix(std::min(end + 1, line.size()));
          const auto equals = pair.find('=');
          if (equals != std::string_view::npos && pair.substr(0, equals) == wanted.name) {
            wanted.found.push_back(pair.substr(equals + 1));
          }
        }
      },
      &search);
  return std::move(search.found);
}

std::vector<std::string_view> CookieJar::session_values(const Exchange& exchange) const {
  auto values = cookie_values(exchange, session_name());
  if (mode_ == Mode::host_prefixed && values.size() > 1) values.clear();
  if (values.size() > most_plain_cookies) values.resize(most_plain_cookies);
  return values;
}

std::string_view CookieJar::device_value(const Exchange& exchange) const { return only_value(exchange, device_name()); }
std::string_view CookieJar::flow_value(const Exchange& exchange) const { return only_value(exchange, flow_name()); }

std::string CookieJar::set(std::string_view name, std::string_view value, std::chrono::seconds max_age) const {
  std::string cookie(name);
  cookie.append("=").append(value).append("; Path=/; Max-Age=").append(std::to_string(max_age.count()));
  cookie.append("; HttpOnly; SameSite=Lax");
  if (mode_ == Mode::host_prefixed) cookie.append("; Secure");
  return cookie;
}

std::string CookieJar::clear(std::string_view name) const { return set(name, "", std::chrono::seconds{0}); }

}  // namespace sallyport::transport
