#include "accounts/registration_rules.h"

#include <algorithm>

namespace sallyport::accounts {

core::Result<AllowedDomains> AllowedDomains::parse(const std::vector<std::string>& domains) {
  AllowedDomains allowed;
  for (const auto& domain : domains) {
    auto key = EmailKey::fold("x@" + domain);
    if (!key) return core::fail(std::move(key));
    allowed.domains_.emplace_back(key->domain());
  }
  std::ranges::sort(allowed.domains_);
  return allowed;
}

bool AllowedDomains::contains(const EmailKey& key) const {
  return domains_.empty() || std::ranges::binary_search(domains_, key.domain());
}

void AllowedDomains::check(const Email& email, std::string_view field, std::vector<core::FieldError>& wrong) const {
  if (!contains(email.key())) wrong.push_back({field, "domain_not_allowed"});
}

core::Result<void> RegistrationRules::check_open() const {
  switch (mode) {
    case RegistrationMode::open:
      return {};
    case RegistrationMode::invite:
      return core::fail(core::Fault::forbidden, "invitation_required");
    case RegistrationMode::closed:
      return core::fail(core::Fault::forbidden, "registration_closed");
  }
  std::unreachable();
}

}  // namespace sallyport::accounts
