#include "transport/tls/context.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "transport/tls/certificate_for_test.h"
#include "transport/tls/handshake_for_test.h"

namespace sallyport::transport::tls {
namespace {

struct ContextTest : testing::Test {
  system_adapter::TemporaryFolder folder;
  core::FakeClock clock;
  core::FakeRandom random;
  TicketKeys tickets{clock, random};
  SocketPair sockets;

  std::shared_ptr<const Context> context(const std::vector<CertificateRequest>& requests,
                                         Version least = Version::tls_1_2) {
    std::vector<Certificate> certificates;
    for (const auto& request : requests) {
      const auto name = std::to_string(certificates.size());
      certificates.push_back(Certificate::read(MadeCertificate::make(request).write(folder.path(), name)).value());
    }
    auto made = Context::create(std::move(certificates), least, tickets);
    EXPECT_TRUE(made) << made.error().log_detail;
    return *made;
  }
  static void only_1_2(SSL_CTX* client) { SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION); }
};

TEST_F(ContextTest, ShowsTheCertificateThatFitsTheNameAskedForAndTheFirstForAnyOther) {
  const auto served =
      context({{.names = "DNS:first.example.org"}, {.names = "DNS:*.example.net"}, {.names = "DNS:exact.example.net"}});
  static constexpr std::pair<const char*, std::string_view> cases[] = {
      {"first.example.org", "first.example.org"}, {"a.example.net", "*.example.net"},
      {"EXACT.example.net", "exact.example.net"}, {"a.b.example.net", "first.example.org"},
      {"unknown.example", "first.example.org"},   {nullptr, "first.example.org"}};
  for (const auto& [name, shown] : cases) {
    const SocketPair pair;
    Channel channel(served, pair.server());
    const TestClient client(pair.client());
    if (name != nullptr) client.ask_for(name);
    ASSERT_TRUE(client.shake_hands(channel)) << shown;
    EXPECT_EQ(client.shown(), shown);
  }
  EXPECT_TRUE(served->covers("b.example.net"));
  EXPECT_FALSE(served->covers("example.net"));
}

TEST_F(ContextTest, ChoosesAmongCertificatesOfTheSameNamesTheOneWhoseKeyAClientKnows) {
  const auto served = context({{.key = "EC"}, {.key = "RSA"}});
  for (const auto& [ciphers, kind] : {std::pair{"ECDHE-RSA-AES128-GCM-SHA256", EVP_PKEY_RSA},
                                      std::pair{"ECDHE-ECDSA-AES128-GCM-SHA256", EVP_PKEY_EC}}) {
    const SocketPair pair;
    Channel channel(served, pair.server());
    const TestClient client(pair.client(), [ciphers](SSL_CTX* own) {
      only_1_2(own);
      SSL_CTX_set_cipher_list(own, ciphers);
    });
    ASSERT_TRUE(client.shake_hands(channel)) << ciphers;
    const std::unique_ptr<X509, decltype(&X509_free)> shown(SSL_get1_peer_certificate(client.ssl()), X509_free);
    EXPECT_EQ(EVP_PKEY_get_base_id(X509_get0_pubkey(shown.get())), kind);
  }
}

TEST_F(ContextTest, SpeaksNothingOlderThanIsAllowed) {
  const auto modern = context({{}}, Version::tls_1_3);
  {
    Channel channel(modern, sockets.server());
    EXPECT_FALSE(TestClient(sockets.client(), only_1_2).shake_hands(channel));
    EXPECT_EQ(channel.failure(), "unsupported protocol");
  }
  const auto usual = context({{}});
  const SocketPair pair;
  Channel channel(usual, pair.server());
  const TestClient client(pair.client(), only_1_2);
  EXPECT_TRUE(client.shake_hands(channel));
  EXPECT_EQ(channel.version(), "TLSv1.2");
  const SocketPair old_pair;
  Channel old_channel(usual, old_pair.server());
  EXPECT_FALSE(TestClient(old_pair.client(), [](SSL_CTX* own) {
                 SSL_CTX_set_security_level(own, 0);
                 SSL_CTX_set_min_proto_version(own, TLS1_VERSION);
                 SSL_CTX_set_max_proto_version(own, TLS1_1_VERSION);
               }).shake_hands(old_channel));
}

TEST_F(ContextTest, RefusesCiphersWithoutForwardSecrecyOrAuthenticatedEncryption) {
  const auto served = context({{.key = "RSA"}});
  for (const char* const cipher : {"AES128-GCM-SHA256", "ECDHE-RSA-AES128-SHA", "ECDHE-RSA-AES256-SHA384",
                                   "DHE-RSA-AES128-GCM-SHA256", "AES256-SHA"}) {
    const SocketPair pair;
    Channel channel(served, pair.server());
    const TestClient client(pair.client(), [cipher](SSL_CTX* own) {
      only_1_2(own);
      SSL_CTX_set_cipher_list(own, cipher);
    });
    EXPECT_FALSE(client.shake_hands(channel)) << cipher;
    EXPECT_EQ(channel.failure(), "no shared cipher") << cipher;
  }
}

// RFC 7301 §3.2
TEST_F(ContextTest, AgreesOnAProtocolOrTellsTheClientThatThereIsNone) {
  using namespace std::string_view_literals;
  const auto served = context({{}});
  static constexpr struct {
    std::string_view offered;
    bool is_http2;
  } cases[] = {{"\x08http/1.1\x02h2"sv, true}, {"\x08http/1.1"sv, false}, {""sv, false}};
  for (const auto& [offered, is_http2] : cases) {
    const SocketPair pair;
    Channel channel(served, pair.server());
    const TestClient client(pair.client());
    if (!offered.empty()) client.offer(offered);
    ASSERT_TRUE(client.shake_hands(channel));
    EXPECT_EQ(channel.is_http2(), is_http2) << offered;
  }

  Channel channel(served, sockets.server());
  const TestClient client(sockets.client());
  client.offer("\x03irc"sv);
  ERR_clear_error();
  EXPECT_FALSE(client.shake_hands(channel));
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_AD_NO_APPLICATION_PROTOCOL + SSL_AD_REASON_OFFSET);
}

TEST_F(ContextTest, ResumesSessionsUntilTheTicketKeyIsForgotten) {
  const auto served = context({{}});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    SCOPED_TRACE(version);
    const auto as_version = [version](SSL_CTX* own) { SSL_CTX_set_max_proto_version(own, version); };
    const auto resumes = [&](SSL_SESSION* session) {
      const SocketPair pair;
      Channel channel(served, pair.server());
      const TestClient client(pair.client(), as_version);
      // A copy: OpenSSL's clients use a session of TLS 1.3 once.
      const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> own(SSL_SESSION_dup(session), SSL_SESSION_free);
      SSL_set_session(client.ssl(), own.get());
      EXPECT_TRUE(client.shake_hands(channel));
      EXPECT_EQ(channel.is_resumed(), SSL_session_reused(client.ssl()) == 1);
      return channel.is_resumed();
    };
    const SocketPair pair;
    Channel channel(served, pair.server());
    const TestClient client(pair.client(), as_version);
    ASSERT_TRUE(client.shake_hands(channel));
    EXPECT_FALSE(channel.is_resumed());
    (void)client.read();  // tickets of TLS 1.3 come after the handshake
    const std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> session(SSL_get1_session(client.ssl()),
                                                                            SSL_SESSION_free);
    ASSERT_EQ(SSL_SESSION_is_resumable(session.get()), 1);
    EXPECT_EQ(SSL_SESSION_get_ticket_lifetime_hint(session.get()), 12 * 60 * 60U);
    EXPECT_EQ(SSL_SESSION_get_max_early_data(session.get()), 0U);

    EXPECT_TRUE(resumes(session.get()));
    clock.advance(TicketKeys::lifetime);
    EXPECT_TRUE(resumes(session.get()));
    clock.advance(TicketKeys::lifetime);
    EXPECT_FALSE(resumes(session.get()));
  }
}

TEST_F(ContextTest, KeepsWhatItWasMadeWithWhileAConnectionLastsThatUsesIt) {
  auto served = context({{.names = "DNS:old.example.org"}});
  Channel channel(std::exchange(served, nullptr), sockets.server());
  const TestClient client(sockets.client());

  ASSERT_TRUE(client.shake_hands(channel));
  EXPECT_EQ(client.shown(), "old.example.org");
}

}  // namespace
}  // namespace sallyport::transport::tls
