#include "transport/tls/channel.h"

#include <gtest/gtest.h>
#include <openssl/err.h>

#include "adapters/system/temporary_folder_for_test.h"
#include "core/fake_clock.h"
#include "core/fake_random.h"
#include "transport/tls/certificate_for_test.h"
#include "transport/tls/handshake_for_test.h"

namespace sallyport::transport::tls {
namespace {

using Status = Channel::Status;

struct ChannelTest : testing::Test {
  system_adapter::TemporaryFolder folder;
  core::FakeClock clock;
  core::FakeRandom random;
  TicketKeys tickets{clock, random};
  SocketPair sockets;
  std::shared_ptr<const Context> context =
      Context::create({Certificate::read(MadeCertificate::make().write(folder.path(), "a")).value()}, Version::tls_1_2,
                      tickets)
          .value();
  Channel channel{context, sockets.server()};

  std::string received() {
    std::array<char, 20'000> buffer;
    const auto moved = channel.receive(buffer);
    EXPECT_EQ(moved.status, Status::would_block);
    return {buffer.data(), moved.bytes};
  }
};

TEST_F(ChannelTest, CarriesBytesBothWays) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));

  client.write("a question");
  EXPECT_EQ(received(), "a question");
  const auto sent = channel.transmit("an answer");
  EXPECT_EQ(sent.bytes, 9U);
  EXPECT_EQ(sent.status, Status::done);
  EXPECT_EQ(client.read(), "an answer");
}

TEST_F(ChannelTest, TakesSeveralRecordsAtATimeAndSaysWhetherThatWasAll) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));
  client.write("one");
  client.write("two");

  std::array<char, 4> room;
  const auto first = channel.receive(room);
  EXPECT_EQ(std::string_view(room.data(), first.bytes), "onet");
  EXPECT_EQ(first.status, Status::done);
  EXPECT_EQ(received(), "wo");
  EXPECT_EQ(received(), "");
}

TEST_F(ChannelTest, TakesWhatCameBeforeTheEndFirst) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));
  client.write("last words");
  SSL_shutdown(client.ssl());

  std::array<char, 20> room;
  const auto first = channel.receive(room);
  EXPECT_EQ(std::string_view(room.data(), first.bytes), "last words");
  EXPECT_EQ(first.status, Status::done);
  EXPECT_EQ(channel.receive(room).status, Status::end);
}

TEST_F(ChannelTest, WaitsForTheRestOfARecord) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));
  const SocketPair wire;
  SSL_set_fd(client.ssl(), wire.client());
  client.write("in two parts");
  std::array<char, 200> record;
  const auto size = ::recv(wire.server(), record.data(), record.size(), 0);
  ASSERT_GT(size, 20);

  ASSERT_EQ(::send(sockets.client(), record.data(), 20, 0), 20);
  EXPECT_EQ(received(), "");
  ASSERT_EQ(::send(sockets.client(), record.data() + 20, static_cast<std::size_t>(size) - 20, 0), size - 20);
  EXPECT_EQ(received(), "in two parts");
}

TEST_F(ChannelTest, TakesWhatTheSocketTakesAndGoesOnWithTheRest) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));
  std::string answer(4 * 1024 * 1024, 'x');
  for (std::size_t i = 0; i < answer.size(); ++i) answer[i] = static_cast<char>('a' + i % 23);

  std::string heard;
  std::size_t sent = 0;
  int waits = 0;
  while (heard.size() < answer.size()) {
    const auto moved = channel.transmit(std::string(std::string_view(answer).substr(sent)));  // from another place
    sent += moved.bytes;
    ASSERT_NE(moved.status, Status::failed);
    waits += moved.status == Status::would_block ? 1 : 0;
    for (auto piece = client.read(); !piece.empty(); piece = client.read()) heard += piece;
    ERR_clear_error();
  }
  EXPECT_EQ(sent, answer.size());
  EXPECT_GT(waits, 2);
  EXPECT_TRUE(heard == answer);
}

TEST_F(ChannelTest, TellsTheEndAndHearsIt) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));

  SSL_shutdown(client.ssl());
  std::array<char, 10> buffer;
  EXPECT_EQ(channel.receive(buffer).status, Status::end);
  EXPECT_EQ(channel.transmit("still an answer").status, Status::done);
  channel.close_notify();
  channel.close_notify();
  EXPECT_EQ(client.read(), "still an answer");
  EXPECT_EQ(client.read(), "");
  EXPECT_EQ(SSL_get_shutdown(client.ssl()) & SSL_RECEIVED_SHUTDOWN, SSL_RECEIVED_SHUTDOWN);
}

TEST_F(ChannelTest, TakesAClosedSocketForTheEnd) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));
  ::shutdown(sockets.client(), SHUT_WR);
  std::array<char, 10> buffer;
  EXPECT_EQ(channel.receive(buffer).status, Status::end);
}

TEST_F(ChannelTest, SurvivesAClientThatHasGone) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));
  ::shutdown(sockets.client(), SHUT_RDWR);

  EXPECT_EQ(channel.transmit("nobody hears it").status, Status::failed);  // and no SIGPIPE
  EXPECT_EQ(channel.transmit("nor this").status, Status::failed);
  channel.close_notify();
}

TEST_F(ChannelTest, EndsAHandshakeThatIsNone) {
  ASSERT_EQ(::send(sockets.client(), "\x16\x03\x01\x00\x05hello", 10, 0), 10);
  EXPECT_EQ(channel.handshake(), Status::failed);
  EXPECT_FALSE(channel.failure().empty());
  EXPECT_EQ(channel.handshake(), Status::failed);
  std::array<char, 7> alert;
  EXPECT_EQ(::recv(sockets.client(), alert.data(), alert.size(), 0), 7);
  EXPECT_EQ(alert[0], 21);  // RFC 8446 §5.1: an alert
}

TEST_F(ChannelTest, WaitsForAHandshakeThatDripsAndFailsWhenItBreaksOff) {
  EXPECT_EQ(channel.handshake(), Status::would_block);
  ASSERT_EQ(::send(sockets.client(), "\x16\x03", 2, 0), 2);
  EXPECT_EQ(channel.handshake(), Status::would_block);
  ::shutdown(sockets.client(), SHUT_WR);
  EXPECT_EQ(channel.handshake(), Status::failed);
  EXPECT_EQ(channel.failure(), "the client has gone");
}

// RFC 8446 §4.6.3: each renewal asked for costs us an answer.
TEST_F(ChannelTest, GivesUpOnAClientThatRenewsKeysAgainAndAgain) {
  const TestClient client(sockets.client());
  ASSERT_TRUE(client.shake_hands(channel));
  const auto renew = [&] {
    SSL_key_update(client.ssl(), SSL_KEY_UPDATE_REQUESTED);
    client.write("x");
    std::array<char, 10> buffer;
    const auto status = channel.receive(buffer).status;
    (void)client.read();
    ERR_clear_error();
    return status;
  };
  for (int i = 0; i <= 100; ++i) ASSERT_EQ(renew(), Status::would_block) << i;

  EXPECT_EQ(renew(), Status::failed);
  EXPECT_EQ(channel.failure(), "the client renews keys again and again");
}

TEST_F(ChannelTest, DoesNotRenegotiate) {
  const TestClient client(sockets.client(), [](SSL_CTX* own) { SSL_CTX_set_max_proto_version(own, TLS1_2_VERSION); });
  ASSERT_TRUE(client.shake_hands(channel));
  SSL_renegotiate(client.ssl());
  (void)SSL_do_handshake(client.ssl());
  ERR_clear_error();
  EXPECT_EQ(received(), "");
  EXPECT_EQ(SSL_do_handshake(client.ssl()), -1);
  EXPECT_EQ(ERR_GET_REASON(ERR_peek_last_error()), SSL_R_NO_RENEGOTIATION);
  ERR_clear_error();
}

}  // namespace
}  // namespace sallyport::transport::tls
