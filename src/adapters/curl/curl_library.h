#pragma once

#include <curl/curl.h>

#include <string>

namespace sallyport::curl_adapter {

/// libcurl, loaded when it is needed first: linked, it and what it brings along cost 4 MB in a server that sends no
/// mails and keeps its pictures itself (ADR 8).
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init = nullptr;
  decltype(&::curl_easy_setopt) easy_setopt = nullptr;
  decltype(&::curl_easy_perform) easy_perform = nullptr;
  decltype(&::curl_easy_getinfo) easy_getinfo = nullptr;
  decltype(&::curl_easy_reset) easy_reset = nullptr;
  decltype(&::curl_easy_cleanup) easy_cleanup = nullptr;
  decltype(&::curl_easy_strerror) easy_strerror = nullptr;
  decltype(&::curl_slist_append) slist_append = nullptr;
  decltype(&::curl_slist_free_all) slist_free_all = nullptr;
  std::string missing;  ///< why it cannot be used; empty if it can

  /// The same one for every caller; stays loaded until the process ends. From any thread.
  static const CurlLibrary& get();
};

}  // namespace sallyport::curl_adapter
