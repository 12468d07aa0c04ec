#include "app/reference.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <mutex>

#include "app/output.h"
#include "app/reference_files.h"
#include "app/routes.h"
#include "app/services.h"
#include "app/version.h"
#include "core/base64url.h"
#include "crypto/digest.h"
#include "transport/rest/json_indent.h"
#include "transport/rest/openapi.h"
#include "transport/route_description.h"

namespace sallyport::app {

using core::Result;
using core::Task;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;
using transport::RouteDescription;
using transport::RouteGroup;

namespace {

constexpr std::string_view page_file = "index.html";
constexpr std::string_view if_unchanged =
    "no-cache";  // kept, and asked about: an upgrade is seen at once, by all files

std::string tag_of(std::string_view content) {
  const auto digest = crypto::sha256(core::as_bytes(content));
  return '"' + core::base64url_encode(core::ByteView(digest).first(16)) + '"';
}

/// A file of this program, or nothing but its tag for who has it (RFC 9110 §13.1.2).
Response answer_file(const Exchange& exchange, std::string_view content_type, std::string_view content,
                     std::string tag) {
  const bool is_known = exchange.header("If-None-Match") == std::string_view(tag);
  Response response{.status = is_known ? 304 : 200, .cache_control = if_unchanged};
  response.fields.push_back({"ETag", std::move(tag)});
  if (is_known) return response;
  response.content_type = content_type;
  response.body = content;
  return response;
}

/// The document, from its first reader on: some 130 kB that a server nobody asks does without.
class Document {
 public:
  Document(const transport::Router& router, const transport::CookieJar& jar, std::optional<std::string> public_url)
      : router_(router), jar_(jar), public_url_(std::move(public_url)) {}

  Task<Result<Response>> answer(const Exchange& exchange) const {
    std::call_once(made_, [this] {
      text_ = transport::rest::openapi_document(
          router_, {.version = SALLYPORT_VERSION, .session_cookie = jar_.session_name(), .server_url = public_url_});
      text_.shrink_to_fit();
      tag_ = tag_of(text_);
    });
    co_return answer_file(exchange, "application/json", text_, tag_);
  }

 private:
  const transport::Router& router_;
  const transport::CookieJar& jar_;
  const std::optional<std::string> public_url_;
  mutable std::once_flag made_;  // the loops share it
  mutable std::string text_, tag_;
};

std::string_view media_type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".css")) return "text/css; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  return "text/javascript; charset=utf-8";
}

Task<Result<Response>> answer_embedded(const Exchange& exchange, std::string_view name) {
  const auto files = reference_files();
  const auto file = std::ranges::find(files, name, &EmbeddedFile::name);
  if (file == files.end()) co_return Result<Response>(core::fail(core::Fault::not_found, "not_found"));
  auto response = answer_file(exchange, media_type_of(name), file->text, tag_of(file->text));
  if (name == page_file) {
    // It runs its own scripts, and nobody else's; what it sends goes to this server alone.
    response.fields.push_back({"Content-Security-Policy",
                               "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src "
                               "'self'; form-action 'none'; frame-ancestors 'none'; base-uri 'none'"});
    response.fields.push_back({"Referrer-Policy", "same-origin"});
    response.fields.push_back({"X-Frame-Options", "DENY"});
    response.fields.push_back({"Cross-Origin-Opener-Policy", "same-origin"});
  }
  co_return response;
}

constexpr RouteDescription document_described{.name = "get_openapi",
                                              .group = RouteGroup::operations,
                                              .summary = "This document",
                                              .text = "OpenAPI 3.1, made of the routes that this server answers.",
                                              .answers = {{.status = 200,
                                                           .text = "The document.",
                                                           .media_type = "application/json",
                                                           .headers = {"Cache-Control", "ETag"}},
                                                          {.status = 304, .text = "It is as the client has it."}}};

constexpr RouteDescription page_described{
    .name = "show_reference",
    .group = RouteGroup::pages,
    .summary = "This document for people",
    .answers = {{.status = 200, .text = "The page.", .media_type = "text/html", .headers = {"Cache-Control", "ETag"}},
                {.status = 304, .text = "It is as the client has it."}}};

constexpr RouteDescription file_described{
    .name = "get_reference_file",
    .group = RouteGroup::pages,
    .summary = "What that page loads",
    .parameters = {{.in = transport::DescribedParameter::In::path, .name = "file", .text = "Its name."}},
    .answers = {{.status = 200, .text = "The file.", .media_type = "*/*", .headers = {"Cache-Control", "ETag"}},
                {.status = 304, .text = "It is as the client has it."}}};

/// $TMPDIR, or /tmp; not std::filesystem's, which throws where there is none.
std::string temporary_folder() {
  const char* const named = std::getenv("TMPDIR");
  return named != nullptr && *named != '\0' ? named : "/tmp";
}

/// A folder of this process alone, gone with it. The path is empty where none can be made.
class ScratchFolder {
 public:
  ScratchFolder() {
    auto path = temporary_folder() + "/sallyport-XXXXXX";
    if (mkdtemp(path.data()) != nullptr) path_ = path;
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace

void add_reference_routes(transport::Router& router, const transport::CookieJar& jar,
                          std::optional<std::string> public_url) {
  const auto document = std::make_shared<const Document>(router, jar, std::move(public_url));  // by all copies
  router.add({.method = Method::get,
              .pattern = "/openapi.json",
              .handler = [document](Exchange& exchange, const Parameters&) { return document->answer(exchange); },
              .description = &document_described});
  router.add({.method = Method::get,
              .pattern = "/docs",
              .handler = [](Exchange& exchange, const Parameters&) { return answer_embedded(exchange, page_file); },
              .description = &page_described});
  router.add({.method = Method::get,
              .pattern = "/docs/{file}",
              .handler = [](Exchange& exchange,
                            const Parameters& parameters) { return answer_embedded(exchange, parameters["file"]); },
              .description = &file_described});
}

int print_openapi(const Config& settings) {
  const ScratchFolder folder;
  if (folder.path().empty()) return complain("cannot make a temporary folder; TMPDIR says where");
  auto config = settings;
  config.data = (folder.path() / "data").string();
  auto data = open_data(config);
  if (!data) return complain(data.error(), Output::text);
  Services services(config, std::move(*data), [](const std::string&) {});
  const transport::CookieJar jar(cookie_mode(config));
  const telemetry::Metrics metrics;
  transport::Router router;
  add_routes(router, {.services = services, .jar = jar, .metrics = metrics, .readiness = {}});
  const auto document = transport::rest::openapi_document(
      router, {.version = SALLYPORT_VERSION, .session_cookie = jar.session_name(), .server_url = config.public_url});
  services.stop();
  return print(transport::rest::indented(document));
}

}  // namespace sallyport::app
