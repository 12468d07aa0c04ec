#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::transport::tls {

/// A host's name as it is compared: lower case, at most 253 bytes of letters, digits, hyphens and underscores in labels
/// of at most 63 bytes. Nothing for anything else, an IP address among it: those are never asked for by name (RFC 6066
/// §3).
std::optional<std::string> folded_host(std::string_view text);

/// Which of several things goes by a host's name. Sans-I/O; safe to read from every thread.
class NameTable {
 public:
  /// `pattern` is a name, or a wildcard for exactly one label on the left, "*.example.org" (RFC 9525 §6.3); it stands
  /// for `item` unless it stands for an earlier one. False, and nothing added, if it is neither.
  bool add(std::string_view pattern, std::size_t item);
  /// The item of the name itself, else of the wildcard that covers it.
  std::optional<std::size_t> find(std::string_view host) const;

 private:
  std::map<std::string, std::size_t, std::less<>> names_;
  std::map<std::string, std::size_t, std::less<>> parents_;  ///< "example.org" for "*.example.org"
};

}  // namespace sallyport::transport::tls
