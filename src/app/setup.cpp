#include "app/setup.h"

#include <unistd.h>

#include <algorithm>

#include "accounts/setup_token.h"
#include "adapters/system/secret_file.h"
#include "app/protection.h"
#include "core/sleep.h"

namespace sallyport::app {
namespace {

constexpr std::string_view setup_file_name = "setup-token";
constexpr system_adapter::SecretFileKind setup_file_kind{.what = "setup token",
                                                         .most_bytes = 64,
                                                         .missing = "setup_token_missing",
                                                         .exposed = "setup_token_exposed",
                                                         .not_a_file = "setup_token_not_a_file",
                                                         .unreadable = "setup_token_unreadable",
                                                         .exists = "setup_token_exists",
                                                         .unwritable = "setup_token_unwritable"};

}  // namespace

core::Result<std::optional<SetupOffer>> offer_setup(Services& services, core::ManualLoop& loop, ShowToken show) {
  remove_setup_file(services.data.path());
  auto made = loop.run(services.make_setup_token(accounts::SetupTokenMaker::start,
                                                 {.ip = "", .user_agent = "sallyport serve", .request_id = ""}));
  if (!made && made.error().code == "setup_done") return std::nullopt;
  if (!made && made.error().code == "setup_token_kept") return SetupOffer{};
  if (!made) return core::fail(std::move(made));
  if (show == ShowToken::yes) return SetupOffer{.token = std::move(made->text), .file = {}};
  const auto file = services.data.path() / setup_file_name;
  auto line = core::Secret::of_size(made->text.size() + 1);
  *std::ranges::copy(made->text.reveal(), line.writable().begin()).out = '\n';
  auto written = system_adapter::create_secret_file(file, line, setup_file_kind);
  if (!written) return core::fail(std::move(written));
  return SetupOffer{.token = std::nullopt, .file = file.string()};
}

void remove_setup_file(const std::filesystem::path& data) { ::unlink((data / setup_file_name).c_str()); }

core::Task<core::Result<void>> remove_setup_file_in_time(const Services& services) {
  auto slept = co_await core::SleepUntil(services.clock.moment() + accounts::SetupToken::lifetime);
  if (slept) remove_setup_file(services.data.path());
  co_return slept;
}

std::string own_url(const Config& config, const transport::Endpoint& endpoint) {
  if (config.public_url) return *config.public_url;
  // Without a public_url only this machine is served, also where every address is listened on.
  const auto scheme = std::string(local_scheme(config)) + "://";
  if (endpoint.address.is_loopback()) return scheme + endpoint.str();
  return scheme + "127.0.0.1:" + std::to_string(endpoint.port);
}

std::string setup_url(const Config& config, const transport::Endpoint& endpoint) {
  return own_url(config, endpoint) + "/setup";
}

}  // namespace sallyport::app
