#include "transport/rest/problem_catalog.h"

#include <algorithm>

namespace sallyport::transport::rest {

namespace {

constexpr CatalogEntry codes[] = {
    {"account_not_found", "There is no such account."},
    {"account_pending", "The account has not been verified yet."},
    {"account_suspended", "The account is suspended."},
    {"already_done", "A request with this idempotency key was completed earlier."},
    {"already_verified", "The address of this account is verified already."},
    {"argon2_unsupported", "The password of this account was hashed with settings this server cannot check."},
    {"body_too_large", "The request body is too large."},
    {"cancelled", "The request was cancelled before it was answered."},
    {"compression_unsupported", "The server does not know this compression; it takes gzip, or none."},
    {"csrf_refused", "The request was refused because it may come from another site."},
    {"deadline_exceeded", "The request took too long; it may have had an effect."},
    {"expectation_unsupported", "The server does not support what the Expect header asks for."},
    {"flow_invalid", "This link or code is wrong, was used before, or is no longer valid."},
    {"forbidden", "The role of your account does not allow this."},
    {"form_malformed", "The form is not encoded as browsers do it."},
    {"fresh_authentication_required", "Give the password again to do this."},
    {"head_too_large", "The request head is too large."},
    {"idempotency_key_reused", "The idempotency key was used for another request; make a new one for each."},
    {"identifier_taken", "The identifier belongs to another account."},
    {"internal_error", "Something went wrong in the server."},
    {"invalid_credentials", "The identifier or the password is wrong."},
    {"invalid_fields", "Some fields are missing or not acceptable."},
    {"invitation_required", "People register here with the link of an invitation."},
    {"json_duplicate_key", "A JSON object in the request has the same key twice."},
    {"json_malformed", "The request body is not valid JSON."},
    {"json_not_object", "The request body is not a JSON object."},
    {"json_not_utf8", "The request body is not valid UTF-8."},
    {"json_too_deep", "The JSON of the request is nested too deeply."},
    {"last_administrator", "The last active administrator cannot be removed, demoted or suspended."},
    {"locked", "Passwords are not taken for now, after too many wrong ones."},
    {"message_count", "The call takes exactly one message."},
    {"message_malformed", "The message of the request cannot be read."},
    {"metadata_malformed", "A header of the call is not what its protocol wants it to be."},
    {"method_not_allowed", "The resource does not support this method."},
    {"method_unsupported", "The server does not know this method."},
    {"misdirected_request",
     "This server answers loopback requests only until the setting public_url names its address."},
    {"not_authenticated", "Sign in to do this."},
    {"not_deleted", "The account is not deleted."},
    {"not_found", "There is no such resource."},
    {"not_invited", "The account does not wait for an invitation to be accepted."},
    {"out_of_memory", "The server is short of memory; try again later."},
    {"overloaded", "The server is too busy; try again later."},
    {"password_missing", "The account has no password, so it cannot be active."},
    {"password_needed", "This browser is not known: give the password of the account, too."},
    {"picture_not_found", "There is no such picture."},
    {"pictures_unavailable", "The server cannot reach its pictures now; try again later."},
    {"providers_unavailable", "This server signs nobody in with an account of another provider."},
    {"rate_limited", "Too many such requests came from this network; try again later."},
    {"refresh_token_invalid", "The refresh token is not valid."},
    {"refresh_token_reused", "The refresh token was used before; the session has ended."},
    {"registration_closed", "New accounts are not accepted."},
    {"request_malformed", "The request is not valid HTTP."},
    {"request_timeout", "The request did not arrive in time."},
    {"second_factors_unavailable", "This server has no second factors."},
    {"service_not_found", "There is no such service."},
    {"session_expired", "The session has ended; sign in again."},
    {"session_not_found", "There is no such session."},
    {"setup_done", "There is an administrator already, so setting up is over."},
    {"setup_token_invalid", "The setup token is not valid, or no longer."},
    {"shutting_down", "The server is shutting down; try again later."},
    {"store_unavailable", "The server cannot reach its data now; try again later."},
    {"target_too_long", "The request target is too long."},
    {"throttled", "Too many requests; try again later."},
    {"tls_required",
     "This port speaks HTTPS only: the address begins with https://, and nothing is to be sent in the clear."},
    {"token_algorithm", "The token names an algorithm that is not its key's."},
    {"token_audience", "The token is meant for another audience."},
    {"token_expired", "The token has expired."},
    {"token_issuer", "The token was issued by somebody else."},
    {"token_malformed", "The token is malformed."},
    {"token_not_yet_valid", "The token is not valid yet."},
    {"token_signature", "The signature of the token is wrong."},
    {"token_type", "The token is not an access token."},
    {"token_unknown_key", "The token is signed with an unknown key."},
    {"token_unsupported", "The token is of a kind this server does not know."},
    {"trailers_too_large", "The trailers of the request are too large."},
    {"transfer_coding_unsupported", "The server does not know this transfer coding."},
    {"unsupported_media_type", "The media type of the request is not supported."},
    {"upload_expired", "The upload took too long; begin it again."},
    {"upload_not_found", "There is no such upload, or nothing was uploaded, or it came too late."},
    {"verifier_changed", "The password was changed meanwhile."},
    {"verifier_scheme_unknown", "The password of this account is kept in a way this server cannot check."},
    {"version_unsupported", "The server does not speak this version of HTTP."},
    {"wrong_password", "The password is wrong."},
};
static_assert(std::ranges::is_sorted(codes, {}, &CatalogEntry::name));

constexpr CatalogEntry rules[] = {
    {"blank", "The value must have something to see in it."},
    {"code_malformed", "The value must be the eight digits of a code that was mailed."},
    {"contains_address", "The password must not contain the name part of the address."},
    {"contains_control_character", "The value must not contain control characters."},
    {"contains_forbidden_word", "The password must not contain a word that its owner's organisation has ruled out."},
    {"contains_nul", "The value must not contain a NUL character."},
    {"contains_product_name", "The password must not contain the name of the product."},
    {"contradicts_email", "Give either identifier or email, or the same in both."},
    {"domain_not_allowed", "Addresses of this domain are not accepted here."},
    {"email_malformed", "The value must be an e-mail address such as ann@example.org."},
    {"flow_malformed", "The value must be what the answer that started this called flow."},
    {"idempotency_key_malformed", "The value must be one key of 1 to 64 visible ASCII characters, such as a UUID."},
    {"image_malformed", "The value must be a whole JPEG, PNG or WebP picture."},
    {"image_size_differs", "The picture must have the size that was announced."},
    {"image_too_large", "The picture must have fewer pixels."},
    {"image_type_differs", "The picture must be of the type that was announced."},
    {"link_malformed", "The value must be the token of a link that was mailed, with all its characters."},
    {"locale_malformed", "The value must be a language tag such as en or de-CH."},
    {"missing", "The field is required."},
    {"not_utf8", "The value must be valid UTF-8."},
    {"out_of_range", "The number is too small or too large."},
    {"page_token_malformed", "The value must be the next_page_token of an earlier answer."},
    {"phone_malformed", "The value must be a phone number such as +41443640000."},
    {"same_address", "The value is the address that the account has."},
    {"same_as_current", "The new password must not be the current one."},
    {"time_zone_malformed", "The value must be a time zone such as Europe/Zurich."},
    {"time_zone_unknown", "There is no such time zone."},
    {"too_common", "The password is too easy to guess."},
    {"too_long", "The value is too long."},
    {"too_short", "The value is too short."},
    {"unknown_value", "The value is not one of those allowed."},
    {"uuid_malformed", "The value must be a UUID."},
    {"wrong", "The value is not the right one."},
    {"wrong_type", "The value has the wrong type."},
};
static_assert(std::ranges::is_sorted(rules, {}, &CatalogEntry::name));

std::optional<std::string_view> find_sentence(std::span<const CatalogEntry> entries, std::string_view name) {
  const auto found = std::ranges::lower_bound(entries, name, {}, &CatalogEntry::name);
  if (found == entries.end() || found->name != name) return std::nullopt;
  return found->sentence;
}

}  // namespace

std::span<const CatalogEntry> problem_codes() { return codes; }
std::span<const CatalogEntry> field_rules() { return rules; }
std::optional<std::string_view> find_problem_title(std::string_view code) { return find_sentence(codes, code); }
std::optional<std::string_view> find_rule_sentence(std::string_view rule) { return find_sentence(rules, rule); }

std::string_view reason_phrase(int http_status) {
  switch (http_status) {
    case 100:
      return "Continue";
    case 101:
      return "Switching Protocols";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Error";
  }
}

}  // namespace sallyport::transport::rest
