#pragma once

#include <atomic>
#include <string>

#include "transport/exchange.h"

namespace sallyport::transport {

/// Sends whoever comes to the same path at another origin, by 308: clients come back with the same method and body
/// (RFC 9110 §15.4.9). What they sent is thrown away.
class Redirect final : public Service {
 public:
  /// "https://auth.example.org"
  explicit Redirect(std::string origin) : origin_(std::move(origin)) {}
  core::Task<void> serve(Exchange& exchange) override;
  Response refusal(const Exchange* exchange, int status, core::Error error) override;
  std::uint64_t redirected() const { return redirected_; }  ///< from any thread

 private:
  const std::string origin_;
  std::atomic<std::uint64_t> redirected_ = 0;
};

}  // namespace sallyport::transport
