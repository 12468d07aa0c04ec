#include "transport/rest/openapi.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <stdexcept>
#include <vector>

#include "transport/rest/problem.h"
#include "transport/rest/problem_catalog.h"
#include "transport/rest/problem_schema.h"
#include "transport/rest/route_refusals.h"
#include "transport/rest/schema_writer.h"
#include "transport/route_description.h"

namespace sallyport::transport::rest {
namespace {

struct Group {
  RouteGroup group;
  std::string_view name, text;
};
constexpr Group groups[] = {
    {RouteGroup::signing_in, "Signing in", "Accounts, sessions and their tokens."},
    {RouteGroup::own_account, "Own account", "What people see and change of their own account."},
    {RouteGroup::pictures, "Pictures", "JPEG, PNG or WebP, shown under an address that nobody guesses."},
    {RouteGroup::devices, "Devices", "Where an account is signed in."},
    {RouteGroup::mailbox, "Mailbox", "What is done with a link or a code that was mailed."},
    {RouteGroup::administration, "Administration", "Accounts of others, for administrators."},
    {RouteGroup::operations, "Operations", "For reverse proxies, probes and services that verify tokens."},
    {RouteGroup::pages, "Pages", "Plain HTML forms for people; links of mails lead there."},
};

struct HeaderText {
  std::string_view name, text;
};
constexpr HeaderText headers[] = {
    {"Cache-Control", "For how long it may be kept."},
    {"Content-Disposition", "That it is to be saved as a file."},
    {"ETag", "Names this very content, for If-None-Match."},
    {"Location", "Where it is."},
    {"Retry-After", "Seconds after which it is worth trying again."},
    {"Set-Cookie", "The cookies that browsers keep of it, for this site alone and out of reach of scripts."},
    {"WWW-Authenticate", "RFC 6750: whether a token was given and did not serve."},
    {"X-Auth-Email", "The account's address."},
    {"X-Auth-Email-Verified", "true or false."},
    {"X-Auth-Role", "admin, user or guest."},
    {"X-Auth-Session", "The session's id."},
    {"X-Auth-User", "The account's id."},
};

constexpr std::string_view page_refusal =
    "The page again, or another that says why nothing came of it. What is refused before a page is reached is a "
    "problem document.";

constexpr std::string_view introduction =
    "Accounts, sign-in and sessions over HTTP and JSON.\n\n"
    "Bodies are JSON objects in UTF-8; unknown members are ignored. Every refusal is a problem document (RFC 9457) "
    "with a stable `code` to match on, and names every wrong field. Every answer has an `X-Request-Id`, which the log "
    "of the server knows, too.\n\n"
    "Programs send the access token of a sign-in as `Authorization: Bearer`. Browsers send the session cookie; what "
    "they change with it must come from this site.";

constexpr std::string_view any_refusal =
    "Any other refusal, of the protocol or of the server: 404 and 405 for paths and methods that are not there, 408, "
    "421, 431, 500, 501, 504.";

std::string_view text_of(Access access) {
  switch (access) {
    case Access::anyone:
    case Access::optional:
      return {};
    case Access::signed_in:
      return "For who is signed in.";
    case Access::freshly_signed_in:
      return "For who proved shortly before who they are: by a sign-in, or `/v1/auth/reauthenticate`.";
    case Access::administrator:
      return "For administrators.";
    case Access::freshly_an_administrator:
      return "For administrators who proved shortly before who they are: by a sign-in, or `/v1/auth/reauthenticate`.";
  }
  std::unreachable();
}

std::string_view name_of(Access access) {
  switch (access) {
    case Access::anyone:
      return "anyone";
    case Access::optional:
      return "optional";
    case Access::signed_in:
      return "signed_in";
    case Access::freshly_signed_in:
      return "freshly_signed_in";
    case Access::administrator:
      return "administrator";
    case Access::freshly_an_administrator:
      return "freshly_an_administrator";
  }
  std::unreachable();
}

bool has_body(const RouteDescription& described) {
  return described.body.document != nullptr || described.body.media_types.size() != 0;
}

class OpenApiWriter {
 public:
  OpenApiWriter(const Router& router, const OpenApiFacts& facts) : router_(router), facts_(facts) {}

  std::string write() {
    json_.begin_object();
    text("openapi", "3.1.0");
    write_info();
    if (facts_.server_url) write_server();
    write_tags();
    write_paths();
    write_components();
    json_.end_object();
    return std::move(out_);
  }

 private:
  void text(std::string_view name, std::string_view value) { json_.text(name, value); }
  void begin(std::string_view name) { json_.begin_object(name); }
  void begin_list(std::string_view name) { json_.begin_array(name); }
  void list(std::string_view name, const auto& values) {
    begin_list(name);
    for (const auto& value : values) json_.text(value);
    json_.end_array();
  }
  void refer(std::string_view kind, std::string_view name) {
    text("$ref", std::string("#/components/").append(kind).append("/").append(name));
  }

  void write_info() {
    begin("info");
    text("title", "Sallyport");
    text("version", facts_.version);
    text("description", introduction);
    json_.end_object();
  }

  void write_server() {
    begin_list("servers");
    json_.begin_object();
    text("url", *facts_.server_url);
    json_.end_object();
    json_.end_array();
  }

  void write_tags() {
    begin_list("tags");
    for (const auto& group : groups) {
      json_.begin_object();
      text("name", group.name);
      text("description", group.text);
      json_.end_object();
    }
    json_.end_array();
  }

  // --- operations

  void write_paths() {
    std::vector<std::string_view> patterns;  // as the routes were added, which is how people read them
    std::map<std::string_view, std::map<Method, const Route*>> paths;
    for (const auto& route : router_.routes()) {
      if (!is_in_openapi(*route)) continue;
      if (route->description == nullptr)
        throw std::logic_error(std::string(to_text(route->method)) + " " + route->pattern + " is not described");
      if (!paths.contains(route->pattern)) patterns.push_back(route->pattern);
      paths[route->pattern][route->method] = route.get();
    }
    begin("paths");
    for (const auto pattern : patterns) {
      begin_key(pattern);
      const RouteDescription* written = nullptr;  // one route for all methods is told of once
      for (const auto& [method, route] : paths[pattern]) {
        if (route->description == written) continue;
        written = route->description;
        write_operation(*route);
      }
      json_.end_object();
    }
    json_.end_object();
  }

  void begin_key(std::string_view key) {
    json_.key(key);
    json_.begin_object();
  }

  static std::string lower(std::string_view text) {
    std::string lowered(text);
    std::ranges::transform(lowered, lowered.begin(), [](char c) { return static_cast<char>(c | 0x20); });
    return lowered;
  }

  void write_operation(const Route& route) {
    const auto& described = *route.description;
    if (!names_.insert(described.name).second)
      throw std::logic_error("two routes are called " + std::string(described.name));
    begin(lower(to_text(route.method)));
    text("operationId", described.name);
    const auto group = std::ranges::find(groups, described.group, &Group::group);
    list("tags", std::array{group->name});
    text("summary", described.summary);
    const auto access = text_of(described.access);
    if (!described.text.empty() || !access.empty())
      text("description",
           std::string(described.text).append(described.text.empty() || access.empty() ? "" : "\n\n").append(access));
    text("x-access", name_of(described.access));
    write_security(described.access);
    write_parameters(route);
    if (has_body(described)) write_body(described.body);
    begin("responses");
    write_answers(described);
    for (const auto& [status, codes] : refusals_of(route)) write_refusal(described, status, codes);
    begin("default");
    refer("responses", described.group == RouteGroup::pages ? "PageRefusal" : "Refusal");
    json_.end_object();
    json_.end_object();
    json_.end_object();
  }

  void write_security(Access access) {
    begin_list("security");
    if (access == Access::optional) {
      json_.begin_object();
      json_.end_object();
    }
    if (access != Access::anyone) {
      for (const std::string_view scheme : {"access_token", "session_cookie"}) {
        json_.begin_object();
        list(scheme, std::array<std::string_view, 0>{});
        json_.end_object();
      }
    }
    json_.end_array();
  }

  void write_parameters(const Route& route) {
    const auto& parameters = route.description->parameters;
    check_path_parameters(route);
    if (parameters.size() == 0) return;
    begin_list("parameters");
    for (const auto& parameter : parameters) write_parameter(parameter);
    json_.end_array();
  }

  static void check_path_parameters(const Route& route) {
    for (std::string_view rest = route.pattern; rest.contains('{');) {
      rest.remove_prefix(rest.find('{') + 1);
      const auto name = rest.substr(0, rest.find('}'));
      const bool is_described = std::ranges::any_of(route.description->parameters, [&](const auto& parameter) {
        return parameter.in == DescribedParameter::In::path && parameter.name == name;
      });
      if (!is_described) throw std::logic_error(route.pattern + " does not describe " + std::string(name));
    }
  }

  void write_parameter(const DescribedParameter& parameter) {
    using In = DescribedParameter::In;
    json_.begin_object();
    text("name", parameter.name);
    text("in", parameter.in == In::path ? "path" : parameter.in == In::query ? "query" : "header");
    text("description", parameter.text);
    if (parameter.in == In::path) {
      json_.member("required");
      json_.boolean(true);
    }
    begin("schema");
    schemas_.write_type(json_, parameter.kind, parameter.limit);
    if (!parameter.format.empty()) text("format", parameter.format);
    if (parameter.values.size() != 0) list("enum", parameter.values);
    json_.end_object();
    if (!parameter.example.empty()) {
      json_.member("example");
      if (parameter.kind == JsonKind::text) json_.text(parameter.example);
      else json_.embed(parameter.example);
    }
    json_.end_object();
  }

  void write_body(const DescribedBody& body) {
    begin("requestBody");
    if (!body.text.empty()) text("description", body.text);
    json_.member("required");
    json_.boolean(!body.is_optional);
    begin("content");
    if (body.document != nullptr) {
      begin("application/json");
      json_.member("schema");
      schemas_.refer(json_, *body.document);
      json_.end_object();
    }
    for (const auto media_type : body.media_types) {
      begin(media_type);
      write_loose_schema(media_type);
      json_.end_object();
    }
    json_.end_object();
    json_.end_object();
  }

  /// Of what no wire struct describes. Bytes have no schema in OpenAPI 3.1.
  void write_loose_schema(std::string_view media_type) {
    const bool is_object = media_type == "application/json" || media_type == "application/x-www-form-urlencoded";
    const bool is_text = media_type.starts_with("text/");
    if (!is_object && !is_text) return;
    begin("schema");
    text("type", is_object ? "object" : "string");
    json_.end_object();
  }

  // --- answers

  static std::string_view media_type_of(const DescribedAnswer& answer) {
    return answer.media_type.empty() && answer.document != nullptr ? "application/json" : answer.media_type;
  }

  void write_answers(const RouteDescription& described) {
    std::map<int, std::vector<const DescribedAnswer*>> by_status;
    for (const auto& answer : described.answers) by_status[answer.status].push_back(&answer);
    for (const auto& [status, answers] : by_status) {
      begin(std::to_string(status));
      text("description", answers.front()->text);
      write_headers(answers.front()->headers);
      write_content(answers);
      json_.end_object();
    }
  }

  void write_headers(const auto& names) {
    if (names.size() == 0) return;
    begin("headers");
    for (const std::string_view name : names) {
      begin(name);
      refer("headers", name);
      json_.end_object();
    }
    json_.end_object();
  }

  void write_content(const std::vector<const DescribedAnswer*>& answers) {
    std::map<std::string_view, std::vector<const JsonNode*>> documents;
    for (const auto* answer : answers)
      if (const auto media_type = media_type_of(*answer); !media_type.empty())
        documents[media_type].push_back(answer->document);
    if (documents.empty()) return;
    begin("content");
    for (const auto& [media_type, nodes] : documents) {
      begin(media_type);
      if (nodes.front() == nullptr) write_loose_schema(media_type);
      else write_schema_of(nodes);
      json_.end_object();
    }
    json_.end_object();
  }

  void write_schema_of(const std::vector<const JsonNode*>& nodes) {
    json_.member("schema");
    if (nodes.size() == 1) return schemas_.refer(json_, *nodes.front());
    json_.begin_object();
    begin_list("anyOf");
    for (const auto* node : nodes) schemas_.refer(json_, *node);
    json_.end_array();
    json_.end_object();
  }

  /// A status that answers and refuses at once, such as 503 of /health/ready, is the answer's.
  void write_refusal(const RouteDescription& described, int status, const Codes& codes) {
    if (std::ranges::find(described.answers, status, &DescribedAnswer::status) != described.answers.end()) return;
    begin(std::to_string(status));
    const auto shared = std::ranges::find_if(
        shared_refusals(), [&](const SharedRefusal& other) { return other.status == status && other.codes == codes; });
    if (shared != shared_refusals().end()) refer("responses", shared->name);
    else write_refusal_body(status, codes);
    json_.end_object();
  }

  void write_refusal_body(int status, const Codes& codes) {
    text("description", reason_phrase(status));
    if (status == 401) write_headers(std::array{std::string_view("WWW-Authenticate")});
    if (status == 429 || status == 503) write_headers(std::array{std::string_view("Retry-After")});
    begin("content");
    begin(problem_media_type);
    begin("schema");
    begin_list("allOf");
    json_.begin_object();
    refer("schemas", "Problem");
    json_.end_object();
    json_.begin_object();
    begin("properties");
    begin("code");
    list("enum", codes);
    json_.end_object();
    json_.end_object();
    json_.end_object();
    json_.end_array();
    json_.end_object();
    begin("examples");
    for (const auto code : codes) write_problem_example(status, code);
    json_.end_object();
    json_.end_object();
    json_.end_object();
  }

  void write_problem_example(int status, std::string_view code) {
    const auto title = find_problem_title(code);
    if (!title) throw std::logic_error("the problem catalog does not know " + std::string(code));
    std::string problem;
    core::Error error{.fault = core::Fault::invalid, .code = code};
    if (code == "invalid_fields") error.fields = {{"password", "missing"}};
    write_problem(problem, error, status, "0193a5c2-6f0e-7b3a-9c1d-2f4e6a8b0c1d");
    begin(code);
    text("summary", *title);
    json_.member("value");
    json_.embed(problem);
    json_.end_object();
  }

  // --- what operations refer to

  void write_components() {
    begin("components");
    begin("schemas");
    for (const auto& [name, schema] : schemas_.schemas()) {
      json_.member(name);
      json_.embed(schema);
    }
    write_problem_schemas(json_);
    json_.end_object();
    begin("responses");
    for (const auto& shared : shared_refusals()) {
      begin(shared.name);
      write_refusal_body(shared.status, shared.codes);
      json_.end_object();
    }
    write_any_refusal("Refusal", any_refusal);
    write_any_refusal("PageRefusal", page_refusal, "text/html");
    json_.end_object();
    begin("headers");
    for (const auto& header : headers) {
      begin(header.name);
      text("description", header.text);
      write_string_schema();
      json_.end_object();
    }
    json_.end_object();
    write_security_schemes();
    json_.end_object();
  }

  void write_string_schema() {
    begin("schema");
    text("type", "string");
    json_.end_object();
  }

  void write_any_refusal(std::string_view name, std::string_view what, std::string_view other_media_type = {}) {
    begin(name);
    text("description", what);
    begin("content");
    if (!other_media_type.empty()) {
      begin(other_media_type);
      write_loose_schema(other_media_type);
      json_.end_object();
    }
    begin(problem_media_type);
    begin("schema");
    refer("schemas", "Problem");
    json_.end_object();
    json_.end_object();
    json_.end_object();
    json_.end_object();
  }

  void write_security_schemes() {
    begin("securitySchemes");
    begin("access_token");
    text("type", "http");
    text("scheme", "bearer");
    text("description", "The `access_token` of a sign-in or a refresh.");
    json_.end_object();
    begin("session_cookie");
    text("type", "apiKey");
    text("in", "cookie");
    text("name", facts_.session_cookie);
    text("description", "The cookie that a sign-in sets.");
    json_.end_object();
    json_.end_object();
  }

  const Router& router_;
  const OpenApiFacts& facts_;
  SchemaWriter schemas_;
  std::set<std::string_view> names_;
  std::string out_;
  JsonWriter json_{out_};
};

}  // namespace

bool is_in_openapi(const Route& route) {
  const std::string_view pattern = route.pattern;
  const auto second = pattern.find('/', 1);
  const auto first = pattern.substr(1, second == std::string_view::npos ? second : second - 1);
  const bool is_procedure = second != std::string_view::npos && !first.starts_with('.') && first.contains('.');
  return !is_procedure && first != "dev";
}

std::string openapi_document(const Router& router, const OpenApiFacts& facts) {
  return OpenApiWriter(router, facts).write();
}

}  // namespace sallyport::transport::rest
