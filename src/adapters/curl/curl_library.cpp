#include "adapters/curl/curl_library.h"

#include <dlfcn.h>

namespace sallyport::curl_adapter {
namespace {

constexpr const char* file = "libcurl.so.4";

CurlLibrary load() {
  CurlLibrary curl;
  void* const handle = ::dlopen(file, RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    curl.missing = std::string(file) + " cannot be loaded; install the package libcurl4";
    return curl;
  }
  const auto find = [&](auto& function, const char* name) {
    using Function = std::remove_reference_t<decltype(function)>;
    function = reinterpret_cast<Function>(::dlsym(handle, name));
    if (function == nullptr) curl.missing = std::string(file) + " has no " + name;
  };
  decltype(&::curl_global_init) global_init = nullptr;
  find(global_init, "curl_global_init");
  find(curl.easy_init, "curl_easy_init");
  find(curl.easy_setopt, "curl_easy_setopt");
  find(curl.easy_perform, "curl_easy_perform");
  find(curl.easy_getinfo, "curl_easy_getinfo");
  find(curl.easy_reset, "curl_easy_reset");
  find(curl.easy_cleanup, "curl_easy_cleanup");
  find(curl.easy_strerror, "curl_easy_strerror");
  find(curl.slist_append, "curl_slist_append");
  find(curl.slist_free_all, "curl_slist_free_all");
  if (curl.missing.empty() && global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) curl.missing = "libcurl does not start";
  return curl;
}

}  // namespace

const CurlLibrary& CurlLibrary::get() {
  static const CurlLibrary curl = load();
  return curl;
}

}  // namespace sallyport::curl_adapter
