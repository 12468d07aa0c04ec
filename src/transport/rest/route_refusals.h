#pragma once

#include <map>
#include <set>
#include <string_view>
#include <vector>

#include "transport/router.h"

namespace sallyport::transport::rest {

using Codes = std::set<std::string_view>;

/// Refusals that many routes share: `components/responses` of the OpenAPI document has them by these names.
struct SharedRefusal {
  std::string_view name;
  int status;
  Codes codes;
};
const std::vector<SharedRefusal>& shared_refusals();

/// Every code that a described route may answer with, by status: those that it names, and those that follow from who
/// may call it, what it takes and how it is limited. None for pages, which tell people in HTML.
std::map<int, Codes> refusals_of(const Route& route);

}  // namespace sallyport::transport::rest
