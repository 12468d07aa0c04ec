#include "transport/http2/connection.h"

#include <thread>

#include "transport/http2/client_for_test.h"
#include "transport/server_under_test.h"

namespace sallyport::transport::http2 {
namespace {

using std::chrono::milliseconds;
using Body = Http2Client::Body;

constexpr std::string_view preface = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

class Http2Connection : public testing::Test {
 protected:
  Http2Connection() { test.start(); }
  explicit Http2Connection(const Limits& limits) : test(limits) { test.start(); }
  Http2Client client(int receive_buffer = 0, std::uint32_t window = 65'535) {
    return Http2Client(test.server.endpoint().port, receive_buffer, window);
  }
  /// A raw client that has said the preface and an empty SETTINGS.
  RawClient greeted() {
    auto raw = test.connect();
    raw.send(preface);
    raw.send(Http2Client::frame(NGHTTP2_SETTINGS, 0, 0, ""));
    return raw;
  }
  /// The error code of the last GOAWAY in what a server sent until it closed; nothing if there is none.
  static std::optional<std::uint32_t> goaway_in(std::string_view bytes) {
    std::optional<std::uint32_t> error;
    while (bytes.size() >= 9) {
      const auto at = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(bytes[i])}; };
      const std::size_t size = at(0) << 16 | at(1) << 8 | at(2);
      if (at(3) == NGHTTP2_GOAWAY && bytes.size() >= 17) error = at(13) << 24 | at(14) << 16 | at(15) << 8 | at(16);
      bytes.remove_prefix(std::min(bytes.size(), 9 + size));
    }
    return error;
  }
  ServerUnderTest test;
};

/// GET / of localhost in HPACK: three lines of the static table and a literal that is not indexed.
constexpr std::string_view get_slash("\x82\x84\x86\x01\x09localhost", 14);

TEST_F(Http2Connection, AnswersARequestAndTheNextOnTheSameConnection) {
  auto http2 = client();

  const auto pong = http2.ask("GET", "/ping");
  EXPECT_EQ(pong.status, 200);
  EXPECT_EQ(pong.body, "pong");
  EXPECT_EQ(pong.fields.at("content-length"), "4");
  EXPECT_EQ(pong.fields.at("content-type"), "application/json");
  EXPECT_EQ(pong.fields.at("x-content-type-options"), "nosniff");
  EXPECT_TRUE(pong.fields.contains("date"));
  EXPECT_EQ(http2.ask("GET", "/users/ann%20b").body, "ann b");
}

TEST_F(Http2Connection, AnswersManyStreamsAtOnceEachItsOwn) {
  auto http2 = client();
  std::vector<std::int32_t> streams;
  streams.reserve(100);
  for (int i = 0; i < 100; ++i) streams.push_back(http2.begin("GET", "/users/" + std::to_string(i)));

  for (int i = 0; i < 100; ++i) EXPECT_EQ(http2.answer(streams[static_cast<std::size_t>(i)]).body, std::to_string(i));
}

TEST_F(Http2Connection, SpeaksHttp1ToWhoeverBeginsSo) {
  EXPECT_EQ(test.connect().ask("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
  EXPECT_EQ(test.connect().ask("PRI /ping HTTP/1.1\r\nHost: a\r\n\r\n").status, 405) << "the same first three bytes";
}

TEST_F(Http2Connection, TheUpgradeHeaderIsIgnored) {
  auto raw = test.connect();
  const auto answer = raw.ask(
      "GET /ping HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
      "HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(raw.ask("GET /ping HTTP/1.1\r\nHost: a\r\n\r\n").status, 200);
}

TEST_F(Http2Connection, ThePrefaceMayComeByteByByte) {
  auto raw = test.connect();
  for (const char byte : preface) {
    raw.send({&byte, 1});
    test.settle();
  }
  raw.send(Http2Client::frame(NGHTTP2_SETTINGS, 0, 0, ""));
  raw.send(Http2Client::frame(NGHTTP2_PING, 0, 0, "8 bytes!"));
  raw.send(Http2Client::frame(NGHTTP2_GOAWAY, 0, 0, std::string(8, '\0')));

  EXPECT_NE(raw.rest().find("8 bytes!"), std::string::npos);
}

TEST_F(Http2Connection, ReadsABodyAndTellsItsLimit) {
  auto http2 = client();

  EXPECT_EQ(http2.post("/echo", "hello").body, "hello");
  test.body_limit = 1'000;
  EXPECT_EQ(http2.post("/echo", std::string(1'000, 'x')).status, 200);
  const auto announced = http2.post("/echo", std::string(1'001, 'x'), {{"content-length", "1001"}});
  EXPECT_EQ(announced.status, 413);
  EXPECT_EQ(http2.post("/echo", std::string(200'000, 'x')).status, 413) << "not announced, and more than a window";
  EXPECT_EQ(http2.post("/echo", "still there").body, "still there");
}

TEST_F(Http2Connection, ReadsABodyPieceByPiece) {
  auto http2 = client();

  const auto counted = http2.post("/pieces", std::string(1'000'000, 'x'));

  EXPECT_EQ(counted.status, 200);
  EXPECT_TRUE(counted.body.starts_with("1000000 ")) << counted.body;
}

TEST_F(Http2Connection, AClientMaySendNoMoreThanAWindowAheadOfTheReader) {
  auto http2 = client();
  const auto stream = http2.begin("POST", "/pieces/later", Body::open);
  http2.send_body(stream, std::string(1'000'000, 'x'));
  const auto later = test.take_later();
  ASSERT_TRUE(later->take());
  EXPECT_EQ(http2.ask("GET", "/ping").status, 200) << "another stream is not held up";

  later->complete(1);

  const auto counted = http2.answer(stream);
  ASSERT_TRUE(counted.body.starts_with("1000000 ")) << counted.body;
  EXPECT_LE(std::stoul(counted.body.substr(8)), 65'535U) << "what had been kept for the reader";
}

TEST_F(Http2Connection, SaysContinueWhenTheHandlerAsksForTheBody) {
  auto http2 = client();
  const auto stream = http2.begin("POST", "/echo", Body::open, {{"expect", "100-continue"}, {"content-length", "5"}});

  EXPECT_TRUE(http2.read_until([&] { return http2.so_far(stream).status == 100; }));
  http2.send_body(stream, "hello");
  EXPECT_EQ(http2.answer(stream).body, "hello");
}

TEST_F(Http2Connection, HeadHasTheHeadersAndNoBody) {
  const auto answer = client().ask("HEAD", "/ping");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.fields.at("content-length"), "4");
  EXPECT_EQ(answer.body, "");
  EXPECT_EQ(answer.error, 0U);
}

TEST_F(Http2Connection, SendsTrailersAfterAStreamAndAfterAWholeAnswer) {
  auto http2 = client();

  const auto streamed = http2.ask("GET", "/trailers");
  EXPECT_EQ(streamed.body, "first;second");
  EXPECT_EQ(streamed.trailers.at("checked"), "yes");
  const auto whole = http2.ask("GET", "/trailers/at-once");
  EXPECT_EQ(whole.body, "all");
  EXPECT_EQ(whole.trailers.at("checked"), "yes");
}

TEST_F(Http2Connection, AStreamWaitsForASlowReaderAndLosesNothing) {
  static constexpr std::size_t pieces = 500, size = 4'000;
  auto http2 = client();
  http2.take_slowly();
  const auto stream = http2.begin("GET", "/stream/" + std::to_string(pieces) + "/" + std::to_string(size));
  ASSERT_TRUE(http2.read_until([&] { return http2.so_far(stream).body.size() >= 60'000; }));
  test.settle();
  const auto written = test.pieces_written.load();
  EXPECT_LT(written, pieces / 4) << "the handler waits";

  http2.take_all();

  const auto answer = http2.answer(stream);
  EXPECT_EQ(answer.body.size(), 5 + pieces * size);
  EXPECT_TRUE(answer.body.ends_with(ServerUnderTest::numbered(pieces - 1, size)));
  EXPECT_EQ(answer.error, 0U);
}

TEST_F(Http2Connection, RequestsWaitWhileTheirClientTakesNoAnswers) {
  auto http2 = client(0, 0);
  std::vector<std::int32_t> streams;
  streams.reserve(20);
  for (int i = 0; i < 20; ++i) streams.push_back(http2.begin("GET", "/ample"));
  ASSERT_TRUE(http2.read_until([&] { return http2.so_far(streams[3]).status == 200; }));
  test.settle();
  EXPECT_EQ(test.pieces_written, 4U) << "a little more than a megabyte is held, and no more is made";

  for (const auto stream : streams) http2.reset(stream, NGHTTP2_CANCEL);

  EXPECT_EQ(http2.ask("HEAD", "/ample").status, 200) << "nothing is held any more";
}

TEST_F(Http2Connection, ARequestThatWaitedTooLongMayBeSentAgain) {
  auto http2 = client(0, 0);
  std::int32_t last = 0;
  for (int i = 0; i < 6; ++i) last = http2.begin("GET", "/ample");
  test.settle();

  test.pass(test.limits.request_time + ServerUnderTest::tick);

  EXPECT_EQ(http2.answer(last).error, NGHTTP2_REFUSED_STREAM);
}

TEST_F(Http2Connection, AStreamThatFailsHalfWayDoesNotLookWhole) {
  auto http2 = client();

  const auto broken = http2.ask("GET", "/broken-stream");
  EXPECT_EQ(broken.error, NGHTTP2_INTERNAL_ERROR);
  EXPECT_EQ(http2.ask("GET", "/ping").status, 200);
}

TEST_F(Http2Connection, AHandlerHearsThatItsStreamWasReset) {
  auto http2 = client();
  const auto stream = http2.begin("GET", "/sleep");
  ASSERT_TRUE(eventually([&] { return test.sleeping == 1; }));

  http2.reset(stream, NGHTTP2_CANCEL);

  EXPECT_TRUE(eventually([&] { return test.interruption.load() == core::Fault::cancelled; }));
  EXPECT_EQ(http2.ask("GET", "/ping").status, 200);
}

TEST_F(Http2Connection, AllHandlersHearThatTheirClientHasGone) {
  {
    auto http2 = client();
    http2.begin("GET", "/sleep");
    http2.begin("GET", "/sleep");
    ASSERT_TRUE(eventually([&] { return test.sleeping == 2; }));
  }

  EXPECT_TRUE(eventually([&] { return test.interruption.load() == core::Fault::cancelled; }));
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(test.after_mutex);
    return test.afters.size() == 2;
  }));
}

TEST_F(Http2Connection, AClientThatEndsWithItsRequestHasGone) {
  {
    auto raw = test.connect();
    std::string request(preface);
    request += Http2Client::frame(NGHTTP2_SETTINGS, 0, 0, "");
    request += Http2Client::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1,
                                  std::string_view("\x82\x86\x04\x06/sleep\x01\x09localhost", 21));
    raw.send(request);
    raw.half_close();
    EXPECT_TRUE(eventually([&] { return test.interruption.load() == core::Fault::cancelled; }));
  }
}

TEST_F(Http2Connection, AHandlerMayAnswerLaterFromAnotherThread) {
  auto http2 = client();
  const auto first = http2.begin("GET", "/later");
  const auto one = test.take_later();
  ASSERT_TRUE(one->take());
  const auto second = http2.begin("GET", "/later");
  const auto two = test.take_later();
  ASSERT_TRUE(two->take());

  two->complete(2);
  EXPECT_EQ(http2.answer(second).body, "2");
  one->complete(1);
  EXPECT_EQ(http2.answer(first).body, "1");
}

TEST_F(Http2Connection, AnEarlyAnswerToABodyThatIsStillComingArrives) {
  auto http2 = client();
  const auto stream = http2.begin("POST", "/unread", Body::open);
  ASSERT_TRUE(http2.read_until([&] { return http2.so_far(stream).body == "unread"; }));
  EXPECT_FALSE(http2.so_far(stream).is_closed) << "what else it sends is thrown away for a while";

  http2.send_body(stream, std::string(100'000, 'x'));

  EXPECT_EQ(http2.answer(stream).error, 0U);
  EXPECT_EQ(http2.ask("GET", "/ping").status, 200);
}

TEST_F(Http2Connection, AnAnsweredStreamWhoseBodyNeverEndsIsReset) {
  auto http2 = client();
  const auto stream = http2.begin("POST", "/unread", Body::open);
  ASSERT_TRUE(http2.read_until([&] { return http2.so_far(stream).body == "unread"; }));

  test.pass(test.limits.linger_time + ServerUnderTest::tick);

  const auto answer = http2.answer(stream);
  EXPECT_TRUE(answer.is_closed);
  EXPECT_EQ(answer.error, NGHTTP2_NO_ERROR);
}

// --- what is refused ---

TEST_F(Http2Connection, RefusesAHeadOverTheLimitWith431AndGoesOn) {
  auto http2 = client();

  EXPECT_EQ(http2.ask("GET", "/ping", {{"x-long", std::string(20'000, 'x')}}).status, 431);
  Http2Client::Fields many;
  for (int i = 0; i < 120; ++i) many.emplace_back("x-" + std::to_string(i), "y");
  EXPECT_EQ(http2.ask("GET", "/ping", many).status, 431);
  EXPECT_EQ(http2.ask("GET", "/ping").status, 200);
}

TEST_F(Http2Connection, RefusesRequestsThatMeanNothing) {
  auto http2 = client();
  const auto status = [&](const Http2Client::Fields& fields) {
    const auto answer = http2.answer(http2.begin_with(fields));
    return answer.status;
  };

  EXPECT_EQ(status({{":method", "GET"}, {":scheme", "http"}, {":path", "/ping"}}), 0) << "nobody's: reset";
  EXPECT_EQ(status({{":method", "GET"}, {":scheme", "http"}, {":path", "/ping"}, {"host", "a"}}), 200);
  EXPECT_EQ(status({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/ping"}, {"host", "b"}}),
            400)
      << "two hosts";
  EXPECT_EQ(status({{":method", "GET"}, {":scheme", "http"}, {":authority", "a,b"}, {":path", "/ping"}}), 400);
  EXPECT_EQ(status({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "/p#q"}}), 400);
  EXPECT_EQ(status({{":method", "GET"}, {":scheme", "http"}, {":authority", "a"}, {":path", "*"}}), 0);
  EXPECT_EQ(status({{":method", "CONNECT"}, {":authority", "a"}}), 501);
  EXPECT_EQ(http2.ask("GET", "/" + std::string(9'000, 'x')).status, 414);
  EXPECT_EQ(http2.ask("GET", "/nothing").status, 404);
  EXPECT_EQ(http2.ask("POST", "/ping").status, 405);
  EXPECT_EQ(http2.ask("GET", "/ping", {{"expect", "miracles"}}).status, 417);
}

TEST_F(Http2Connection, RefusesStreamsOverTheLimitAndServesTheOthers) {
  auto http2 = client();
  http2.ask("GET", "/ping");
  EXPECT_EQ(http2.max_streams(), 128U);
  auto raw = greeted();
  std::string many;
  for (std::uint32_t i = 0; i < 140; ++i)
    many += Http2Client::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2 * i + 1, get_slash);  // bodies never end
  raw.send(many);
  raw.send(Http2Client::frame(NGHTTP2_PING, 0, 0, "8 bytes!"));
  test.settle();
  raw.send(Http2Client::frame(NGHTTP2_GOAWAY, 0, 0, std::string(8, '\0')));
  test.pass(test.limits.linger_time + ServerUnderTest::tick);

  const auto answers = raw.rest();
  std::size_t refused = 0;
  for (auto at = answers.find(std::string_view("\0\0\0\7", 4)); at != std::string::npos;
       at = answers.find(std::string_view("\0\0\0\7", 4), at + 1))
    ++refused;
  EXPECT_GE(refused, 12U);
}

TEST_F(Http2Connection, AResetFloodEndsTheConnection) {
  auto raw = greeted();
  for (std::uint32_t i = 0; i < 1'200; ++i) {
    raw.send(Http2Client::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 2 * i + 1, get_slash) +
             Http2Client::frame(NGHTTP2_RST_STREAM, 0, 2 * i + 1, std::string_view("\0\0\0\x08", 4)));
  }

  EXPECT_TRUE(goaway_in(raw.rest()).has_value());
  EXPECT_EQ(client().ask("GET", "/ping").status, 200);
}

TEST_F(Http2Connection, AFloodOfFramesThatCarryNothingEndsTheConnection) {
  const std::string_view five("\0\0\0\0\x10", 5);
  const struct {
    const char* what;
    std::string frame;
  } floods[] = {
      {"ping", Http2Client::frame(NGHTTP2_PING, 0, 0, "8 bytes!")},
      {"settings", Http2Client::frame(NGHTTP2_SETTINGS, 0, 0, "")},
      {"priority", Http2Client::frame(NGHTTP2_PRIORITY, 0, 1, five)},
      {"empty data", Http2Client::frame(NGHTTP2_DATA, 0, 1, "")},
  };
  for (const auto& [what, frame] : floods) {
    SCOPED_TRACE(what);
    auto raw = greeted();
    raw.send(Http2Client::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS, 1, "\x83\x84\x86\x01\x09localhost"));
    const std::jthread reader([&] {
      for (int i = 0; i < 3'000 && raw.send(frame); ++i) {
      }
    });
    EXPECT_EQ(goaway_in(raw.rest()), NGHTTP2_ENHANCE_YOUR_CALM);
  }
  EXPECT_EQ(client().ask("GET", "/ping").status, 200);
}

TEST_F(Http2Connection, AFloodOfContinuationsEndsTheConnection) {
  auto raw = greeted();
  raw.send(Http2Client::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, get_slash));
  for (int i = 0; i < 64; ++i) raw.send(Http2Client::frame(NGHTTP2_CONTINUATION, 0, 1, ""));

  EXPECT_TRUE(goaway_in(raw.rest()).has_value());
}

TEST_F(Http2Connection, AnEndlessListOfSettingsEndsTheConnection) {
  auto raw = test.connect();
  std::string payload;
  for (int i = 0; i < 200; ++i) payload += std::string_view("\0\x03\0\0\0\x64", 6);
  raw.send(preface);
  raw.send(Http2Client::frame(NGHTTP2_SETTINGS, 0, 0, payload));

  EXPECT_EQ(goaway_in(raw.rest()), NGHTTP2_ENHANCE_YOUR_CALM);
}

TEST_F(Http2Connection, FramesThatBreakTheRulesEndTheConnectionWithTheReason) {
  auto raw = greeted();
  raw.send(Http2Client::frame(NGHTTP2_DATA, 0, 0, "of no stream"));

  EXPECT_EQ(goaway_in(raw.rest()), NGHTTP2_PROTOCOL_ERROR);
}

// --- time ---

TEST_F(Http2Connection, AHeadMustEndInItsTime) {
  auto raw = greeted();
  raw.send(Http2Client::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_STREAM, 1, get_slash));

  test.pass(test.limits.head_time + ServerUnderTest::tick);

  raw.rest();
  EXPECT_TRUE(raw.is_ended());
}

TEST_F(Http2Connection, AClientThatSaysThePrefaceAndNothingElseIsClosed) {
  auto raw = greeted();

  test.pass(test.limits.head_time + ServerUnderTest::tick);

  raw.rest();
  EXPECT_TRUE(raw.is_ended());
}

TEST_F(Http2Connection, AnIdleConnectionEndsWithAGoaway) {
  auto http2 = client();
  http2.ask("GET", "/ping");
  for (auto left = test.limits.idle_time; left > milliseconds{0}; left -= test.limits.head_time)
    test.pass(std::min(left, test.limits.head_time));
  test.pass(ServerUnderTest::tick);

  http2.read_to_the_end();
  ASSERT_EQ(http2.goaways().size(), 1U);
  EXPECT_EQ(http2.goaways()[0].error, NGHTTP2_NO_ERROR);
}

TEST_F(Http2Connection, ABodyMustEndInItsTimeHoweverItDrips) {
  auto http2 = client();
  const auto stream = http2.begin("POST", "/echo", Body::open);
  test.settle();

  test.pass(test.limits.body_time + ServerUnderTest::tick);

  ASSERT_TRUE(http2.read_until([&] { return http2.so_far(stream).status != 0; }));
  EXPECT_EQ(http2.so_far(stream).status, 408);
  EXPECT_TRUE(eventually([&] { return test.interruption.load() == core::Fault::cancelled; })) << "its handler ends";
}

TEST_F(Http2Connection, AHandlerThatWaitsTooLongIsInterruptedAndAnswers504) {
  auto http2 = client();
  const auto stream = http2.begin("GET", "/sleep");
  ASSERT_TRUE(eventually([&] { return test.sleeping == 1; }));

  test.pass(test.limits.request_time + ServerUnderTest::tick);

  EXPECT_EQ(http2.answer(stream).status, 504);
  EXPECT_EQ(test.interruption.load(), core::Fault::deadline_exceeded);
}

TEST_F(Http2Connection, AHandlerDeafToItsInterruptionIsAnsweredForAndCountedOnce) {
  auto http2 = client();
  const auto stream = http2.begin("GET", "/later");
  const auto later = test.take_later();
  ASSERT_TRUE(later->take());

  test.pass(test.limits.request_time + ServerUnderTest::tick);
  test.pass(test.limits.grace_time + ServerUnderTest::tick);

  EXPECT_EQ(http2.answer(stream).status, 504);
  later->complete(1);
  test.settle();
  const std::lock_guard lock(test.after_mutex);
  EXPECT_EQ(std::ranges::count(test.afters, 504), 1);
}

TEST_F(Http2Connection, ARequestMayHaveATimeOfItsOwn) {
  auto http2 = client();
  const auto stream = http2.begin("GET", "/sleep/100");
  ASSERT_TRUE(eventually([&] { return test.sleeping == 1; }));

  test.pass(milliseconds{100} + ServerUnderTest::tick);

  EXPECT_EQ(http2.answer(stream).status, 504);
}

TEST_F(Http2Connection, AStreamWithoutALimitLastsAsLongAsBothWantIt) {
  auto http2 = client();
  const auto stream = http2.begin("GET", "/endless");
  ASSERT_TRUE(http2.read_until([&] { return http2.so_far(stream).body == "begun"; }));

  for (int i = 0; i < 10; ++i) test.pass(test.limits.request_time);

  EXPECT_EQ(http2.ask("GET", "/ping").status, 200);
  EXPECT_FALSE(http2.so_far(stream).is_closed);
  http2.reset(stream, NGHTTP2_CANCEL);
}

TEST_F(Http2Connection, AStreamThatDoesNotTakeItsAnswerIsResetAndTheOthersGoOn) {
  auto http2 = client(0, 100);
  http2.take_slowly();
  const auto stream = http2.begin("GET", "/stream/2/1000");
  ASSERT_TRUE(http2.read_until([&] { return http2.so_far(stream).body.size() == 100; }));

  test.pass(test.limits.send_time + ServerUnderTest::tick);

  EXPECT_EQ(http2.answer(stream).error, NGHTTP2_CANCEL);
  EXPECT_EQ(http2.ask("GET", "/ping").status, 200);
}

// --- the end ---

TEST_F(Http2Connection, DrainsWithTwoGoawaysAndLetsRunningRequestsFinish) {
  auto http2 = client();
  const auto running = http2.begin("GET", "/later");
  const auto later = test.take_later();
  ASSERT_TRUE(later->take());
  std::jthread stopping([this] { test.server.stop(milliseconds{30'000}); });
  ASSERT_TRUE(http2.read_until([&] { return http2.goaways().size() == 2; }));
  EXPECT_EQ(http2.goaways()[0].last_stream, 0x7fffffff) << "a notice";
  EXPECT_EQ(http2.goaways()[1].last_stream, running);

  later->complete(7);

  EXPECT_EQ(http2.answer(running).body, "7");
  http2.read_to_the_end();
  EXPECT_TRUE(http2.is_ended());
  http2.close();
}

TEST_F(Http2Connection, ServesWhatItsClientBeganBeforeItHeardOfTheEnd) {
  auto raw = greeted();
  raw.send(Http2Client::frame(NGHTTP2_PING, 0, 0, "8 bytes!"));
  test.settle();
  std::jthread stopping([this] { test.server.stop(milliseconds{30'000}); });
  ASSERT_TRUE(eventually([&] { return !test.connect().is_connected(); })) << "it has begun to end";

  std::string path("\x82\x86\x04\x05/ping\x01\x09localhost", 20);
  raw.send(Http2Client::frame(NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, 1, path));
  std::jthread time([this](const std::stop_token& ended) {  // this client answers no ping
    while (!ended.stop_requested()) {
      test.clock.advance(ServerUnderTest::tick);
      std::this_thread::yield();
    }
  });

  EXPECT_NE(raw.rest().find("pong"), std::string::npos);
  raw.close();
}

class Http2OverTheCap : public Http2Connection {
 protected:
  Http2OverTheCap() : Http2Connection(Limits{.connections = 1}) {}
};

TEST_F(Http2OverTheCap, ARequestHears503) {
  auto first = client();
  first.ask("GET", "/ping");
  auto second = client();

  const auto refused = second.ask("GET", "/ping");

  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.fields.at("retry-after"), "1");
  second.read_to_the_end();
  EXPECT_EQ(second.goaways().size(), 1U);
  EXPECT_EQ(first.ask("GET", "/ping").status, 200);
}

}  // namespace
}  // namespace sallyport::transport::http2
