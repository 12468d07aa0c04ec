#pragma once

#include "accounts/administer_users.h"
#include "accounts/create_user.h"
#include "accounts/find_users.h"
#include "accounts/password_policy.h"
#include "accounts/set_user_password.h"
#include "transport/rpc/services.h"

namespace sallyport::accounts::api {

/// What the administrators' methods call. All of it outlives the services.
struct UserMethods {
  FindUsersHandler& find;
  CreateUserHandler& create;
  AdministerUsersHandler& administer;
  SetUserPasswordHandler& set_password;
  const PasswordPolicy& policy;
  const core::Clock& clock;
};

/// Of users.v1.UserService: ListUsersInfo, ListUsers, CreateUser, UpdateUser and SetPassword.
void add_user_methods(transport::rpc::Services& services, const UserMethods& to);

}  // namespace sallyport::accounts::api
