#pragma once

#include <optional>
#include <string>

#include "app/services.h"
#include "core/manual_loop.h"

namespace sallyport::app {

/// Whether the token may be shown on standard output, because a person reads it there.
enum class ShowToken { no, yes };

/// What a start says about setting up.
struct SetupOffer {
  std::optional<core::Secret> token;  ///< to be shown; else it is in `file`
  std::string file;                   ///< empty if there is none
};

/// Makes the setup token of a database without an administrator, and a file of it in the data folder (`setup-token`,
/// mode 0600) unless it may be shown. Nothing where there is an administrator. A token that an operator's command made
/// and that is still good is left alone; then there is neither token nor file. A file of an earlier start is removed.
/// Waits for the store on `loop`. Fails as the store does, and with `internal` / "setup_token_unwritable".
core::Result<std::optional<SetupOffer>> offer_setup(Services& services, core::ManualLoop& loop, ShowToken show);

/// Removes the file, if there is one: its token is used, replaced or too old.
void remove_setup_file(const std::filesystem::path& data);

/// Removes the file once the token in it is too old.
core::Task<core::Result<void>> remove_setup_file_in_time(const Services& services);

/// Where this server is for people: `public_url`, or without one the loopback address listened on.
std::string own_url(const Config& config, const transport::Endpoint& endpoint);
/// Where the form is.
std::string setup_url(const Config& config, const transport::Endpoint& endpoint);

}  // namespace sallyport::app
