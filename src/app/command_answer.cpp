#include "app/command_answer.h"

#include "transport/rest/json_writer.h"

namespace sallyport::app {
namespace {

/// What the operator can do about it.
std::string sentence_of(const core::Error& error) {
  if (error.code == "account_not_found") return "there is no such account; 'sallyport user list' shows all";
  if (error.code == "mail_not_found") return "there is no such mail; 'sallyport mail list' shows them";
  if (error.code == "mail_delivered") return "this mail was delivered, and its contents are gone";
  if (error.code == "last_administrator")
    return "this is the last active administrator; make another one first ('sallyport admin create')";
  if (error.code == "password_missing")
    return "the account has no password yet, so it cannot be active; 'sallyport user set-password' sets one, and "
           "'sallyport user "
           "invite' asks its owner to";
  if (error.code == "not_invited") return "this account waits for nobody: it has a password, or is suspended";
  if (error.code == "not_deleted") return "this account is not deleted";
  if (error.code == "setup_done")
    return "there is an administrator already, who can make others; so can 'sallyport admin create'";
  if (error.code == "identifier_taken") return "an account with this e-mail address exists already";
  if (error.code == "cancelled") return "the server is ending; try again when it has started";
  if (error.code == "signing_key_superseded")
    return "another rotation came first; 'sallyport keys list' shows what it made";
  auto sentence = error.log_detail.empty() ? "failed: " + std::string(error.code) : error.log_detail;
  const char* separator = ": ";
  for (const auto& [field, rule] : error.fields) {
    ((sentence += separator) += field) += ' ';
    sentence += rule;
    separator = ", ";
  }
  return sentence;
}

}  // namespace

std::string error_line(std::string_view code, std::string_view message) {
  std::string line;
  transport::rest::JsonWriter json(line);
  json.begin_object();
  json.member("error");
  json.begin_object();
  json.member("code");
  json.text(code);
  json.member("message");
  json.text(message);
  json.end_object();
  json.end_object();
  return line;
}

std::string answer_line(const Answer& answer) {
  if (answer) return "{\"result\":" + *answer + "}";
  return error_line(answer.error().code, sentence_of(answer.error()));
}

}  // namespace sallyport::app
