#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace sallyport::app {

/// Everything in a file (or pipe) of at most 64 KiB, or why it cannot be read: "No such file or directory". Blocks.
std::expected<std::string, std::string> read_text_file(const std::filesystem::path& file);

}  // namespace sallyport::app
