#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>

#include "app/config_fuzz_target.h"
#include "fuzz/accept_language_invariants.h"
#include "fuzz/connection_invariants.h"
#include "fuzz/cookies_invariants.h"
#include "fuzz/device_token_invariants.h"
#include "fuzz/email_invariants.h"
#include "fuzz/form_invariants.h"
#include "fuzz/forwarding_invariants.h"
#include "fuzz/http2_invariants.h"
#include "fuzz/idempotency_key_invariants.h"
#include "fuzz/image_header_invariants.h"
#include "fuzz/key_file_invariants.h"
#include "fuzz/preamble_invariants.h"
#include "fuzz/rpc_connect_get_invariants.h"
#include "fuzz/rpc_envelope_invariants.h"
#include "fuzz/rpc_gzip_invariants.h"
#include "fuzz/rpc_percent_invariants.h"
#include "fuzz/rpc_timeout_invariants.h"
#include "fuzz/rpc_web_text_invariants.h"
#include "fuzz/token_invariants.h"
#include "transport/rest/json_decoder_fuzz_target.h"

namespace sallyport::fuzz {
namespace {

// Holds every file of a corpus to its rule. A file is named for what becomes of it, `refused_two_ats`, where
// `is_accepted` can tell. Those rules that end the process leave the file's name on standard error.
template <class BrokenRule, class IsAccepted>
void replay(std::string_view folder, BrokenRule broken_rule, IsAccepted is_accepted) {
  int files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(FUZZ_CORPUS) / folder)) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    const auto name = entry.path().filename().string();
    SCOPED_TRACE(name);
    EXPECT_EQ(broken_rule(bytes), "");
    if (name.starts_with("accepted_")) EXPECT_TRUE(is_accepted(bytes));
    else if (name.starts_with("refused_")) EXPECT_FALSE(is_accepted(bytes));
    else ADD_FAILURE() << "named for neither";
    ++files;
  }
  EXPECT_GT(files, 4);
}

}  // namespace

TEST(FuzzCorpus, OfConnectionsKeepsTheInvariants) {
  replay("http1_connection", broken_connection_rule, [](std::string_view bytes) {
    const auto due = answers_due(bytes);
    return !due.empty() && due.back().status == 200;
  });
}

TEST(FuzzCorpus, OfHttp2ConnectionsKeepsTheInvariants) { replay("http2_connection", broken_http2_rule, is_good_http2); }

TEST(FuzzCorpus, OfJsonKeepsTheInvariants) {
  using namespace transport::rest;
  const auto rule = [](std::string_view body) { return fuzz_json(body), std::string(); };
  replay("json", rule, [](std::string_view body) {
    return decode_json<FuzzedDocument>(body).has_value() || decode_json<FuzzedSecrets>(body).has_value();
  });
}

TEST(FuzzCorpus, OfConfigurationsKeepsTheInvariants) {
  const auto rule = [](std::string_view text) { return app::fuzz_config(text), std::string(); };
  replay("config", rule, [](std::string_view text) {
    app::GatheredSettings file, assignment;
    add_config_text(file, "fuzz.toml", text);
    add_assignment(assignment, text);
    return resolve_config(std::move(file)).has_value() || resolve_config(std::move(assignment)).has_value();
  });
}

TEST(FuzzCorpus, OfCookiesKeepsTheInvariants) {
  replay("cookies", broken_cookie_rule, [](std::string_view text) {
    const transport::CookieJar jar(transport::CookieJar::Mode::host_prefixed);
    return !jar.session_values(CookieRequest::of_lines(text)).empty();
  });
}

TEST(FuzzCorpus, OfFormsKeepsTheInvariants) {
  replay("form", broken_form_rule,
         [](std::string_view text) { return transport::pages::Form::parse(text).has_value(); });
}

TEST(FuzzCorpus, OfForwardedHopsKeepsTheInvariants) {
  using transport::ProxyHeader;
  replay("forwarding", broken_forwarding_rule, [](std::string_view text) {
    const auto lines = header_lines(text);
    return client_of(ProxyHeader::x_forwarded_for, lines) != trusted_peer().ip() ||
           client_of(ProxyHeader::forwarded, lines) != trusted_peer().ip();
  });
}

TEST(FuzzCorpus, OfProxyPreamblesKeepsTheInvariants) {
  using transport::ProxyHeader;
  const auto is_complete = [](std::string_view bytes, ProxyHeader version) {
    return transport::read_preamble(version, bytes).status == transport::Preamble::Status::complete;
  };
  replay(
      "preamble", [](std::string_view bytes) { return broken_preamble_rule(bytes); },
      [&](std::string_view bytes) {
        return is_complete(bytes, ProxyHeader::proxy_v1) || is_complete(bytes, ProxyHeader::proxy_v2);
      });
}

TEST(FuzzCorpus, OfPicturesKeepsTheInvariants) {
  replay("image_header", broken_image_rule,
         [](std::string_view bytes) { return avatars::read_image_header(core::as_bytes(bytes)).has_value(); });
}

TEST(FuzzCorpus, OfAccessTokensKeepsTheInvariants) {
  replay("access_token", broken_access_token_rule,
         [](std::string_view text) { return access_tokens().verify(text).has_value(); });
}

TEST(FuzzCorpus, OfAccessClaimsKeepsTheInvariants) {
  replay("access_claims", broken_access_claims_rule, [](std::string_view text) {
    return access_tokens().verify(jwt_of(text)).has_value() || access_tokens().verify(paseto_of(text)).has_value();
  });
}

TEST(FuzzCorpus, OfRefreshTokensKeepsTheInvariants) {
  replay("refresh_token", broken_refresh_token_rule, [](std::string_view text) {
    return sessions::RefreshToken::parse(refresh_tokens().keyring, text).has_value();
  });
}

TEST(FuzzCorpus, OfDeviceTokensKeepsTheInvariants) {
  replay("device_token", broken_device_token_rule, [](std::string_view text) {
    return sessions::DeviceToken::parse(device_tokens().keyring, text, device_tokens().now).has_value();
  });
}

TEST(FuzzCorpus, OfKeyFilesKeepsTheInvariants) {
  replay("key_file", broken_key_file_rule, [](std::string_view text) {
    return keys::KeyFile::parse(core::Secret(text)).has_value() ||
           keys::KeyFile::parse(core::Secret(ended_key_file(text))).has_value();
  });
}

TEST(FuzzCorpus, OfSessionTokensKeepsTheInvariants) {
  replay("session_token", broken_session_token_rule,
         [](std::string_view text) { return sessions::SessionToken::digest_of(text).has_value(); });
}

TEST(FuzzCorpus, OfPasswordVerifiersKeepsTheInvariants) {
  replay("password_verifier", broken_password_verifier_rule,
         [](std::string_view text) { return crypto::PasswordVerifier::parse(text).has_value(); });
}

TEST(FuzzCorpus, OfAddressesKeepsTheInvariants) {
  replay("email", broken_email_rule, [](std::string_view text) { return accounts::Email::parse(text).has_value(); });
}

TEST(FuzzCorpus, OfLanguagesKeepsTheInvariants) {
  replay("accept_language", broken_accept_language_rule,
         [](std::string_view text) { return best_language(text).has_value(); });
}

TEST(FuzzCorpus, OfIdempotencyKeysKeepsTheInvariants) {
  replay("idempotency_key", broken_idempotency_key_rule,
         [](std::string_view text) { return idempotency::IdempotencyKey::parse(text).has_value(); });
}

TEST(FuzzCorpus, OfEnvelopesKeepsTheInvariants) {
  replay("rpc_envelope", broken_envelope_rule, [](std::string_view bytes) {
    return read_envelopes(bytes, [](std::size_t size) { return size; }).is_between;
  });
}

TEST(FuzzCorpus, OfGrpcWebTextKeepsTheInvariants) {
  replay("rpc_web_text", broken_web_text_rule, [](std::string_view text) {
    std::string out;
    transport::rpc::Base64Stream stream;
    return stream.feed(text, out) && stream.is_whole();
  });
}

TEST(FuzzCorpus, OfGrpcMessagesKeepsTheInvariants) {
  replay("rpc_percent", broken_percent_rule, [](std::string_view) { return true; });
}

TEST(FuzzCorpus, OfTimeoutsKeepsTheInvariants) {
  replay("rpc_timeout", broken_timeout_rule, [](std::string_view text) {
    return transport::rpc::parse_grpc_timeout(text) || transport::rpc::parse_connect_timeout(text);
  });
}

TEST(FuzzCorpus, OfGzipKeepsTheInvariants) {
  replay("rpc_gzip", broken_gzip_rule,
         [](std::string_view bytes) { return transport::rpc::gunzip(bytes, 4 * 1024).has_value(); });
}

TEST(FuzzCorpus, OfConnectQueriesKeepsTheInvariants) {
  replay("rpc_connect_get", broken_connect_get_rule,
         [](std::string_view query) { return transport::rpc::parse_connect_get(query).has_value(); });
}

}  // namespace sallyport::fuzz
