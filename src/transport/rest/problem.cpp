#include "transport/rest/problem.h"

#include "transport/rest/json_writer.h"
#include "transport/rest/problem_catalog.h"

namespace sallyport::transport::rest {

void write_problem(std::string& out, const core::Error& error, int http_status, std::string_view request_id) {
  JsonWriter json(out);
  json.begin_object();
  json.member("type");
  json.text(std::string("urn:sallyport:problem:").append(error.code));
  json.member("title");
  json.text(find_problem_title(error.code).value_or(reason_phrase(http_status)));
  json.member("status");
  json.integer(http_status);
  json.member("code");
  json.text(error.code);
  if (!error.fields.empty()) {
    json.member("errors");
    json.begin_array();
    for (const auto& [field, rule] : error.fields) {
      json.begin_object();
      json.member("field");
      json.text(field);
      json.member("rule");
      json.text(rule);
      if (const auto sentence = find_rule_sentence(rule)) {
        json.member("detail");
        json.text(*sentence);
      }
      json.end_object();
    }
    json.end_array();
  }
  if (!request_id.empty()) {
    json.member("request_id");
    json.text(request_id);
  }
  json.end_object();
}

}  // namespace sallyport::transport::rest
