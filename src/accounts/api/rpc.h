#pragma once

#include "accounts/api/registration.h"
#include "accounts/change_password.h"
#include "accounts/register_once.h"
#include "transport/rpc/services.h"

namespace sallyport::accounts::api {

/// What the methods call by which people have accounts. All of it outlives the services.
struct AccountMethods {
  RegisterOnceHandler& register_account;
  ChangePasswordHandler& change_password;
  RegistrationGround ground;
  const crypto::Keyring& keyring;
  const core::Clock& clock;
  std::int64_t most_wrong_passwords;
};

/// Of auth.v1.AuthService: SignUp and ChangePassword.
void add_account_methods(transport::rpc::Services& services, const AccountMethods& to);

}  // namespace sallyport::accounts::api
