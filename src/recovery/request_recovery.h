#pragma once

#include <chrono>

#include "core/bell.h"
#include "core/clock.h"
#include "core/random.h"
#include "recovery/recovery_store.h"

namespace sallyport::recovery {

/// What everybody hears who asks, whether or not an account has the address.
struct Requested {
  flows::FlowHandle handle;
  std::chrono::seconds expires_in;
};

/// Writes down that somebody asks for a new password. Nothing here looks at accounts, so that neither the answer nor
/// its time can tell of one; the mail is made afterwards (answer_requests.h). Fails as the store does.
class RequestRecoveryHandler {
 public:
  RequestRecoveryHandler(RecoveryStore& store, core::Bell& bell, const core::Clock& clock, core::Random& random,
                         std::chrono::seconds valid_for)
      : store_(store), bell_(bell), clock_(clock), random_(random), valid_for_(valid_for) {}
  core::Task<core::Result<Requested>> operator()(accounts::Email email);

 private:
  RecoveryStore& store_;
  core::Bell& bell_;
  const core::Clock& clock_;
  core::Random& random_;
  const std::chrono::seconds valid_for_;
};

}  // namespace sallyport::recovery
