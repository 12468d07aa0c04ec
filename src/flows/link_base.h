#pragma once

#include <string>
#include <string_view>
#include <utility>

#include "core/secret.h"
#include "flows/flow_token.h"

namespace sallyport::flows {

/// Where the links of mails lead: `public_url`, or without one the loopback address that the server listens on. Never
/// what a request says of itself (design.md 11).
class LinkBase {
 public:
  /// An origin without a slash at its end.
  explicit LinkBase(std::string origin) : origin_(std::move(origin)) {}
  /// Once the address is known, before there is a second thread.
  void lead_to(std::string origin) { origin_ = std::move(origin); }
  const std::string& origin() const { return origin_; }

  /// `path` begins with a slash.
  core::Secret link(std::string_view path, const LinkToken& token) const {
    const auto text = token.text();
    const std::string before = origin_ + std::string(path) + "?token=";
    auto link = core::Secret::of_size(before.size() + text.size());
    std::ranges::copy(text.reveal(), std::ranges::copy(before, link.writable().begin()).out);
    return link;
  }

 private:
  std::string origin_;
};

}  // namespace sallyport::flows
