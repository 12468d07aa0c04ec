#include "app/output.h"

#include <cstdio>

#include "app/command_answer.h"

namespace sallyport::app {

int print(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  return 0;
}

int complain(std::string_view sentence) {
  const auto line = "sallyport: " + std::string(sentence) + '\n';
  std::fwrite(line.data(), 1, line.size(), stderr);
  return 1;
}

int complain(const core::Error& error, Output output) {
  if (output != Output::json) return complain(error.log_detail);
  print(error_line(error.code, error.log_detail) + '\n');
  return 1;
}

}  // namespace sallyport::app
