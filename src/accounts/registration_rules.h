#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "accounts/email.h"
#include "core/result.h"

namespace sallyport::accounts {

/// Who may make an account: whoever wants one, those who were sent an invitation, or nobody but administrators.
enum class RegistrationMode { open, invite, closed };

/// What a proof of the address is needed for: for nothing, for `email_verified` alone, or for every sign-in.
enum class VerificationMode { off, optional, required };

/// The domains that addresses may be of; none is all of them.
class AllowedDomains {
 public:
  AllowedDomains() = default;
  /// Each as people write it ("Müller.example"), kept in its IDNA-ASCII form; domains under it are others. `invalid` as
  /// `Email::parse` says of an address there.
  static core::Result<AllowedDomains> parse(const std::vector<std::string>& domains);

  bool contains(const EmailKey& key) const;
  /// The rule that an address breaks: adds `field` / "domain_not_allowed" unless its domain is one of them.
  void check(const Email& email, std::string_view field, std::vector<core::FieldError>& wrong) const;

 private:
  std::vector<std::string> domains_;  ///< sorted
};

struct RegistrationRules {
  RegistrationMode mode = RegistrationMode::open;
  AllowedDomains domains{};  ///< of registrations and of changed addresses
  VerificationMode verification = VerificationMode::optional;

  /// `forbidden` with "registration_closed", or "invitation_required" where people come by the link of an invitation.
  core::Result<void> check_open() const;
};

}  // namespace sallyport::accounts
