#pragma once

#include <chrono>

#include "accounts/mail_requests.h"
#include "core/bell.h"
#include "core/clock.h"
#include "core/random.h"
#include "crypto/keyring.h"

namespace sallyport::recovery {

/// Somebody asks for a new password, perhaps a second time.
struct RequestRecovery {
  accounts::Email email;
  std::optional<idempotency::NamedRequest> name{};  ///< what its second try is known by
};

/// What everybody hears who asks, whether or not an account has the address.
struct Requested {
  flows::FlowHandle handle;
  std::chrono::seconds expires_in;  ///< for a second try what is left of it, and then nothing
};

/// Writes down that somebody asks for a new password. Nothing here looks at accounts, so that neither the answer nor
/// its time can tell of one; the mail is made afterwards (accounts/answer_mail_requests.h).
///
/// A second try of a request that has a name hears the handle of the first and causes no other mail, as long as the
/// name is known. That handle is not kept: both tries derive it from the name and the time of the first, under a key
/// that is not in the store.
///
/// Fails with `invalid` / "idempotency_key_reused" when the name was another request's (draft-ietf-httpapi-idempotency-
/// key-header-07 §2.7: 422), and as the stores do.
class RequestRecoveryHandler {
 public:
  /// All of it outlives the handler.
  struct Parts {
    accounts::MailRequestStore& requests;
    idempotency::IdempotencyStore& done;
    const crypto::Keyring& keyring;
    core::Bell& bell;
    const core::Clock& clock;
    core::Random& random;
  };
  RequestRecoveryHandler(Parts parts, std::chrono::seconds valid_for) : parts_(parts), valid_for_(valid_for) {}
  core::Task<core::Result<Requested>> operator()(RequestRecovery command);

 private:
  core::Task<core::Result<void>> write(const RequestRecovery& command, const flows::FlowHandle& handle,
                                       core::Timestamp now);
  core::Task<core::Result<std::optional<Requested>>> repeat(idempotency::NamedRequest name);
  flows::FlowHandle derive_handle(const idempotency::NamedRequest& name, core::Timestamp at) const;

  const Parts parts_;
  const std::chrono::seconds valid_for_;
};

}  // namespace sallyport::recovery
