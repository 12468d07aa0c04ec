#pragma once

#include <string>
#include <vector>

#include "app/config.h"
#include "transport/tls/live_certificates.h"

namespace sallyport::app {

/// The files that `tls.certificates` and `tls.keys` pair; a certificate without a key has it in its own file.
transport::tls::Settings tls_settings(const Config& config);

/// Whether plain HTTP is refused: with certificates, unless `tls.required` says otherwise.
bool is_tls_required(const Config& config);

/// "https" if that is what clients on this machine have to speak.
std::string_view local_scheme(const Config& config);

/// What is wrong or doubtful about the files, a sentence each. Reads them, so it blocks.
std::vector<std::string> tls_warnings(const Config& config, core::Timestamp now);

}  // namespace sallyport::app
