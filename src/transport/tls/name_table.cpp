#include "transport/tls/name_table.h"

#include <algorithm>

namespace sallyport::transport::tls {
namespace {

constexpr std::size_t most_name_bytes = 253, most_label_bytes = 63;  // RFC 1035 §2.3.4, without the root's dot

bool is_label(std::string_view label) {
  return !label.empty() && label.size() <= most_label_bytes && label.front() != '-' && label.back() != '-' &&
         std::ranges::all_of(
             label, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; });
}

}  // namespace

std::optional<std::string> folded_host(std::string_view text) {
  if (text.empty() || text.size() > most_name_bytes) return std::nullopt;
  std::string host(text);
  for (auto& c : host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  }
  std::string_view label;
  for (std::string_view rest = host;;) {
    const auto dot = rest.find('.');
    label = rest.substr(0, dot);
    if (!is_label(label)) return std::nullopt;
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  const bool is_address = std::ranges::all_of(label, [](char c) { return c >= '0' && c <= '9'; });
  if (is_address) return std::nullopt;
  return host;
}

bool NameTable::add(std::string_view pattern, std::size_t item) {
  const bool is_wildcard = pattern.starts_with("*.");
  const auto host = folded_host(is_wildcard ? pattern.substr(2) : pattern);
  if (!host) return false;
  (is_wildcard ? parents_ : names_).try_emplace(*host, item);
  return true;
}

std::optional<std::size_t> NameTable::find(std::string_view host) const {
  const auto folded = folded_host(host);
  if (!folded) return std::nullopt;
  if (const auto found = names_.find(*folded); found != names_.end()) return found->second;
  const auto dot = folded->find('.');
  if (dot == std::string::npos) return std::nullopt;
  const auto found = parents_.find(std::string_view(*folded).substr(dot + 1));
  return found == parents_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace sallyport::transport::tls
