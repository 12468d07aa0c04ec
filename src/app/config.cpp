#include "app/config.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "accounts/code_points.h"
#include "app/config_origin.h"
#include "mail/templates.h"

namespace sallyport::app {
namespace {

using std::chrono::milliseconds, std::chrono::seconds;
constexpr milliseconds second{1'000}, minute{60'000}, hour{3'600'000}, day{86'400'000};

constexpr auto to_seconds(milliseconds duration) { return std::chrono::duration_cast<seconds>(duration); }

constexpr std::string_view token_text_rule = "1 to 255 bytes on one line";
bool is_token_text(std::string_view text) { return !text.empty() && text.size() <= 255; }

/// "/v1/auth": segments of characters that need no encoding (RFC 3986 §2.3), none of them "." or "..".
bool is_path(std::string_view text) {
  static constexpr std::size_t most = 200;
  if (text.empty() || text.size() > most) return false;
  while (!text.empty()) {
    if (text.front() != '/') return false;
    text.remove_prefix(1);
    const auto segment = text.substr(0, text.find('/'));
    text.remove_prefix(segment.size());
    const bool is_plain = std::ranges::all_of(segment, [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
             c == '.' || c == '~';
    });
    if (segment.empty() || segment == "." || segment == ".." || !is_plain) return false;
  }
  return true;
}

bool are_origins(const std::vector<std::string>& origins) {
  return std::ranges::all_of(origins, [](const auto& origin) { return Origin::parse(origin).has_value(); });
}

/// An origin, and behind it a path and a query of visible ASCII; no fragment, since parameters are appended.
bool is_page_url(std::string_view url) {
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return false;
  const auto path = url.find_first_of("/?#", scheme_end + 3);
  if (!Origin::parse(url.substr(0, path))) return false;
  if (path == std::string_view::npos) return true;
  const auto rest = url.substr(path);
  return rest.front() == '/' && std::ranges::all_of(rest, [](char c) { return c > 0x20 && c < 0x7f && c != '#'; });
}

/// A name that can stand in a path.
bool is_bucket_name(std::string_view name) {
  const auto is_plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  return name.size() >= 3 && name.size() <= 63 && is_plain(name.front()) && is_plain(name.back()) &&
         name.find("..") == std::string_view::npos &&
         std::ranges::all_of(name, [&](char c) { return is_plain(c) || c == '.' || c == '-'; });
}

/// Stores the choice of that name; false if there is none.
template <class Choice>
bool choose(Choice& chosen, std::string_view name, std::initializer_list<std::pair<std::string_view, Choice>> choices) {
  const auto* const found = std::ranges::find(choices, name, [](const auto& choice) { return choice.first; });
  if (found == choices.end()) return false;
  chosen = found->second;
  return true;
}

constexpr std::string_view origins_rule =
    "origins such as https://app.example.org, in lower case, without path or default port";

/// `smtp://host`, `smtp://host:587`, `smtp://[::1]:587`: no user, no path.
bool store_smtp_url(Config& config, std::string_view url) {
  static constexpr std::string_view scheme = "smtp://";
  if (!url.starts_with(scheme)) return false;
  url.remove_prefix(scheme.size());
  const auto colon = url.find(':', url.starts_with('[') ? std::min(url.find(']'), url.size()) : 0);
  const auto host = url.substr(0, colon);
  std::uint16_t port = 0;
  if (colon != std::string_view::npos) {
    const auto digits = url.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port == 0) return false;
  }
  const bool is_literal = host.starts_with('[') && host.ends_with(']');
  const auto is_host = [](char c) {
    return (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '-' || c == '.';
  };
  const bool is_name = !host.empty() && std::ranges::all_of(host, is_host);
  const auto is_address = [](char c) {
    return c == ':' || c == '.' || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'f');
  };
  const bool is_good =
      is_literal ? host.size() > 2 && std::ranges::all_of(host.substr(1, host.size() - 2), is_address) : is_name;
  if (!is_good || host.size() > 255) return false;
  config.smtp.host = host;
  config.smtp.port = port;
  return true;
}

constexpr std::string_view rate_rule = "a number of requests and a time in s, m, h or d such as 120/1m, or off";

/// `120/1m`: so many at once, and as many again in that time.
bool store_rate(std::optional<throttle::RateLimit>& limit, std::string_view text) {
  if (text == "off") {
    limit.reset();
    return true;
  }
  static constexpr std::pair<std::string_view, milliseconds> units[] = {
      {"s", second}, {"m", minute}, {"h", hour}, {"d", day}};
  static constexpr std::int64_t most_requests = 1'000'000, most_units = 1'000;
  const auto* const end = text.data() + text.size();
  throttle::RateLimit given{};
  const auto requests = std::from_chars(text.data(), end, given.burst);
  if (requests.ec != std::errc{} || requests.ptr == end || *requests.ptr != '/') return false;
  std::int64_t count = 0;
  const auto time = std::from_chars(requests.ptr + 1, end, count);
  const auto* const unit =
      std::ranges::find(units, std::string_view(time.ptr, end), [](const auto& one) { return one.first; });
  const bool is_good = time.ec == std::errc{} && unit != std::end(units) && given.burst >= 1 &&
                       given.burst <= most_requests && count >= 1 && count <= most_units;
  if (!is_good) return false;
  given.period = count * unit->second;
  limit = given;
  return true;
}

constexpr ConfigKey keys[] = {
    {.name = "accounts.restore_window",
     .what = "How long a deleted account is kept, to be restored by an administrator, before all of it is erased for "
             "good.",
     .by_default = "30d",
     .example = "7d",
     .value = Duration{milliseconds{0}, 3'650 * day,
                       [](Config& config, auto time) { config.restore_window = to_seconds(time); }, second}},
    {.name = "allowed_origins",
     .what = "Origins besides `public_url` whose pages may call with cookies.",
     .unset = "none",
     .example = "https://app.example.org,https://admin.example.org",
     .value = List{origins_rule,
                   [](Config& config, std::vector<std::string> origins) {
                     const bool are_good = are_origins(origins);
                     if (are_good) config.allowed_origins = std::move(origins);
                     return are_good;
                   }}},
    {.name = "audit.retention",
     .what = "Rows of the audit log older than this are removed, and a signed record of that is kept.",
     .unset = "rows are kept for ever",
     .example = "365d",
     .value = Duration{day, 36'500 * day,
                       [](Config& config, auto time) { config.audit_retention = to_seconds(time); }, second}},
    {.name = "avatar.max_bytes",
     .what = "How large a picture of an account may be, in bytes.",
     .by_default = "2097152",
     .example = "524288",
     .value = Number{1'024, 10'485'760,
                     [](Config& config, auto bytes) { config.avatar.most_bytes = static_cast<std::size_t>(bytes); }}},
    {.name = "avatar.max_side",
     .what = "How wide and how high a picture may be, in pixels.",
     .by_default = "4096",
     .example = "1024",
     .value = Number{16, 16'384,
                     [](Config& config, auto pixels) { config.avatar.most_side = static_cast<std::uint32_t>(pixels); }}},
    {.name = "avatar.s3.access_key",
     .what = "Who signs requests to the object storage.",
     .unset = "needed with `avatar.store = s3`",
     .example = "AKIAIOSFODNN7EXAMPLE",
     .value = Text{token_text_rule,
                   [](Config& config, std::string_view key) {
                     if (is_token_text(key)) config.s3.access_key = key;
                     return is_token_text(key);
                   }}},
    {.name = "avatar.s3.bucket",
     .what = "Bucket that pictures are kept in, below `avatars/` and `uploads/`. It need not be public.",
     .unset = "needed with `avatar.store = s3`",
     .example = "pictures",
     .value = Text{"3 to 63 lower case letters, digits, dots and hyphens",
                   [](Config& config, std::string_view bucket) {
                     const bool is_good = is_bucket_name(bucket);
                     if (is_good) config.s3.bucket = bucket;
                     return is_good;
                   }}},
    {.name = "avatar.s3.endpoint",
     .what = "Object storage that speaks S3. The bucket is part of the path. Clients upload there, and pictures are shown "
             "from there, by addresses that are signed for a few minutes.",
     .unset = "needed with `avatar.store = s3`",
     .example = "https://s3.example.org",
     .value = Text{"an origin such as https://s3.example.org, in lower case, without path or default port",
                   [](Config& config, std::string_view url) {
                     const bool is_good = Origin::parse(url).has_value();
                     if (is_good) config.s3.endpoint = url;
                     return is_good;
                   }}},
    {.name = "avatar.s3.region",
     .what = "Region that requests to the object storage are signed for.",
     .by_default = "us-east-1",
     .example = "eu-central-1",
     .value = Text{token_text_rule,
                   [](Config& config, std::string_view region) {
                     if (is_token_text(region)) config.s3.region = region;
                     return is_token_text(region);
                   }}},
    {.name = "avatar.s3.secret_key",
     .what = "The secret of `avatar.s3.access_key`. Better in a file that `SALLYPORT_AVATAR_S3_SECRET_KEY_FILE` names.",
     .unset = "needed with `avatar.store = s3`",
     .example = "a-secret-of-the-object-storage",
     .value = Text{"1 to 255 bytes on one line",
                   [](Config& config, std::string_view key) {
                     if (!is_token_text(key)) return false;
                     config.s3.secret_key = std::make_shared<const core::Secret>(key);
                     return true;
                   }},
     .is_secret = true},
    {.name = "avatar.store",
     .what = "Where pictures of accounts are kept: `folder` is `avatars` in the data folder, `s3` an object storage.",
     .by_default = "folder",
     .example = "s3",
     .value = Text{"folder or s3",
                   [](Config& config, std::string_view text) {
                     config.has_picture_bucket = text == "s3";
                     return text == "folder" || text == "s3";
                   }}},
    {.name = "data",
     .what = "Folder of the database, the lock and, unless it is kept elsewhere, the master key.",
     .by_default = "./sallyport-data",
     .example = "/var/lib/sallyport",
     .value = Text{"the path of a folder",
                   [](Config& config, std::string_view path) {
                     if (!path.empty()) config.data = path;
                     return !path.empty();
                   }}},
    {.name = "forward_auth.origins",
     .what = "Origins behind a reverse proxy that browsers may be sent back to once they have signed in "
             "(docs/forward-auth.md).",
     .unset = "none: they are not told where to come back to",
     .example = "https://app.example.org",
     .value = List{origins_rule,
                   [](Config& config, std::vector<std::string> origins) {
                     const bool are_good = are_origins(origins);
                     if (are_good) config.forward_auth_origins = std::move(origins);
                     return are_good;
                   }}},
    {.name = "forward_auth.sign_in_url",
     .what = "Page that `/v1/auth/check?redirect` sends browsers to that are not signed in. `return_to` is added to its "
             "query.",
     .unset = "they hear 401",
     .example = "https://app.example.org/sign-in",
     .value = Text{"an address such as https://app.example.org/sign-in, without fragment",
                   [](Config& config, std::string_view url) {
                     const bool is_good = is_page_url(url);
                     if (is_good) config.sign_in_url = url;
                     return is_good;
                   }}},
    {.name = "geo.database",
     .what = "File that tells the country of an address, in MaxMind's format (GeoLite2-Country.mmdb). It is read again "
             "when it changes.",
     .unset = "no country is found out",
     .example = "/var/lib/GeoIP/GeoLite2-Country.mmdb",
     .value = Text{"the path of a file",
                   [](Config& config, std::string_view path) {
                     if (!path.empty()) config.geo_database = path;
                     return !path.empty();
                   }}},
    {.name = "hash.memory_kib",
     .what = "Memory of one password hash (Argon2id), in KiB.",
     .by_default = "19456",
     .example = "47104",
     .value = Number{7'168, 1'048'576,
                     [](Config& config, auto kib) { config.argon2.memory_kib = static_cast<std::uint32_t>(kib); }}},
    {.name = "hash.passes",
     .what = "How often a password hash goes over that memory.",
     .by_default = "2",
     .example = "1",
     .value =
         Number{1, 64, [](Config& config, auto passes) { config.argon2.passes = static_cast<std::uint32_t>(passes); }}},
    {.name = "hash.threads",
     .what = "Threads that hash passwords; 0 is one less than there are cores.",
     .by_default = "0",
     .example = "4",
     .value = Number{0, 1'024, [](Config& config, auto count) { config.hash_threads = count; }}},
    {.name = "hsts.include_subdomains",
     .what = "Whether the names below the one of `public_url` are to be reached by HTTPS only, too.",
     .by_default = "false",
     .example = "true",
     .value = Flag{[](Config& config, bool is_on) { config.strict_transport.includes_subdomains = is_on; }}},
    {.name = "hsts.max_age",
     .what = "How long browsers remember to come by HTTPS only (`Strict-Transport-Security`), with an https `public_url`; "
             "0s sends nothing.",
     .by_default = "180d",
     .example = "365d",
     .value = Duration{milliseconds{0}, 3'650 * day,
                       [](Config& config, auto time) { config.strict_transport.max_age = to_seconds(time); }, second}},
    {.name = "hsts.preload",
     .what = "Consent to being listed in browsers as reachable by HTTPS only. Hard to take back.",
     .by_default = "false",
     .example = "true",
     .value = Flag{[](Config& config, bool is_on) { config.strict_transport.preloads = is_on; }}},
    {.name = "http.aliases",
     .what = "Paths at which routes can be reached besides their own: each name is a path that stands for its value and "
             "all below.",
     .unset = "none",
     .example = "/auth=/v1/auth,/api/v1/auth=/v1/auth",
     .value = Table{"paths such as /auth with the path each stands for, without a slash at the end, none twice",
                    [](Config& config, std::vector<std::pair<std::string, std::string>> aliases) {
                      std::set<std::string_view> prefixes;
                      const bool are_paths = std::ranges::all_of(aliases, [&](const auto& alias) {
                        return is_path(alias.first) && is_path(alias.second) && prefixes.insert(alias.first).second;
                      });
                      if (are_paths) config.aliases = std::move(aliases);
                      return are_paths;
                    }}},
    {.name = "http.body_bytes",
     .what = "Largest JSON body, in bytes.",
     .by_default = "65536",
     .example = "131072",
     .value = Number{1'024, 16'777'216, [](Config& config, auto bytes) { config.limits.body_bytes = bytes; }}},
    {.name = "http.connections",
     .what = "Most connections at a time, all loops together.",
     .by_default = "10000",
     .example = "50000",
     .value = Number{1, 1'000'000, [](Config& config, auto count) { config.limits.connections = count; }}},
    {.name = "http.idle_time",
     .what = "How long a connection is kept between two requests.",
     .by_default = "60s",
     .example = "75s",
     .value = Duration{second, hour, [](Config& config, auto time) { config.limits.idle_time = time; }}},
    {.name = "http.redirect_listen",
     .what = "Address and port of a second listener, which answers every request with 308 to the same path of `public_url`.",
     .unset = "none",
     .example = "0.0.0.0:80",
     .value = Text{"an IP address and a port, such as 0.0.0.0:80 or [::]:80",
                   [](Config& config, std::string_view text) {
                     const auto endpoint = transport::Endpoint::parse(text);
                     if (endpoint) config.redirect_listen = *endpoint;
                     return endpoint.has_value();
                   }}},
    {.name = "http.request_time",
     .what = "How long an answer may take, from the end of the request's head.",
     .by_default = "15s",
     .example = "10s",
     .value = Duration{second, 5 * minute, [](Config& config, auto time) { config.limits.request_time = time; }}},
    {.name = "invitation.valid_for",
     .what = "How long the link of an invitation is good.",
     .by_default = "7d",
     .example = "3d",
     .value = Duration{minute, 90 * day,
                       [](Config& config, auto time) { config.invitation_valid_for = to_seconds(time); }, second}},
    {.name = "limits.rate.mail",
     .what = "Requests of one client network (/24, /64) that cause a mail to somebody who is not signed in.",
     .by_default = "60/10m",
     .example = "30/10m",
     .value = Text{rate_rule, [](Config& config, std::string_view text) { return store_rate(config.rates.mail, text); }}},
    {.name = "limits.rate.other",
     .what = "Other requests of one client network, session checks among them.",
     .by_default = "off",
     .example = "6000/1m",
     .value = Text{rate_rule, [](Config& config, std::string_view text) { return store_rate(config.rates.other, text); }}},
    {.name = "limits.rate.registration",
     .what = "Registrations from one client network.",
     .by_default = "120/10m",
     .example = "20/1h",
     .value = Text{rate_rule, [](Config& config, std::string_view text) { return store_rate(config.rates.registration, text); }}},
    {.name = "limits.rate.sign_in",
     .what = "Passwords that one client network may have checked.",
     .by_default = "240/1m",
     .example = "60/1m",
     .value = Text{rate_rule, [](Config& config, std::string_view text) { return store_rate(config.rates.sign_in, text); }}},
    {.name = "listen",
     .what = "Address and port to listen on.",
     .by_default = "127.0.0.1:8080",
     .example = "[::]:8080",
     .value = Text{"an IP address and a port, such as 127.0.0.1:8080 or [::1]:8080",
                   [](Config& config, std::string_view text) {
                     const auto endpoint = transport::Endpoint::parse(text);
                     if (endpoint) config.listen = *endpoint;
                     return endpoint.has_value();
                   }}},
    {.name = "loops",
     .what = "Threads that serve connections; 0 is as many as there are cores.",
     .by_default = "0",
     .example = "8",
     .value = Number{0, 1'024, [](Config& config, auto count) { config.loops = count; }}},
    {.name = "mail.attempts",
     .what = "How often a mail is tried before it is given up: 12 are five hours, 30 a day.",
     .by_default = "30",
     .example = "12",
     .value = Number{1, 100, [](Config& config, auto count) { config.mail_attempts = static_cast<int>(count); }}},
    {.name = "mail.from",
     .what = "Who mails are from.",
     .unset = "no mail can be sent",
     .example = "Example <no-reply@example.org>",
     .value = Text{"an address such as no-reply@example.org, or Example <no-reply@example.org>",
                   [](Config& config, std::string_view text) {
                     auto mailbox = mail::Mailbox::parse_with_name(text);
                     if (mailbox) config.mail_from = std::move(*mailbox);
                     return mailbox.has_value();
                   }}},
    {.name = "mail.language",
     .what = "Language of mails to people whose own there are no templates in.",
     .by_default = "en",
     .example = "de",
     .value = Text{"en or de",
                   [](Config& config, std::string_view text) {
                     const bool is_known = std::ranges::find(mail::languages, text) != mail::languages.end();
                     if (is_known) config.mail_language = text;
                     return is_known;
                   }}},
    {.name = "mail.new_device",
     .what = "Whether people are told by mail when they sign in on a device that has not signed in since their last "
             "change of password.",
     .by_default = "true",
     .example = "false",
     .value = Flag{[](Config& config, bool is_on) { config.has_new_device_mail = is_on; }}},
    {.name = "mail.retention",
     .what = "How long mails that were delivered (without their contents) or given up are kept. Those that nobody sends "
             "are kept for 30 days, or as long if that is longer.",
     .by_default = "7d",
     .example = "30d",
     .value = Duration{hour, 3'650 * day, [](Config& config, auto time) { config.mail_retention = time; }, second}},
    {.name = "mail.templates",
     .what = "Folder of templates that replace the program's own of the same names.",
     .unset = "the program's own",
     .example = "/etc/sallyport/mail",
     .value = Text{"the path of a folder",
                   [](Config& config, std::string_view path) {
                     if (!path.empty()) config.mail_templates = path;
                     return !path.empty();
                   }}},
    {.name = "mail.welcome",
     .what = "Whether people who register get a mail that says so, with what proves their address. Always sent where "
             "`verification.mode` is `required`.",
     .unset = "yes where `smtp.url` is set",
     .example = "true",
     .value = Flag{[](Config& config, bool is_sent) { config.has_welcome_mail = is_sent; }}},
    {.name = "password.forbidden_words",
     .what = "Words that are refused as a part of passwords, in any letter case, besides `product.name`: names of a "
             "company, its places and products.",
     .unset = "none",
     .example = "Example,Springfield,Project Raven",
     .value = List{"up to 1000 words of 4 to 100 characters",
                   [](Config& config, std::vector<std::string> words) {
                     const bool are_good =
                         words.size() <= 1'000 && std::ranges::all_of(words, [](const std::string& word) {
                           const auto points = accounts::CodePoints::decode(word);
                           return points && points->size() >= accounts::PasswordRules::min_word_code_points &&
                                  points->size() <= 100;
                         });
                     if (are_good) config.password.forbidden_words = std::move(words);
                     return are_good;
                   }}},
    {.name = "password.min_length",
     .what = "Code points a new password has at least.",
     .by_default = "8",
     .example = "12",
     .value = Number{8, 128, [](Config& config, auto count) { config.password.min_code_points = count; }}},
    {.name = "password.pepper",
     .what = "Whether password hashes also need a secret that is not in the database.",
     .by_default = "true",
     .example = "true",
     .value = Flag{[](Config& config, bool is_used) { config.has_pepper = is_used; }}},
    {.name = "password.refuse_common",
     .what = "Whether new passwords are refused that are made of dictionary words and known patterns.",
     .by_default = "true",
     .example = "true",
     .value = Flag{[](Config& config, bool is_refused) {
       config.password.min_guess_bits = is_refused ? accounts::PasswordRules{}.min_guess_bits : 0;
     }}},
    {.name = "product.name",
     .what = "What your product is called: in mails, and refused as a part of passwords.",
     .by_default = "Sallyport",
     .example = "Example",
     .value = Text{"1 to 100 bytes on one line",
                   [](Config& config, std::string_view name) {
                     if (name.empty() || name.size() > 100) return false;
                     config.product_name = name;
                     config.password.product_name = name;
                     return true;
                   }}},
    {.name = "proxy.header",
     .what = "How the reverse proxies of `proxy.trusted` say whose request they pass on: `xff` (`X-Forwarded-For`), "
             "`forwarded` (RFC 7239), or the PROXY protocol, `proxy-v1` or `proxy-v2`. All other ways are ignored.",
     .by_default = "none",
     .example = "xff",
     .value = Text{"none, xff, forwarded, proxy-v1 or proxy-v2",
                   [](Config& config, std::string_view text) {
                     using transport::ProxyHeader;
                     static constexpr std::pair<std::string_view, ProxyHeader> kinds[] = {
                         {"none", ProxyHeader::none},
                         {"xff", ProxyHeader::x_forwarded_for},
                         {"forwarded", ProxyHeader::forwarded},
                         {"proxy-v1", ProxyHeader::proxy_v1},
                         {"proxy-v2", ProxyHeader::proxy_v2}};
                     const auto* const found = std::ranges::find(kinds, text, [](const auto& one) { return one.first; });
                     if (found == std::end(kinds)) return false;
                     config.proxies.header = found->second;
                     return true;
                   }}},
    {.name = "proxy.trusted",
     .what = "Addresses and networks of the reverse proxies that `proxy.header` is believed of.",
     .unset = "nobody is believed",
     .example = "127.0.0.1,10.0.0.0/8,2001:db8::/32",
     .value = List{"IP addresses and networks such as 10.0.0.0/8, without bits below the prefix",
                   [](Config& config, std::vector<std::string> texts) {
                     std::vector<transport::Network> networks;
                     for (const auto& text : texts) {
                       const auto network = transport::Network::parse(text);
                       if (!network) return false;
                       networks.push_back(*network);
                     }
                     config.proxies.trusted = std::move(networks);
                     return true;
                   }}},
    {.name = "public_url",
     .what = "Where clients reach this server, as an origin. Issuer, cookie mode and the origin that browsers must name "
             "follow from it. Plain `http` only for loopback names.",
     .unset = "only requests from this machine, to a loopback name, are served",
     .example = "https://auth.example.org",
     .value = Text{"an origin such as https://auth.example.org, in lower case, without path or default port",
                   [](Config& config, std::string_view url) {
                     const bool is_origin = Origin::parse(url).has_value();
                     if (is_origin) config.public_url = url;
                     return is_origin;
                   }}},
    {.name = "recovery.valid_for",
     .what = "How long the link and the code of a mail to reset a password count.",
     .by_default = "15m",
     .example = "30m",
     .value = Duration{minute, day, [](Config& config, auto time) { config.recovery_valid_for = to_seconds(time); },
                       second}},
    {.name = "registration.domains",
     .what = "Domains that the addresses of people who register, and changed addresses, must be of.",
     .unset = "all",
     .example = "example.org,example.net",
     .value = List{"domains such as example.org",
                   [](Config& config, std::vector<std::string> domains) {
                     auto allowed = accounts::AllowedDomains::parse(domains);
                     if (allowed) config.registration.domains = std::move(*allowed);
                     return allowed.has_value();
                   }}},
    {.name = "registration.mode",
     .what = "Who may register: `open` everybody, `invite` whoever has the link of an invitation, `closed` nobody.",
     .by_default = "open",
     .example = "invite",
     .value = Text{"open, invite or closed",
                   [](Config& config, std::string_view text) {
                     using enum accounts::RegistrationMode;
                     return choose(config.registration.mode, text,
                                   {{"open", open}, {"invite", invite}, {"closed", closed}});
                   }}},
    {.name = "retention.sessions",
     .what = "How long sessions are kept that have ended or expired. Nobody can use them: they are there for whoever looks "
             "into what happened.",
     .by_default = "30d",
     .example = "7d",
     .value = Duration{minute, 3'650 * day,
                       [](Config& config, auto time) { config.session_retention = to_seconds(time); }, second}},
    {.name = "session.absolute",
     .what = "Every session ends after this.",
     .by_default = "90d",
     .example = "30d",
     .value = Duration{minute, 3'650 * day,
                       [](Config& config, auto time) { config.lifetimes.absolute = to_seconds(time); }, second}},
    {.name = "session.access_token",
     .what = "Lifetime of an access token.",
     .by_default = "15m",
     .example = "5m",
     .value = Duration{10 * second, day,
                       [](Config& config, auto time) { config.lifetimes.access_token = to_seconds(time); }, second}},
    {.name = "session.sliding",
     .what = "A session that nobody refreshes ends after this. Not longer than `session.absolute`.",
     .by_default = "14d",
     .example = "7d",
     .value = Duration{minute, 3'650 * day,
                       [](Config& config, auto time) { config.lifetimes.sliding = to_seconds(time); }, second}},
    {.name = "shutdown.delay",
     .what = "How long 'not ready' is said before the end of listening, for load balancers to notice.",
     .unset = "0s when listening on loopback, else 5s",
     .example = "10s",
     .value =
         Duration{milliseconds{0}, 5 * minute, [](Config& config, auto time) { config.shutdown_delay = time; }}},
    {.name = "shutdown.grace",
     .what = "How long running requests get to end.",
     .by_default = "30s",
     .example = "20s",
     .value = Duration{milliseconds{0}, hour, [](Config& config, auto time) { config.shutdown_grace = time; }}},
    {.name = "smtp.ca_bundle",
     .what = "PEM file of the authorities that the mail server's certificate is checked against.",
     .unset = "those the system trusts",
     .example = "/etc/sallyport/mail-ca.pem",
     .value = Text{"the path of a file",
                   [](Config& config, std::string_view path) {
                     if (!path.empty()) config.smtp.ca_bundle = path;
                     return !path.empty();
                   }}},
    {.name = "smtp.password",
     .what = "Password of `smtp.user`. Better in a file that `SALLYPORT_SMTP_PASSWORD_FILE` names.",
     .unset = "no authentication",
     .example = "a-secret-of-the-mail-server",
     .value = Text{"1 to 255 bytes on one line",
                   [](Config& config, std::string_view password) {
                     if (!is_token_text(password)) return false;
                     config.smtp.password = std::make_shared<const core::Secret>(password);
                     return true;
                   }},
     .is_secret = true},
    {.name = "smtp.timeout",
     .what = "How long sending one mail may take.",
     .by_default = "30s",
     .example = "60s",
     .value = Duration{second, 5 * minute, [](Config& config, auto time) { config.smtp.timeout = time; }}},
    {.name = "smtp.tls",
     .what = "How the conversation with the mail server is protected. `starttls` sends nothing to a server that does "
             "not offer it; `none` is refused with a password unless the server is on this machine.",
     .by_default = "starttls",
     .example = "implicit",
     .value = Text{"none, starttls or implicit",
                   [](Config& config, std::string_view text) {
                     static constexpr std::pair<std::string_view, smtp::Tls> kinds[] = {
                         {"none", smtp::Tls::none}, {"starttls", smtp::Tls::starttls}, {"implicit", smtp::Tls::implicit}};
                     const auto* const found = std::ranges::find(kinds, text, [](const auto& one) { return one.first; });
                     if (found == std::end(kinds)) return false;
                     config.smtp.tls = found->second;
                     return true;
                   }}},
    {.name = "smtp.url",
     .what = "The mail server. Without a port: 587, with `implicit` TLS 465, with `none` 25.",
     .unset = "mails are not sent; `sallyport mail list` shows them",
     .example = "smtp://mail.example.org:587",
     .value = Text{"smtp:// with a host and perhaps a port, such as smtp://mail.example.org:587", store_smtp_url}},
    {.name = "smtp.user",
     .what = "Who authenticates to the mail server.",
     .unset = "no authentication",
     .example = "sallyport",
     .value = Text{token_text_rule,
                   [](Config& config, std::string_view user) {
                     if (is_token_text(user)) config.smtp.user = user;
                     return is_token_text(user);
                   }}},
    {.name = "tls.certificates",
     .what = "PEM files of certificates, each with the chain of its issuers. Clients get the one for the name they ask for "
             "(SNI), else the first. They are read again when they change and on SIGHUP.",
     .unset = "the port speaks plain HTTP only",
     .example = "/etc/sallyport/tls/fullchain.pem",
     .value = List{"paths of files, none twice",
                   [](Config& config, std::vector<std::string> files) {
                     const bool are_good = std::set<std::string_view>(files.begin(), files.end()).size() == files.size() &&
                                           std::ranges::find(files, "") == files.end();
                     if (are_good) config.tls_certificates = std::move(files);
                     return are_good;
                   }}},
    {.name = "tls.keys",
     .what = "PEM files of the private keys of `tls.certificates`, in the same order.",
     .unset = "each is in the file of its certificate",
     .example = "/etc/sallyport/tls/privkey.pem",
     .value = List{"paths of files",
                   [](Config& config, std::vector<std::string> files) {
                     const bool are_good = std::ranges::find(files, "") == files.end();
                     if (are_good) config.tls_keys = std::move(files);
                     return are_good;
                   }}},
    {.name = "tls.min_version",
     .what = "Oldest version of TLS that is spoken.",
     .by_default = "1.2",
     .example = "1.3",
     .value = Text{"1.2 or 1.3",
                   [](Config& config, std::string_view text) {
                     using transport::tls::Version;
                     return choose(config.tls_least, text, {{"1.2", Version::tls_1_2}, {"1.3", Version::tls_1_3}});
                   }}},
    {.name = "tls.required",
     .what = "Whether plain HTTP is refused. Without that both are spoken on one port.",
     .unset = "with `tls.certificates` it is",
     .example = "true",
     .value = Flag{[](Config& config, bool is_required) { config.tls_required = is_required; }}},
    {.name = "token.algorithm",
     .what = "How keys made from now on sign access tokens. `keys rotate` makes one. HS256 is for one audience whose "
             "services are given the secret, so it wants a `token.audience` of your own; it is never published.",
     .by_default = "EdDSA",
     .example = "ES256",
     .value = Text{"EdDSA, ES256, RS256 or HS256",
                   [](Config& config, std::string_view text) {
                     const auto algorithm = crypto::parse_signing_algorithm(text);
                     const bool is_one = algorithm && algorithm != crypto::SigningAlgorithm::v4_public;
                     if (is_one) config.token_algorithm = *algorithm;
                     return is_one;
                   }}},
    {.name = "token.audience",
     .what = "`aud` of access tokens.",
     .by_default = default_audience,
     .example = "example.org",
     .value = Text{token_text_rule,
                   [](Config& config, std::string_view audience) {
                     if (is_token_text(audience)) config.audience = audience;
                     return is_token_text(audience);
                   }}},
    {.name = "token.format",
     .what = "Format of the access tokens of keys made from now on: `jwt`, or `paseto` (v4.public, EdDSA only).",
     .by_default = "jwt",
     .example = "jwt",
     .value = Text{"jwt or paseto",
                   [](Config& config, std::string_view text) {
                     const auto format = crypto::parse_token_format(text);
                     if (format) config.token_format = *format;
                     return format.has_value();
                   }}},
    {.name = "token.issuer",
     .what = "`iss` of access tokens.",
     .unset = "`public_url`, else http:// and the address listened on",
     .example = "https://auth.example.org",
     .value = Text{token_text_rule,
                   [](Config& config, std::string_view issuer) {
                     if (is_token_text(issuer)) config.issuer = issuer;
                     return is_token_text(issuer);
                   }}},
    {.name = "token.key_lifetime",
     .what = "How long a key signs access tokens before the next one takes over; 0s is until `keys rotate`. Longer than "
             "`session.access_token` and twice `token.key_notice`.",
     .by_default = "90d",
     .example = "30d",
     .value = Duration{milliseconds{0}, 3'650 * day,
                       [](Config& config, auto time) { config.key_lifetime = to_seconds(time); }, second}},
    {.name = "token.key_notice",
     .what = "How long a key is published before it signs, and how long services may keep the key set.",
     .by_default = "5m",
     .example = "1h",
     .value = Duration{second, 7 * day, [](Config& config, auto time) { config.key_notice = to_seconds(time); },
                       second}},
    {.name = "users.directory",
     .what = "Who may call ListUsersInfo over RPC: `admins`, or with `members` everybody who is signed in, who then gets ids, "
             "names and pictures of active accounts and searches names only.",
     .by_default = "admins",
     .example = "members",
     .value = Text{"admins or members",
                   [](Config& config, std::string_view text) {
                     using enum accounts::DirectoryReaders;
                     return choose(config.directory_readers, text, {{"admins", administrators}, {"members", members}});
                   }}},
    {.name = "verification.mode",
     .what = "Whether people prove that their address is theirs: `optional` signs them in at once and says so with "
             "`email_verified`, `required` lets nobody sign in before, `off` mails no link for it.",
     .by_default = "optional",
     .example = "required",
     .value = Text{"off, optional or required",
                   [](Config& config, std::string_view text) {
                     using enum accounts::VerificationMode;
                     return choose(config.registration.verification, text,
                                   {{"off", off}, {"optional", optional}, {"required", required}});
                   }}},
    {.name = "verification.valid_for",
     .what = "How long the links and codes are good that prove an address.",
     .by_default = "24h",
     .example = "2h",
     .value = Duration{5 * minute, 30 * day,
                       [](Config& config, auto time) { config.verification_valid_for = to_seconds(time); }, second}},
};
static_assert(std::ranges::is_sorted(keys, {}, &ConfigKey::name));

}  // namespace

std::span<const ConfigKey> config_keys() { return keys; }

const ConfigKey* find_config_key(std::string_view name) {
  const auto found = std::ranges::find(keys, name, &ConfigKey::name);
  return found == std::end(keys) ? nullptr : found;
}

}  // namespace sallyport::app
