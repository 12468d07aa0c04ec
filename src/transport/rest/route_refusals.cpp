#include "transport/rest/route_refusals.h"

#include "transport/route_description.h"

namespace sallyport::transport::rest {
namespace {

bool needs_session(Access access) { return access != Access::anyone && access != Access::optional; }
bool needs_role(Access access) { return access == Access::administrator || access == Access::freshly_an_administrator; }
bool needs_freshness(Access access) {
  return access == Access::freshly_signed_in || access == Access::freshly_an_administrator;
}

}  // namespace

const std::vector<SharedRefusal>& shared_refusals() {
  static const std::vector<SharedRefusal> all{
      {"MalformedBody",
       400,
       {"json_duplicate_key", "json_malformed", "json_not_object", "json_not_utf8", "json_too_deep",
        "request_malformed"}},
      {"Unauthenticated",
       401,
       {"not_authenticated", "session_expired", "token_algorithm", "token_audience", "token_expired", "token_issuer",
        "token_malformed", "token_not_yet_valid", "token_signature", "token_type", "token_unknown_key",
        "token_unsupported"}},
      {"OtherSite", 403, {"csrf_refused"}},
      {"BodyTooLarge", 413, {"body_too_large"}},
      {"WrongMediaType", 415, {"unsupported_media_type"}},
      {"InvalidFields", 422, {"invalid_fields"}},
      {"RateLimited", 429, {"rate_limited"}},
      {"Unavailable", 503, {"out_of_memory", "overloaded", "shutting_down", "store_unavailable"}},
  };
  return all;
}

std::map<int, Codes> refusals_of(const Route& route) {
  const auto& described = *route.description;
  const bool has_body = described.body.document != nullptr || described.body.media_types.size() != 0;
  std::map<int, Codes> refusals;
  const auto add_shared = [&](int status) {
    for (const auto& shared : shared_refusals())
      if (shared.status == status) refusals[status].insert(shared.codes.begin(), shared.codes.end());
  };
  if (described.group == RouteGroup::pages) return refusals;
  if (needs_session(described.access)) add_shared(401);
  if (route.cookies == Cookies::used && !is_safe(route.method)) add_shared(403);
  if (needs_role(described.access)) refusals[403].insert("forbidden");
  if (needs_freshness(described.access)) refusals[403].insert("fresh_authentication_required");
  if (described.body.document != nullptr)
    for (const int status : {400, 422}) add_shared(status);
  if (has_body)
    for (const int status : {413, 415}) add_shared(status);
  if (route.rate != RateClass::unlimited)
    for (const int status : {429, 503}) add_shared(status);
  for (const auto& [status, code] : described.errors) refusals[status].insert(code);
  return refusals;
}

}  // namespace sallyport::transport::rest
