#include "transport/rpc/validation.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/dynamic_message.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <set>
#include <stdexcept>

#include "auth/v1/auth.pb.h"
#include "sallyport/options/v1/options.pb.h"
#include "users/v1/users.pb.h"

namespace sallyport::transport::rpc {

namespace pb = google::protobuf;
namespace options = ::sallyport::options::v1;

namespace {

/// What the contract promises of a field, written down a second time.
struct TextLimit {
  std::string_view message, field;
  std::size_t min, max;
};
constexpr std::size_t any = 5'000;
constexpr TextLimit text_limits[] = {
    {"auth.v1.AuthenticateRequest", "identifier", 1, 254},
    {"auth.v1.AuthenticateRequest", "password", 1, 128},
    {"auth.v1.ChangePasswordRequest", "current_password", 1, any},
    {"auth.v1.ChangePasswordRequest", "new_password", 8, 128},
    {"auth.v1.ClientInfo", "client_version", 0, 100},
    {"auth.v1.ClientInfo", "device_id", 1, 255},
    {"auth.v1.ClientInfo", "device_name", 0, 255},
    {"auth.v1.ClientInfo", "device_type", 0, 50},
    {"auth.v1.ConfirmMfaSetupRequest", "code", 6, 8},
    {"auth.v1.ConfirmMfaSetupRequest", "setup_token", 1, any},
    {"auth.v1.ConfirmVerificationRequest", "password", 0, 128},
    {"auth.v1.ConfirmVerificationRequest", "token", 1, any},
    {"auth.v1.DisableMfaRequest", "password", 1, any},
    {"auth.v1.ExchangeOAuthCodeRequest", "code", 1, any},
    {"auth.v1.ExchangeOAuthCodeRequest", "state", 1, any},
    {"auth.v1.GetOAuthUrlRequest", "redirect_uri", 0, 2048},
    {"auth.v1.GetOAuthUrlRequest", "state_data", 0, 1024},
    {"auth.v1.LinkOAuthProviderRequest", "code", 1, any},
    {"auth.v1.LinkOAuthProviderRequest", "state", 1, any},
    {"auth.v1.ListSessionsRequest", "refresh_token", 1, any},
    {"auth.v1.RecoveryConfirmRequest", "new_password", 8, 128},
    {"auth.v1.RecoveryConfirmRequest", "token", 1, any},
    {"auth.v1.RecoveryStartRequest", "idempotency_key", 0, 64},
    {"auth.v1.RecoveryStartRequest", "identifier", 1, 254},
    {"auth.v1.RefreshTokensRequest", "refresh_token", 1, any},
    {"auth.v1.RevokeSessionRequest", "device_id", 1, 255},
    {"auth.v1.SetupMfaRequest", "identifier", 0, 254},
    {"auth.v1.SignUpRequest", "display_name", 1, 255},
    {"auth.v1.SignUpRequest", "idempotency_key", 0, 64},
    {"auth.v1.SignUpRequest", "identifier", 1, 254},
    {"auth.v1.SignUpRequest", "locale", 0, 35},
    {"auth.v1.SignUpRequest", "password", 8, 128},
    {"auth.v1.SignUpRequest", "timezone", 0, 64},
    {"auth.v1.VerifyMfaRequest", "challenge_token", 1, any},
    {"auth.v1.VerifyMfaRequest", "code", 6, 32},
    {"users.v1.CreateUserRequest", "email", 0, 254},
    {"users.v1.CreateUserRequest", "locale", 0, 35},
    {"users.v1.CreateUserRequest", "name", 1, 255},
    {"users.v1.CreateUserRequest", "password", 0, 128},
    {"users.v1.CreateUserRequest", "phone", 0, 16},
    {"users.v1.CreateUserRequest", "timezone", 0, 64},
    {"users.v1.ListUsersRequest", "page_token", 0, 255},
    {"users.v1.ListUsersRequest", "query", 0, 255},
    {"users.v1.SetPasswordRequest", "password", 8, 128},
    {"users.v1.UpdateUserRequest", "email", 0, 254},
    {"users.v1.UpdateUserRequest", "locale", 0, 35},
    {"users.v1.UpdateUserRequest", "name", 0, 255},
    {"users.v1.UpdateUserRequest", "phone", 0, 16},
    {"users.v1.UpdateUserRequest", "timezone", 0, 64},
};

struct Place {
  std::string_view message, field;
  friend auto operator<=>(const Place&, const Place&) = default;
};
constexpr Place chosen_enumerations[] = {
    {"auth.v1.ConfirmVerificationRequest", "type"},     {"auth.v1.GetOAuthUrlRequest", "provider"},
    {"auth.v1.RequestVerificationRequest", "type"},     {"auth.v1.SetupMfaRequest", "method"},
    {"auth.v1.UnlinkOAuthProviderRequest", "provider"}, {"auth.v1.VerifyMfaRequest", "method"},
};
constexpr Place needed_accounts[] = {
    {"users.v1.ConfirmAvatarUploadRequest", "user_id"}, {"users.v1.DeleteAvatarRequest", "user_id"},
    {"users.v1.GetAvatarUploadUrlRequest", "user_id"},  {"users.v1.SetPasswordRequest", "user_id"},
    {"users.v1.UpdateUserRequest", "user_id"},
};
/// Fields with rules of another kind, each with a test of its own below.
constexpr Place others[] = {
    {"auth.v1.ClientInfo", "metadata"},
    {"core.v1.UUID", "value"},
    {"users.v1.GetAvatarUploadUrlRequest", "content_size"},
    {"users.v1.GetAvatarUploadUrlRequest", "content_type"},
    {"users.v1.ListUsersRequest", "page_size"},
    {"users.v1.ListUsersRequest", "roles"},
    {"users.v1.ListUsersRequest", "statuses"},
    {"users.v1.ListUsersRequest", "user_ids"},
};

std::unique_ptr<pb::Message> make(std::string_view type) {
  const auto* descriptor = pb::DescriptorPool::generated_pool()->FindMessageTypeByName(std::string(type));
  return std::unique_ptr<pb::Message>(pb::MessageFactory::generated_factory()->GetPrototype(descriptor)->New());
}

std::string repeated(std::size_t count, std::string_view text) {
  std::string all;
  for (std::size_t i = 0; i < count; ++i) all += text;
  return all;
}

std::string rule_at(const pb::Message& message, std::string_view path) {
  const MessageRules rules(*message.GetDescriptor());
  for (const auto& error : rules.violations(message))
    if (error.field == path) return std::string(error.rule);
  return {};
}

void each_field_with_rules(const std::function<void(const pb::FieldDescriptor&)>& visit) {
  for (const char* file : {"auth/v1/auth.proto", "core/v1/core.proto", "users/v1/users.proto"}) {
    const auto* descriptor = pb::DescriptorPool::generated_pool()->FindFileByName(file);
    ASSERT_NE(descriptor, nullptr) << file;
    for (int i = 0; i < descriptor->message_type_count(); ++i) {
      const auto* type = descriptor->message_type(i);
      for (int j = 0; j < type->field_count(); ++j)
        if (type->field(j)->options().HasExtension(options::rules)) visit(*type->field(j));
    }
  }
}

}  // namespace

TEST(MessageRules, KeepTextsToTheLengthsOfTheContractInCodePoints) {
  (void)::auth::v1::AuthResponse::descriptor();
  (void)::users::v1::User::descriptor();
  for (const auto& limit : text_limits) {
    SCOPED_TRACE(std::string(limit.message) + "." + std::string(limit.field));
    auto message = make(limit.message);
    const auto* field = message->GetDescriptor()->FindFieldByName(std::string(limit.field));
    ASSERT_NE(field, nullptr);
    const auto with = [&](std::size_t length) {
      message->GetReflection()->SetString(message.get(), field, repeated(length, "\u00e4"));
      return rule_at(*message, limit.field);
    };
    EXPECT_EQ(with(limit.min), "");
    EXPECT_EQ(with(limit.max), "");
    if (limit.max != any) EXPECT_EQ(with(limit.max + 1), "too_long");
    if (limit.min > 0) EXPECT_EQ(with(0), "missing");
    if (limit.min > 1) EXPECT_EQ(with(limit.min - 1), "too_short");
  }
}

TEST(MessageRules, WantEnumerationsChosenAndKnown) {
  for (const auto& place : chosen_enumerations) {
    SCOPED_TRACE(std::string(place.message) + "." + std::string(place.field));
    auto message = make(place.message);
    const auto* field = message->GetDescriptor()->FindFieldByName(std::string(place.field));
    const auto with = [&](int number) {
      message->GetReflection()->SetEnumValue(message.get(), field, number);
      return rule_at(*message, place.field);
    };
    EXPECT_EQ(with(0), "missing");
    EXPECT_EQ(with(1), "");
    EXPECT_EQ(with(99), "unknown_value");
  }
}

TEST(MessageRules, WantAnAccountNamed) {
  for (const auto& place : needed_accounts) {
    SCOPED_TRACE(std::string(place.message));
    auto message = make(place.message);
    EXPECT_EQ(rule_at(*message, "user_id"), "missing");
    const auto* field = message->GetDescriptor()->FindFieldByName("user_id");
    auto* id = static_cast<::core::v1::UUID*>(message->GetReflection()->MutableMessage(message.get(), field));
    EXPECT_EQ(rule_at(*message, "user_id"), "missing");
    id->set_value("018f0000-0000-7000-8000-00000000000g");
    EXPECT_EQ(rule_at(*message, "user_id.value"), "uuid_malformed");
    id->set_value("018F0000-0000-7000-8000-000000000001");
    EXPECT_EQ(rule_at(*message, "user_id.value"), "");
    id->set_value("018f0000000070008000000000000001");
    EXPECT_EQ(rule_at(*message, "user_id.value"), "");
  }
}

TEST(MessageRules, OfTheWholeContractAreTestedHere) {
  std::set<Place> tested(std::begin(chosen_enumerations), std::end(chosen_enumerations));
  tested.insert(std::begin(needed_accounts), std::end(needed_accounts));
  tested.insert(std::begin(others), std::end(others));
  for (const auto& limit : text_limits) tested.insert({limit.message, limit.field});
  std::size_t count = 0;
  each_field_with_rules([&](const pb::FieldDescriptor& field) {
    ++count;
    EXPECT_TRUE(tested.contains({field.containing_type()->full_name(), field.name()})) << field.full_name();
  });
  EXPECT_EQ(count, tested.size());
}

TEST(MessageRules, AskNothingOfWhatMayBeLeftOut) {
  ::auth::v1::AuthenticateRequest request;
  request.set_identifier("ann@example.org");
  request.set_password("x");
  EXPECT_TRUE(MessageRules(*request.GetDescriptor()).violations(request).empty());
  request.mutable_installation_id();
  EXPECT_TRUE(MessageRules(*request.GetDescriptor()).violations(request).empty());
}

TEST(MessageRules, NameEveryWrongFieldByItsPath) {
  ::auth::v1::SignUpRequest request;
  request.set_identifier("a");
  request.mutable_client_info()->set_device_type(std::string(51, 'x'));
  request.mutable_installation_id()->set_value("nonsense");
  const MessageRules rules(*request.GetDescriptor());
  const std::vector<core::FieldError> wanted{{"password", "missing"},
                                             {"display_name", "missing"},
                                             {"installation_id.value", "uuid_malformed"},
                                             {"client_info.device_id", "missing"},
                                             {"client_info.device_type", "too_long"}};
  EXPECT_EQ(rules.violations(request), wanted);
}

TEST(MessageRules, RefuseTextThatIsNone) {
  ::auth::v1::AuthenticateRequest request;
  request.set_identifier(std::string("ann\0@example.org", 16));
  request.set_password("\xc3(");
  EXPECT_EQ(rule_at(request, "identifier"), "contains_nul");
  EXPECT_EQ(rule_at(request, "password"), "not_utf8");
}

TEST(MessageRules, KnowTheValuesOfEveryEnumeration) {
  ::auth::v1::AuthenticateRequest request;
  request.set_identifier_type(static_cast<::auth::v1::IdentifierType>(7));
  EXPECT_EQ(rule_at(request, "identifier_type"), "unknown_value");
}

TEST(MessageRules, LookAtEveryEntryOfAMap) {
  ::auth::v1::ClientInfo info;
  // Asked for each time: what was read by reflection does not notice changes through an older reference.
  const auto metadata = [&]() -> auto& { return *info.mutable_metadata(); };
  for (int i = 0; i < 16; ++i) metadata()["key " + std::to_string(i)] = std::string(255, 'x');
  EXPECT_EQ(rule_at(info, "metadata"), "");
  EXPECT_EQ(rule_at(info, "metadata[]"), "");
  metadata()["key 0"] += 'x';
  EXPECT_EQ(rule_at(info, "metadata[]"), "too_long");
  metadata()["key 0"] = std::string("\0", 1);
  EXPECT_EQ(rule_at(info, "metadata[]"), "contains_nul");
  metadata().erase("key 0");
  metadata()[std::string(256, 'k')] = "";
  EXPECT_EQ(rule_at(info, "metadata"), "too_long");
  metadata().erase(std::string(256, 'k'));
  metadata()["key 0"] = "";
  metadata()["key 16"] = "";
  EXPECT_EQ(rule_at(info, "metadata"), "too_long");
}

TEST(MessageRules, LookAtEveryElementOfAList) {
  ::users::v1::ListUsersRequest request;
  for (int i = 0; i < 1'000; ++i) request.add_user_ids()->set_value("018f0000-0000-7000-8000-000000000001");
  EXPECT_TRUE(MessageRules(*request.GetDescriptor()).violations(request).empty());
  request.add_user_ids();
  EXPECT_EQ(rule_at(request, "user_ids"), "too_long");
  EXPECT_EQ(rule_at(request, "user_ids[]"), "missing") << "passed over, it would list everybody";
  request.mutable_user_ids(3)->set_value("x");
  EXPECT_EQ(rule_at(request, "user_ids[].value"), "uuid_malformed");
  request.add_roles(::core::v1::USER_ROLE_UNSPECIFIED);
  EXPECT_EQ(rule_at(request, "roles[]"), "missing");
  request.add_statuses(static_cast<::core::v1::UserStatus>(9));
  EXPECT_EQ(rule_at(request, "statuses[]"), "unknown_value");
}

TEST(MessageRules, KeepNumbersInTheirRanges) {
  ::users::v1::ListUsersRequest list;
  static constexpr struct {
    int size;
    std::string_view rule;
  } pages[] = {{-1, "out_of_range"}, {0, ""}, {1'000, ""}, {1'001, "out_of_range"}};
  for (const auto& [size, rule] : pages) {
    list.set_page_size(size);
    EXPECT_EQ(rule_at(list, "page_size"), rule) << size;
  }
  ::users::v1::GetAvatarUploadUrlRequest upload;
  static constexpr struct {
    std::uint64_t size;
    std::string_view rule;
  } sizes[] = {{0, "out_of_range"},
               {1, ""},
               {10'485'760, ""},
               {10'485'761, "out_of_range"},
               {std::numeric_limits<std::uint64_t>::max(), "out_of_range"}};
  for (const auto& [size, rule] : sizes) {
    upload.set_content_size(size);
    EXPECT_EQ(rule_at(upload, "content_size"), rule) << size;
  }
}

TEST(MessageRules, TakeTheListedTextsOnly) {
  ::users::v1::GetAvatarUploadUrlRequest upload;
  EXPECT_EQ(rule_at(upload, "content_type"), "missing");
  upload.set_content_type("image/gif");
  EXPECT_EQ(rule_at(upload, "content_type"), "unknown_value");
  for (const char* type : {"image/jpeg", "image/png", "image/webp"}) {
    upload.set_content_type(type);
    EXPECT_EQ(rule_at(upload, "content_type"), "");
  }
}

TEST(MessageRules, DoNotCompileWhatContradictsItself) {
  const auto type_with = [](pb::FieldDescriptorProto::Type type, const std::function<void(options::FieldRules&)>& set,
                            pb::FieldDescriptorProto::Label label = pb::FieldDescriptorProto::LABEL_OPTIONAL) {
    pb::FileDescriptorProto file;
    file.set_name("test.proto");
    file.set_package("test");
    file.set_syntax("proto3");
    auto& message = *file.add_message_type();
    message.set_name("Request");
    auto& field = *message.add_field();
    field.set_name("field");
    field.set_number(1);
    field.set_label(label);
    field.set_type(type);
    set(*field.mutable_options()->MutableExtension(options::rules));
    return file;
  };
  const auto compile = [](const pb::FileDescriptorProto& file) {
    pb::DescriptorPool pool(pb::DescriptorPool::generated_pool());
    const auto* made = pool.BuildFile(file);
    ASSERT_NE(made, nullptr);
    const MessageRules rules(*made->message_type(0));
  };
  using Rules = options::FieldRules;
  using F = pb::FieldDescriptorProto;
  const std::pair<pb::FileDescriptorProto, const char*> cases[] = {
      {type_with(F::TYPE_INT32, [](Rules& rules) { rules.set_min_len(1); }), "lengths of a number"},
      {type_with(F::TYPE_STRING,
                 [](Rules& rules) {
                   rules.set_min_len(2);
                   rules.set_max_len(1);
                 }),
       "no length"},
      {type_with(F::TYPE_STRING,
                 [](Rules& rules) {
                   rules.add_one_of("x");
                   rules.set_max_len(1);
                 }),
       "one of, and a length"},
      {type_with(F::TYPE_STRING, [](Rules& rules) { rules.set_required(true); }), "a required text"},
      {type_with(F::TYPE_STRING, [](Rules& rules) { rules.set_not_unspecified(true); }), "an unspecified text"},
      {type_with(F::TYPE_STRING, [](Rules& rules) { rules.set_gte(1); }), "a text that is a number"},
      {type_with(F::TYPE_INT64,
                 [](Rules& rules) {
                   rules.set_gte(1);
                   rules.set_gt(1);
                 }),
       "two least numbers"},
      {type_with(F::TYPE_INT64,
                 [](Rules& rules) {
                   rules.set_gt(1);
                   rules.set_lte(1);
                 }),
       "no number"},
      {type_with(F::TYPE_STRING, [](Rules& rules) { rules.set_max_items(1); }), "items of one text"},
      {type_with(F::TYPE_STRING, [](Rules& rules) { rules.set_max_key_len(1); }), "keys of a text"}};
  for (const auto& [file, what] : cases) {
    SCOPED_TRACE(what);
    EXPECT_THROW(compile(file), std::logic_error);
  }
  EXPECT_NO_THROW(compile(type_with(
      F::TYPE_STRING, [](Rules& rules) { rules.set_max_items(1); }, pb::FieldDescriptorProto::LABEL_REPEATED)));
}

TEST(MessageRules, DoNotCompileATypeThatNestsItself) {
  EXPECT_THROW(MessageRules{*pb::DescriptorProto::descriptor()}, std::logic_error);
}

}  // namespace sallyport::transport::rpc
