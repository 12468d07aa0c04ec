#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "core/secret.h"

namespace sallyport::s3 {

/// A bucket of an S3-compatible object storage, addressed by path.
struct S3Settings {
  std::string endpoint;  ///< "https://s3.example.org", without a path
  std::string bucket;
  std::string region;
  std::string access_key;
  std::shared_ptr<const core::Secret> secret_key;  ///< shared with the configuration it came from
  std::chrono::milliseconds timeout{10'000};       ///< for one object, from connecting to its last byte
};

}  // namespace sallyport::s3
