#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace sallyport::transport::rest {

/// A code or a rule, as clients match on it, and the English sentence for people who read the answer.
struct CatalogEntry {
  std::string_view name, sentence;
};

/// Every code that an answer may carry, sorted. A code is added here with the code that first returns it.
std::span<const CatalogEntry> problem_codes();
/// Every rule that a field may break, sorted.
std::span<const CatalogEntry> field_rules();

/// The title of a code; nothing if it is not in the catalog.
std::optional<std::string_view> find_problem_title(std::string_view code);
/// What a rule asks for; nothing if it is not in the catalog.
std::optional<std::string_view> find_rule_sentence(std::string_view rule);

/// The status in words (RFC 9110 §15, RFC 6585); "Error" for those that this server never sends.
std::string_view reason_phrase(int http_status);

}  // namespace sallyport::transport::rest
