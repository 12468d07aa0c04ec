#include "adapters/s3/picture_bucket.h"

#include <fmt/format.h>

namespace sallyport::s3 {
namespace {

using avatars::PictureObject;
using core::Fault;
using core::Result;
using core::Task;

constexpr std::chrono::seconds own_time{60};   // an address that the server makes for itself is used at once
constexpr std::size_t most_excuse = 4 * 1024;  // of an answer that is not wanted

std::unexpected<core::Error> refused(std::string_view what, long status) {
  return std::unexpected(
      core::Error{.fault = Fault::unavailable,
                  .code = "pictures_unavailable",
                  .retry_after = std::chrono::seconds{10},
                  .log_detail = fmt::format("the object storage answers {} with status {}", what, status)});
}

bool is_success(long status) { return status >= 200 && status < 300; }

}  // namespace

PictureBucket::PictureBucket(S3Settings settings, const core::Clock& clock)
    : settings_(std::move(settings)),
      credentials_{.access_key = settings_.access_key,
                   .secret_key = settings_.secret_key->duplicate(),
                   .region = settings_.region},
      clock_(clock) {}

std::string PictureBucket::address(std::string_view method, const PictureObject& object, const Headers& headers,
                                   core::Timestamp at, std::chrono::seconds valid_for) const {
  const auto host = std::string_view(settings_.endpoint).substr(settings_.endpoint.find("://") + 3);
  const auto path = fmt::format("/{}/{}", settings_.bucket, object.path());
  const auto query = presigned_query(
      {.method = method, .host = host, .path = path, .headers = headers, .at = at, .valid_for = valid_for},
      credentials_);
  return settings_.endpoint + uri_encoded(path, Slash::kept) + '?' + query;
}

HttpRequest PictureBucket::request(const char* method, const PictureObject& object, const Headers& headers) const {
  HttpRequest made{.method = method,
                   .url = address(method, object, headers, clock_.now(), own_time),
                   .most_answer = most_excuse,
                   .timeout = settings_.timeout};
  for (const auto& [name, value] : headers) made.headers.push_back(name + ": " + value);
  return made;
}

Task<Result<void>> PictureBucket::write(PictureObject object, avatars::PictureBytes bytes,
                                        avatars::ImageFormat format) {
  return threads_.submit<void>([this, object = std::move(object), bytes = std::move(bytes), format]() -> Result<void> {
    auto put = request("PUT", object, {{"content-type", std::string(avatars::media_type(format))}});
    put.body = *bytes;
    const auto answer = transfer(put, is_stopping_);
    if (!answer) return std::unexpected(answer.error());
    if (!is_success(answer->status)) return refused("PUT", answer->status);
    return {};
  });
}

Task<Result<std::string>> PictureBucket::read(PictureObject object, std::size_t offset, std::size_t most) {
  return threads_.submit<std::string>([this, object = std::move(object), offset, most]() -> Result<std::string> {
    static constexpr long partial = 206, missing = 404, behind_the_end = 416;
    auto get = request("GET", object, {});
    get.headers.push_back(fmt::format("Range: bytes={}-{}", offset, offset + most - 1));
    get.most_answer = most;
    auto answer = transfer(get, is_stopping_);
    if (!answer) return std::unexpected(answer.error());
    if (answer->status == missing) return core::fail(Fault::not_found, "picture_not_found");
    if (answer->status == behind_the_end) return std::string();
    const bool is_wanted = answer->status == partial || (answer->status == 200 && offset == 0);
    if (!is_wanted) return refused("GET", answer->status);
    return std::move(answer->body);
  });
}

Task<Result<void>> PictureBucket::remove(PictureObject object) {
  return threads_.submit<void>([this, object = std::move(object)]() -> Result<void> {
    const auto answer = transfer(request("DELETE", object, {}), is_stopping_);
    if (!answer) return std::unexpected(answer.error());
    if (!is_success(answer->status) && answer->status != 404) return refused("DELETE", answer->status);
    return {};
  });
}

std::optional<std::string> PictureBucket::download_url(const PictureObject& object, core::Timestamp now,
                                                       std::chrono::seconds valid_for) const {
  return address("GET", object, {}, now, valid_for);
}

std::string PictureBucket::upload_url(const PictureObject& object, avatars::ImageFormat format, std::size_t size,
                                      core::Timestamp now, std::chrono::seconds valid_for) const {
  return address("PUT", object,
                 {{"content-length", std::to_string(size)}, {"content-type", std::string(avatars::media_type(format))}},
                 now, valid_for);
}

void PictureBucket::stop() {
  is_stopping_ = true;
  threads_.stop();
}

}  // namespace sallyport::s3
