#include "app/routes.h"

#include "accounts/api/delete_account.h"
#include "accounts/api/export.h"
#include "accounts/api/invitation.h"
#include "accounts/api/password.h"
#include "accounts/api/rest.h"
#include "accounts/api/setup_page.h"
#include "accounts/api/users.h"
#include "app/reference.h"
#include "app/setup.h"
#include "avatars/api/rest.h"
#include "mail/api/dev_pages.h"
#include "recovery/api/rest.h"
#include "sessions/api/devices.h"
#include "sessions/api/forward_auth.h"
#include "sessions/api/rest.h"
#include "verification/api/rest.h"

namespace sallyport::app {

transport::CookieJar::Mode cookie_mode(const Config& config) {
  const bool is_https = config.public_url && config.public_url->starts_with("https://");
  return is_https ? transport::CookieJar::Mode::host_prefixed : transport::CookieJar::Mode::plain;
}

void add_routes(transport::Router& router, RouteContext in) {
  auto& services = in.services;
  const auto& config = services.config;
  const auto& jar = in.jar;
  const auto body_limit = config.limits.body_bytes;
  accounts::api::add_account_routes(router, {.register_account = services.register_once,
                                             .update_profile = services.update_profile,
                                             .policy = services.policy,
                                             .name_request = services.name_request,
                                             .rules = config.registration,
                                             .authenticate = services.authenticate,
                                             .clock = services.clock,
                                             .keyring = services.keyring,
                                             .jar = jar,
                                             .body_limit = body_limit});
  sessions::api::add_session_routes(
      router, {.sign_in = services.sign_in,
               .refresh = services.refresh,
               .sign_out = services.sign_out,
               .authenticate = services.authenticate,
               .cache = services.cache,
               .access_tokens = services.access_tokens,
               .keyring = services.keyring,
               .clock = services.clock,
               .jar = jar,
               .body_limit = body_limit,
               .key_set_cache_control = "public, max-age=" + std::to_string(config.key_notice.count())});
  accounts::api::add_password_routes(router, {.change_password = services.change_password,
                                              .reauthenticate = services.reauthenticate,
                                              .policy = services.policy,
                                              .authenticate = services.authenticate,
                                              .keyring = services.keyring,
                                              .clock = services.clock,
                                              .jar = jar,
                                              .body_limit = body_limit});
  const recovery::api::RecoveryRoutes recovery_routes{.request_recovery = services.request_recovery,
                                                      .confirm_recovery = services.confirm_recovery,
                                                      .name_request = services.name_request,
                                                      .jar = jar,
                                                      .body_limit = body_limit};
  recovery::api::add_recovery_routes(router, recovery_routes);
  recovery::api::add_recovery_page(router, recovery_routes);
  accounts::api::add_delete_account_routes(router, {.delete_account = services.delete_account,
                                                    .authenticate = services.authenticate,
                                                    .jar = jar,
                                                    .body_limit = body_limit});
  accounts::api::add_export_routes(router, {.own_data = services.own_data,
                                            .pictures = *services.pictures,
                                            .authenticate = services.authenticate,
                                            .clock = services.clock,
                                            .jar = jar});
  avatars::api::add_avatar_routes(router, {.change_avatar = services.change_avatar,
                                           .upload_avatar = services.upload_avatar,
                                           .avatars = services.avatars,
                                           .pictures = *services.pictures,
                                           .slots = services.picture_slots,
                                           .authenticate = services.authenticate,
                                           .clock = services.clock,
                                           .jar = jar,
                                           .body_limit = body_limit});
  const verification::api::VerificationRoutes verification{.ask = services.ask_verification,
                                                           .request = services.request_verification,
                                                           .confirm = services.confirm_verification,
                                                           .change_address = services.change_address,
                                                           .rules = config.registration,
                                                           .authenticate = services.authenticate,
                                                           .clock = services.clock,
                                                           .keyring = services.keyring,
                                                           .jar = jar,
                                                           .body_limit = body_limit};
  verification::api::add_verification_routes(router, verification);
  verification::api::add_verification_page(router, verification);
  sessions::api::add_forward_auth_routes(
      router, {.rules = {.sign_in_url = config.sign_in_url, .origins = config.forward_auth_origins},
               .authenticate = services.authenticate,
               .jar = jar});
  sessions::api::add_device_routes(router, {.directory = services.own_directory,
                                            .revoke_sessions = services.revoke_sessions,
                                            .authenticate = services.authenticate,
                                            .clock = services.clock,
                                            .jar = jar});
  if (!config.public_url && config.listen.address.is_loopback()) {
    mail::api::add_dev_mail_routes(router, {.outbox = services.outbox,
                                            .desk = services.mail_desk,
                                            .templates = services.templates,
                                            .clock = services.clock});
  }
  accounts::api::add_user_routes(router, {.find = services.find_users,
                                          .create = services.create_user,
                                          .administer = services.administer_users,
                                          .invite = services.invite_user,
                                          .set_password = services.set_user_password,
                                          .policy = services.policy,
                                          .authenticate = services.authenticate,
                                          .clock = services.clock,
                                          .jar = jar,
                                          .body_limit = body_limit});
  accounts::api::add_invitation_routes(router, {.accept = services.accept_invitation,
                                                .clock = services.clock,
                                                .keyring = services.keyring,
                                                .jar = jar,
                                                .body_limit = body_limit});
  accounts::api::add_setup_routes(router, {.complete_setup = services.complete_setup,
                                           .setup = services.setup,
                                           .on_done = [&services] { remove_setup_file(services.data.path()); }});
  add_operation_routes(router, in.metrics, std::move(in.readiness));
  add_reference_routes(router, jar, config.public_url);
}

}  // namespace sallyport::app
