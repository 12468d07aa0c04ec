#include "app/protection.h"

#include "app/config_origin.h"
#include "transport/tls/name_table.h"

namespace sallyport::app {

namespace tls = transport::tls;

tls::Settings tls_settings(const Config& config) {
  tls::Settings settings{.certificates = {}, .least = config.tls_least};
  for (std::size_t i = 0; i < config.tls_certificates.size(); ++i) {
    const auto& chain = config.tls_certificates[i];
    settings.certificates.push_back({chain, config.tls_keys.empty() ? chain : config.tls_keys[i]});
  }
  return settings;
}

bool is_tls_required(const Config& config) { return config.tls_required.value_or(!config.tls_certificates.empty()); }

std::string_view local_scheme(const Config& config) { return is_tls_required(config) ? "https" : "http"; }

std::vector<std::string> tls_warnings(const Config& config, core::Timestamp now) {
  std::vector<std::string> sentences;
  tls::NameTable names;
  bool are_readable = true;
  for (const auto& files : tls_settings(config).certificates) {
    const auto certificate = tls::Certificate::read(files);
    if (!certificate) {
      sentences.push_back(certificate.error().log_detail + "; serve will not start");
      are_readable = false;
      continue;
    }
    for (auto& sentence : certificate->warnings(now)) sentences.push_back(std::move(sentence));
    for (const auto& name : certificate->names()) names.add(name, 0);
  }
  const auto origin = config.public_url ? Origin::parse(*config.public_url) : std::nullopt;
  const bool has_name = origin && tls::folded_host(origin->host);
  if (are_readable && !config.tls_certificates.empty() && has_name && !names.find(origin->host))
    sentences.push_back("none of tls.certificates is for " + origin->host + ", the host of public_url");
  return sentences;
}

}  // namespace sallyport::app
