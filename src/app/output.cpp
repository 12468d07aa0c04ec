#include "app/output.h"

#include <cstdio>

#include "transport/rest/json_writer.h"

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
  std::string line;
  transport::rest::JsonWriter json(line);
  json.begin_object();
  json.member("error");
  json.begin_object();
  json.member("code");
  json.text(error.code);
  json.member("message");
  json.text(error.log_detail);
  json.end_object();
  json.end_object();
  print(line + '\n');
  return 1;
}

}  // namespace sallyport::app
