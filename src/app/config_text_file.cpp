#include "app/config_text_file.h"

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace sallyport::app {

std::expected<std::string, std::string> read_text_file(const std::filesystem::path& file) {
  static constexpr std::size_t most = 65'536;
  const auto reason = [] { return std::unexpected(std::generic_category().message(errno)); };
  const auto close = [](std::FILE* stream) { std::fclose(stream); };
  const std::unique_ptr<std::FILE, decltype(close)> stream(std::fopen(file.c_str(), "re"));
  if (stream == nullptr) return reason();
  std::string text(most + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), stream.get()));
  if (std::ferror(stream.get()) != 0) return reason();
  if (text.size() > most) return std::unexpected("it is larger than 64 KiB");
  return text;
}

}  // namespace sallyport::app
