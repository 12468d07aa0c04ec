#pragma once

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <optional>
#include <string>

#include "crypto/hex_for_test.h"

namespace sallyport::crypto {

/// A file of third parties' test vectors. Says aloud that it was skipped, and is nothing, where they are not there.
inline std::optional<boost::json::value> read_vectors(const std::string& name) {
  const auto* const folder = std::getenv("SALLYPORT_VECTORS");
  const auto file = std::filesystem::path(folder != nullptr ? folder : SALLYPORT_VECTORS_DEFAULT) / name;
  std::ifstream in(file);
  if (!in) {
    std::cout << "SKIPPED: there is no " << file << "; point SALLYPORT_VECTORS at the folder of vectors" << std::endl;
    return std::nullopt;
  }
  return boost::json::parse(std::string(std::istreambuf_iterator<char>(in), {}));
}

inline std::string text_at(const boost::json::value& object, std::string_view name) {
  return std::string(object.at(name).as_string());
}

inline std::string bytes_at(const boost::json::value& object, std::string_view name) {
  return text_of_hex(text_at(object, name));
}

}  // namespace sallyport::crypto
