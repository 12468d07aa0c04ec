#include "app/setup.h"

#include <sys/stat.h>

#include "accounts/setup_token.h"
#include "adapters/system/file_descriptor.h"
#include "core/sleep.h"

namespace sallyport::app {
namespace {

constexpr std::string_view setup_file_name = "setup-token";

core::Result<void> write_setup_file(const std::filesystem::path& file, const core::Secret& token) {
  const system_adapter::FileDescriptor descriptor(
      ::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  const auto text = token.reveal();
  if (!descriptor.is_open() ||
      ::write(descriptor.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::write(descriptor.get(), "\n", 1) != 1)
    return system_adapter::file_error("setup_token_unwritable", "write", file);
  return {};
}

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
  auto written = write_setup_file(file, made->text);
  if (!written) return core::fail(std::move(written));
  return SetupOffer{.token = std::nullopt, .file = file.string()};
}

void remove_setup_file(const std::filesystem::path& data) { ::unlink((data / setup_file_name).c_str()); }

core::Task<core::Result<void>> remove_setup_file_in_time(const Services& services) {
  auto slept = co_await core::SleepUntil(services.clock.moment() + accounts::SetupToken::lifetime);
  if (slept) remove_setup_file(services.data.path());
  co_return slept;
}

std::string setup_url(const Config& config, const transport::Endpoint& endpoint) {
  return config.public_url.value_or("http://" + endpoint.str()) + "/setup";
}

}  // namespace sallyport::app
