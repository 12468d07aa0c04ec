#include "transport/pages/refusal.h"

#include <algorithm>

#include "transport/rest/problem_catalog.h"
#include "transport/rest/wire_status.h"

namespace sallyport::transport::pages {
namespace {

std::string_view sentence_of(std::string_view code) {
  if (const auto rule = rest::find_rule_sentence(code)) return *rule;
  return rest::find_problem_title(code).value_or(code);
}

}  // namespace

std::vector<std::string_view> Refusal::sentences_of(std::string_view field) const {
  std::vector<std::string_view> sentences;
  for (const auto& one : wrong) {
    if (one.field == field) sentences.push_back(sentence_of(one.rule));
  }
  return sentences;
}

void Refusal::add_notice(Html& html) const {
  if (!notice.empty()) html.markup(R"(<p class="notice" role="alert">)").text(notice).markup("</p>\n");
}

void Refusal::mark(Response& response) const {
  if (!error) return;
  response.outcome = error->code;
  response.log_detail = error->log_detail;
  if (error->retry_after) response.fields.push_back({"Retry-After", std::to_string(error->retry_after->count())});
}

core::Result<Refusal> refusal_of(core::Error error, const Form* form, std::initializer_list<FieldOfCode> fields) {
  using enum core::Fault;
  if (error.fault == internal || error.fault == cancelled || error.fault == unimplemented)
    return std::unexpected(std::move(error));
  Refusal refusal{.status = error.code == "unsupported_media_type" ? 415 : wire_status(error.fault).http};
  const auto* const field = std::ranges::find(fields, error.code, &FieldOfCode::code);
  if (field != fields.end()) refusal.wrong = {{field->field, error.code}};
  else if (error.code == "invalid_fields") refusal.wrong = std::move(error.fields);
  else refusal.notice = sentence_of(error.code);
  for (auto& wrong : refusal.wrong) {
    if (form != nullptr && (*form)[wrong.field].empty()) wrong.rule = "missing";
  }
  refusal.wrong.erase(std::ranges::unique(refusal.wrong).begin(), refusal.wrong.end());
  refusal.error = std::move(error);
  return refusal;
}

}  // namespace sallyport::transport::pages
