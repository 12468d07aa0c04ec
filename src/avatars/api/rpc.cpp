#include "avatars/api/rpc.h"

#include <google/protobuf/empty.pb.h>

#include "avatars/api/rest.h"
#include "sessions/api/rpc_admission.h"
#include "sessions/api/rpc_messages.h"
#include "transport/rest/json_body.h"
#include "users/v1/users.pb.h"

namespace sallyport::avatars::api {

namespace v1 = ::users::v1;
using core::Result;
using core::Task;
using google::protobuf::Empty;
using sessions::api::add_unary;
using sessions::api::caller_of;
using transport::rpc::Call;

namespace {

/// Whose picture it is about; admission has made sure that the caller may.
core::AccountId owner_of(const ::core::v1::UUID& user) { return core::AccountId(sessions::api::parse(user).value()); }

Task<Result<v1::GetAvatarUploadUrlResponse>> offer(const AvatarMethods& to, Call& call,
                                                   v1::GetAvatarUploadUrlRequest request) {
  using Answer = Result<v1::GetAvatarUploadUrlResponse>;
  const auto owner = owner_of(request.user_id());
  if (request.content_size() > to.change_avatar.rules().most_bytes)
    co_return Answer(std::unexpected(transport::rest::invalid_fields({{"content_size", "out_of_range"}})));
  if (owner != caller_of(call)->account.id) {
    const auto account = co_await to.directory.find(owner);
    if (!account) co_return Answer(std::unexpected(account.error()));
  }
  auto offered = co_await to.upload_avatar.offer(owner, parse_media_type(request.content_type()).value(),
                                                 static_cast<std::size_t>(request.content_size()));
  if (!offered) co_return Answer(core::fail(std::move(offered)));
  v1::GetAvatarUploadUrlResponse response;
  response.set_upload_url(std::move(offered->url));
  sessions::api::set(*response.mutable_expires_in(), offered->expires_in);
  co_return response;
}

Task<Result<Empty>> confirm(const AvatarMethods& to, Call& call, v1::ConfirmAvatarUploadRequest request) {
  auto slot = to.slots.take();
  if (!slot) co_return Result<Empty>(core::fail(std::move(slot)));
  auto changed = co_await to.upload_avatar.confirm(caller_of(call), owner_of(request.user_id()),
                                                   sessions::api::client_of(call.exchange()));
  if (!changed) co_return Result<Empty>(core::fail(std::move(changed)));
  co_return Empty();
}

Task<Result<Empty>> remove(const AvatarMethods& to, Call& call, v1::DeleteAvatarRequest request) {
  auto changed = co_await to.change_avatar.remove(caller_of(call), owner_of(request.user_id()),
                                                  sessions::api::client_of(call.exchange()));
  if (!changed) co_return Result<Empty>(core::fail(std::move(changed)));
  co_return Empty();
}

}  // namespace

void add_avatar_methods(transport::rpc::Services& services, const AvatarMethods& to) {
  add_unary(services, "users.v1.UserService/GetAvatarUploadUrl", to, offer);
  add_unary(services, "users.v1.UserService/ConfirmAvatarUpload", to, confirm);
  add_unary(services, "users.v1.UserService/DeleteAvatar", to, remove);
}

}  // namespace sallyport::avatars::api
