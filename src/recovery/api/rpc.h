#pragma once

#include "idempotency/request_namer.h"
#include "recovery/confirm_recovery.h"
#include "recovery/request_recovery.h"
#include "transport/rpc/services.h"

namespace sallyport::recovery::api {

/// What the methods of a recovery call. All of it outlives the services.
struct RecoveryMethods {
  RequestRecoveryHandler& request_recovery;
  ConfirmRecoveryHandler& confirm_recovery;
  const idempotency::RequestNamer& name_request;
};

/// Of auth.v1.AuthService: RecoveryStart and RecoveryConfirm.
void add_recovery_methods(transport::rpc::Services& services, const RecoveryMethods& to);

}  // namespace sallyport::recovery::api
