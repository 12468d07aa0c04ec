#include "adapters/s3/http_transfer.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

#include "adapters/curl/curl_library.h"

namespace sallyport::s3 {
namespace {

using curl_adapter::CurlLibrary;

constexpr long most_connect_time = 5'000;  // milliseconds

std::unexpected<core::Error> failed(std::string why) {
  return std::unexpected(core::Error{.fault = core::Fault::unavailable,
                                     .code = "pictures_unavailable",
                                     .retry_after = std::chrono::seconds{10},
                                     .log_detail = "the object storage: " + std::move(why)});
}

/// What libcurl calls while it works.
struct Talk {
  std::string_view rest;  ///< of the body that is sent
  std::string body;       ///< that comes
  std::size_t most = 0;
  bool is_cut = false;
  const std::atomic<bool>* is_broken_off;

  static std::size_t send(char* out, std::size_t size, std::size_t count, void* self) {
    auto& rest = static_cast<Talk*>(self)->rest;
    const auto many = std::min(size * count, rest.size());
    std::memcpy(out, rest.data(), many);
    rest.remove_prefix(many);
    return many;
  }
  static std::size_t receive(char* data, std::size_t size, std::size_t count, void* self) {
    auto& talk = *static_cast<Talk*>(self);
    const auto came = size * count, wanted = std::min(came, talk.most - talk.body.size());
    talk.body.append(data, wanted);
    talk.is_cut = wanted < came;
    return wanted;
  }
  static int go_on(void* self, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
    return *static_cast<Talk*>(self)->is_broken_off ? 1 : 0;
  }
};

}  // namespace

core::Result<HttpAnswer> transfer(const HttpRequest& request, const std::atomic<bool>& is_broken_off) {
  const auto& curl = CurlLibrary::get();
  if (!curl.missing.empty()) return failed(curl.missing);
  const std::unique_ptr<CURL, decltype(curl.easy_cleanup)> handle(curl.easy_init(), curl.easy_cleanup);
  if (!handle) return failed("libcurl is out of memory");
  const auto set = [&](CURLoption option, auto value) { curl.easy_setopt(handle.get(), option, value); };
  Talk talk{.rest = request.body, .body = {}, .most = request.most_answer, .is_broken_off = &is_broken_off};
  curl_slist* lines = curl.slist_append(nullptr, "Expect:");  // no waiting for 100 Continue
  for (const auto& line : request.headers) lines = curl.slist_append(lines, line.c_str());
  const std::unique_ptr<curl_slist, decltype(curl.slist_free_all)> headers(lines, curl.slist_free_all);
  std::array<char, CURL_ERROR_SIZE> error{};
  set(CURLOPT_URL, request.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_PROXY, "");  // not even one of the environment
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_PATH_AS_IS, 1L);  // as it was signed
  set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set(CURLOPT_CONNECTTIMEOUT_MS, most_connect_time);
  set(CURLOPT_CUSTOMREQUEST, request.method);
  set(CURLOPT_HTTPHEADER, headers.get());
  set(CURLOPT_ERRORBUFFER, error.data());
  if (!request.body.empty()) {
    set(CURLOPT_UPLOAD, 1L);
    set(CURLOPT_INFILESIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(CURLOPT_READFUNCTION, &Talk::send);
    set(CURLOPT_READDATA, &talk);
  }
  set(CURLOPT_WRITEFUNCTION, &Talk::receive);
  set(CURLOPT_WRITEDATA, &talk);
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &Talk::go_on);
  set(CURLOPT_XFERINFODATA, &talk);
  const auto result = curl.easy_perform(handle.get());
  if (result != CURLE_OK && !(result == CURLE_WRITE_ERROR && talk.is_cut))
    return failed(error[0] != '\0' ? error.data() : curl.easy_strerror(result));
  HttpAnswer answer{.status = 0, .body = std::move(talk.body)};
  curl.easy_getinfo(handle.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

}  // namespace sallyport::s3
