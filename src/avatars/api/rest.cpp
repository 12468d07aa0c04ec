#include "avatars/api/rest.h"

#include "sessions/api/wire.h"
#include "transport/rest/json_body.h"
#include "transport/route_description.h"

namespace sallyport::avatars::api {

using core::Fault;
using core::Result;
using core::Task;
using sessions::SharedView;
using transport::Exchange;
using transport::Method;
using transport::Parameters;
using transport::Response;

struct UploadRequest {
  std::string content_type;
  std::int64_t content_size = 0;
  static constexpr transport::rest::JsonNote notes[] = {
      {"content_type", "", "", "image/png", {"image/jpeg", "image/png", "image/webp"}},
      {"content_size", "In bytes.", "", "48213"}};
};
BOOST_DESCRIBE_STRUCT(UploadRequest, (), (content_type, content_size))

struct UploadAnswer {
  std::string upload_url;
  std::int64_t expires_in = 0;  ///< in seconds
  static constexpr transport::rest::JsonNote notes[] = {
      {"upload_url", "Where to PUT the picture: a path of this server, or an address of its object storage.",
       "uri-reference"},
      {"expires_in", "Seconds for which it may be put there.", "", "600"}};
};
BOOST_DESCRIBE_STRUCT(UploadAnswer, (), (upload_url, expires_in))

namespace {

constexpr std::size_t piece_bytes = 64 * 1024;      // of a picture on its way out
constexpr std::chrono::seconds download_time{300};  // for which an address of the picture store is good
constexpr std::string_view for_a_day = "public, max-age=86400, immutable";  // so long a deleted one may be seen
constexpr std::string_view for_a_minute = "private, max-age=60";

/// What the request says its body is; 415 unless that is a picture.
Result<ImageFormat> announced_format(const Exchange& exchange) {
  const auto format = parse_media_type(exchange.header("Content-Type").value_or(""));
  if (!format) return core::fail(Fault::invalid, "unsupported_media_type");
  return *format;
}

Task<Result<PictureBytes>> read_picture(const AvatarRoutes& to, Exchange& exchange) {
  auto body = co_await exchange.read_body(to.change_avatar.rules().most_bytes);
  if (!body) co_return Result<PictureBytes>(core::fail(std::move(body)));
  co_return std::make_shared<const std::string>(*body);
}

Result<Response> user_answer(Result<accounts::Account> changed) {
  if (!changed) return core::fail(std::move(changed));
  return transport::rest::json_answer(200, sessions::api::to_answer(*changed));
}

Task<Result<Response>> put(const AvatarRoutes& to, Exchange& exchange, SharedView view) {
  const auto format = announced_format(exchange);
  if (!format) co_return Result<Response>(std::unexpected(format.error()));
  auto slot = to.slots.take();
  if (!slot) co_return Result<Response>(core::fail(std::move(slot)));
  auto bytes = co_await read_picture(to, exchange);
  if (!bytes) co_return Result<Response>(core::fail(std::move(bytes)));
  const auto account = view->account.id;
  auto changed = co_await to.change_avatar({.view = std::move(view),
                                            .account = account,
                                            .format = *format,
                                            .bytes = std::move(*bytes),
                                            .client = sessions::api::client_of(exchange)});
  co_return user_answer(std::move(changed));
}

Task<Result<Response>> remove(const AvatarRoutes& to, Exchange& exchange, SharedView view) {
  const auto account = view->account.id;
  auto changed = co_await to.change_avatar.remove(std::move(view), account, sessions::api::client_of(exchange));
  if (!changed) co_return Result<Response>(core::fail(std::move(changed)));
  co_return Response::no_content();
}

Task<Result<Response>> offer_upload(const AvatarRoutes& to, Exchange& exchange, SharedView view) {
  std::vector<core::FieldError> wrong;
  auto request = co_await transport::rest::read_json<UploadRequest>(exchange, to.body_limit, wrong);
  if (!request) co_return Result<Response>(core::fail(std::move(request)));
  const auto is_known = [&wrong](std::string_view field) {
    return std::ranges::any_of(wrong, [&](const core::FieldError& error) { return error.field == field; });
  };
  const auto format = parse_media_type(request->content_type);
  if (!format && !is_known("content_type")) wrong.push_back({"content_type", "unknown_value"});
  const auto most = static_cast<std::int64_t>(to.change_avatar.rules().most_bytes);
  const bool is_in_range = request->content_size >= 1 && request->content_size <= most;
  if (!is_in_range && !is_known("content_size")) wrong.push_back({"content_size", "out_of_range"});
  if (!wrong.empty()) co_return Result<Response>(std::unexpected(transport::rest::invalid_fields(std::move(wrong))));
  auto offered =
      co_await to.upload_avatar.offer(view->account.id, *format, static_cast<std::size_t>(request->content_size));
  if (!offered) co_return Result<Response>(core::fail(std::move(offered)));
  co_return transport::rest::json_answer(
      200, UploadAnswer{.upload_url = std::move(offered->url), .expires_in = offered->expires_in.count()});
}

Task<Result<Response>> confirm_upload(const AvatarRoutes& to, Exchange& exchange, SharedView view) {
  auto slot = to.slots.take();
  if (!slot) co_return Result<Response>(core::fail(std::move(slot)));
  const auto account = view->account.id;
  auto changed = co_await to.upload_avatar.confirm(std::move(view), account, sessions::api::client_of(exchange));
  co_return user_answer(std::move(changed));
}

/// Whoever has the name may put the one object that was offered under it; it shows nowhere until it is confirmed.
Task<Result<Response>> receive_upload(const AvatarRoutes& to, Exchange& exchange, std::string name) {
  auto object = PictureObject::parse("uploads/" + name);
  if (!object) co_return Result<Response>(core::fail(Fault::not_found, "upload_not_found"));
  const auto format = announced_format(exchange);
  if (!format) co_return Result<Response>(std::unexpected(format.error()));
  auto is_awaited = co_await to.avatars.find_upload(*object, to.clock.now());
  if (!is_awaited) co_return Result<Response>(core::fail(std::move(is_awaited)));
  auto slot = to.slots.take();
  if (!slot) co_return Result<Response>(core::fail(std::move(slot)));
  auto bytes = co_await read_picture(to, exchange);
  if (!bytes) co_return Result<Response>(core::fail(std::move(bytes)));
  auto received = co_await to.upload_avatar.receive(std::move(*object), *format, std::move(*bytes));
  if (!received) co_return Result<Response>(core::fail(std::move(received)));
  co_return Response::no_content();
}

Response picture_head(int status, const PictureObject& object) {
  Response head{.status = status, .cache_control = for_a_day};
  head.fields.push_back({"ETag", '"' + std::string(object.name()) + '"'});
  // Should a browser ever take the bytes for a page: one that may do nothing. Applications elsewhere show it.
  head.fields.push_back({"Content-Security-Policy", "default-src 'none'; sandbox"});
  head.fields.push_back({"Cross-Origin-Resource-Policy", "cross-origin"});
  return head;
}

Task<Result<Response>> redirect(std::string url) {
  Response answer{.status = 302, .cache_control = for_a_minute};
  answer.fields.push_back({"Location", std::move(url)});
  co_return answer;
}

/// Piece by piece, so that slow clients hold little of it in memory.
Task<Result<Response>> send_picture(const AvatarRoutes& to, Exchange& exchange, PictureObject object) {
  auto piece = co_await to.pictures.read(object, 0, piece_bytes);
  if (!piece) co_return Result<Response>(core::fail(std::move(piece)));
  auto head = picture_head(200, object);
  head.content_type = media_type(*object.format());
  const bool is_whole = piece->size() < piece_bytes;
  head.body = std::move(*piece);
  if (is_whole) co_return head;
  Response outcome{.status = 200};
  exchange.begin(std::move(head));
  if (exchange.method() == Method::head) co_return outcome;
  for (std::size_t sent = piece_bytes;; sent += piece_bytes) {
    auto next = co_await to.pictures.read(object, sent, piece_bytes);
    if (!next) co_return Result<Response>(core::fail(std::move(next)));
    if (!next->empty()) {
      auto written = co_await exchange.write(*next);
      if (!written) co_return Result<Response>(core::fail(std::move(written)));
    }
    if (next->size() < piece_bytes) co_return outcome;
  }
}

Task<Result<Response>> show(const AvatarRoutes& to, Exchange& exchange, std::string name) {
  auto object = PictureObject::parse_avatar(name);
  if (!object) co_return Result<Response>(core::fail(Fault::not_found, "picture_not_found"));
  auto is_shown = co_await to.avatars.find_avatar(*object);
  if (!is_shown) co_return Result<Response>(core::fail(std::move(is_shown)));
  auto not_modified = picture_head(304, *object);
  if (exchange.header("If-None-Match") == std::string_view(not_modified.fields.front().value)) co_return not_modified;
  auto url = to.pictures.download_url(*object, to.clock.now(), download_time);
  if (url) co_return co_await redirect(std::move(*url));
  co_return co_await send_picture(to, exchange, std::move(*object));
}

using transport::Access;
using transport::DescribedBody;
using transport::RouteDescription;
using transport::RouteGroup;
using transport::rest::json_schema;
using UserAnswer = sessions::api::UserAnswer;

constexpr DescribedBody picture{.media_types = {"image/jpeg", "image/png", "image/webp"},
                                .text = "The whole picture, of at most `avatar.max_bytes`."};

constexpr RouteDescription put_described{
    .name = "put_own_picture",
    .group = RouteGroup::pictures,
    .summary = "Set the picture",
    .access = Access::signed_in,
    .body = picture,
    .answers = {{.status = 200, .text = "The account with its picture.", .document = &json_schema<UserAnswer>}},
    .errors = {{422, "invalid_fields"}, {503, "pictures_unavailable"}}};

constexpr RouteDescription remove_described{.name = "delete_own_picture",
                                            .group = RouteGroup::pictures,
                                            .summary = "Remove the picture",
                                            .access = Access::signed_in,
                                            .answers = {{.status = 204, .text = "There is none any more."}}};

constexpr RouteDescription offer_described{
    .name = "begin_picture_upload",
    .group = RouteGroup::pictures,
    .summary = "Upload the picture in two steps: where to",
    .access = Access::signed_in,
    .body = {.document = &json_schema<UploadRequest>},
    .answers = {{.status = 200, .text = "Where to put it.", .document = &json_schema<UploadAnswer>}}};

constexpr RouteDescription confirm_described{
    .name = "confirm_picture_upload",
    .group = RouteGroup::pictures,
    .summary = "Upload the picture in two steps: show it",
    .access = Access::signed_in,
    .answers = {{.status = 200, .text = "The account with its picture.", .document = &json_schema<UserAnswer>}},
    .errors = {
        {404, "upload_not_found"}, {409, "upload_expired"}, {422, "invalid_fields"}, {503, "pictures_unavailable"}}};

constexpr RouteDescription show_described{
    .name = "get_picture",
    .group = RouteGroup::pictures,
    .summary = "A picture",
    .text = "For whoever knows its name, as `avatar_url` has it. Another picture has another name.",
    .parameters = {{.in = transport::DescribedParameter::In::path, .name = "name", .text = "Of the picture."}},
    .answers = {{.status = 200, .text = "The picture.", .media_type = "image/*", .headers = {"Cache-Control", "ETag"}},
                {.status = 302, .text = "It is in the object storage.", .headers = {"Location"}},
                {.status = 304, .text = "It is as the client has it."}},
    .errors = {{404, "picture_not_found"}, {503, "pictures_unavailable"}}};

constexpr RouteDescription receive_described{
    .name = "upload_picture",
    .group = RouteGroup::pictures,
    .summary = "Upload the picture in two steps: put it",
    .text = "What `upload_url` names where there is no object storage.",
    .parameters = {{.in = transport::DescribedParameter::In::path, .name = "name", .text = "Of the upload."}},
    .body = picture,
    .answers = {{.status = 204, .text = "It is here, and waits for its confirmation."}},
    .errors = {
        {404, "upload_not_found"}, {409, "upload_expired"}, {422, "invalid_fields"}, {503, "pictures_unavailable"}}};

}  // namespace

void add_avatar_routes(transport::Router& router, const AvatarRoutes& to) {
  const auto own = [&](Method method, std::string pattern,
                       Task<Result<Response>> (*answer)(const AvatarRoutes&, Exchange&, SharedView),
                       const RouteDescription& description) {
    router.add(
        {.method = method,
         .pattern = std::move(pattern),
         .handler = sessions::api::signed_in(to.authenticate, to.jar,
                                             [to, answer](Exchange& exchange, const Parameters&, SharedView view) {
                                               return answer(to, exchange, std::move(view));
                                             }),
         .cookies = transport::Cookies::used,
         .description = &description});
  };
  own(Method::put, "/v1/auth/me/avatar", put, put_described);
  own(Method::delete_, "/v1/auth/me/avatar", remove, remove_described);
  own(Method::post, "/v1/auth/me/avatar/upload", offer_upload, offer_described);
  own(Method::post, "/v1/auth/me/avatar/confirm", confirm_upload, confirm_described);

  const auto named = [&](Method method, std::string pattern,
                         Task<Result<Response>> (*answer)(const AvatarRoutes&, Exchange&, std::string),
                         const RouteDescription& description) {
    router.add({.method = method,
                .pattern = std::move(pattern),
                .handler =
                    [to, answer](Exchange& exchange, const Parameters& parameters) {
                      return answer(to, exchange, std::string(parameters["name"]));
                    },
                .description = &description});
  };
  named(Method::get, "/v1/avatars/{name}", show, show_described);
  named(Method::put, "/v1/avatars/uploads/{name}", receive_upload, receive_described);
}

}  // namespace sallyport::avatars::api
