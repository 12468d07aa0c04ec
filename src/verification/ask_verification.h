#pragma once

#include "accounts/flow_desk.h"
#include "sessions/session_cache.h"
#include "verification/verification_store.h"

namespace sallyport::verification {

/// The mail of a verification that somebody asked for.
inline accounts::FlowPurpose asked_verification(std::chrono::seconds valid_for) {
  return {.kind = flows::FlowKind::verification,
          .mail = mail::MailKind::verification,
          .page = accounts::verification_page,
          .valid_for = valid_for};
}

/// Mails somebody who is signed in another link and code for their own address. Fails with `conflict` /
/// "already_verified", `throttled` / "throttled", `unauthenticated` / "session_expired", and as the store fails.
class AskVerificationHandler {
 public:
  AskVerificationHandler(VerificationStore& store, const accounts::FlowDesk& flows, const core::Clock& clock,
                         std::chrono::seconds valid_for)
      : store_(store), flows_(flows), clock_(clock), valid_for_(valid_for) {}
  core::Task<core::Result<accounts::StartedFlow>> operator()(sessions::SharedView view);

 private:
  VerificationStore& store_;
  const accounts::FlowDesk& flows_;
  const core::Clock& clock_;
  const std::chrono::seconds valid_for_;
};

}  // namespace sallyport::verification
