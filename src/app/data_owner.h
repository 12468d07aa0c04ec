#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <string>

namespace sallyport::app {

/// Whether the data folder is there and somebody else's: files made in it could not be read by the server.
inline bool belongs_to_another_user(const std::string& data) {
  struct stat folder{};
  return ::stat(data.c_str(), &folder) == 0 && folder.st_uid != ::geteuid();
}

inline std::string foreign_data_sentence(const std::string& data) {
  return data + " belongs to another user, and files made here could not be read by the server; run this as its owner";
}

}  // namespace sallyport::app
