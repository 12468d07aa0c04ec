#include "transport/http1/connection.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "transport/server_under_test.h"

namespace sallyport::transport::http1 {
namespace {

using namespace std::chrono_literals;
using Content = RawClient::Content;

std::string get(std::string_view target, std::string_view more = "") {
  return "GET " + std::string(target) + " HTTP/1.1\r\nHost: a\r\n" + std::string(more) + "\r\n";
}

std::string post(std::string_view target, std::string_view body, std::string_view more = "") {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nContent-Length: " + std::to_string(body.size()) +
         "\r\n" + std::string(more) + "\r\n" + std::string(body);
}

std::string chunked(std::string_view target, std::string_view coded) {
  return "POST " + std::string(target) + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
         std::string(coded);
}

std::string chunk(std::string_view piece) {
  std::array<char, 20> size;
  const auto end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), 16).ptr;
  return std::string(size.data(), end) + "\r\n" + std::string(piece) + "\r\n";
}

std::string pattern(std::size_t size) {
  std::string text(size, ' ');
  for (std::size_t i = 0; i < size; ++i) text[i] = static_cast<char>('a' + i * 7 % 26);
  return text;
}

class Http1Connection : public testing::Test {
 protected:
  void start() { test_.start(); }
  static constexpr auto tick = ServerUnderTest::tick;
  ServerUnderTest test_;
};

// --- requests ---

TEST_F(Http1Connection, KeepsItselfForTheNextRequest) {
  start();
  auto client = test_.connect();

  for (int i = 0; i < 3; ++i) {
    const auto answer = client.ask(get("/users/" + std::to_string(i)));
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, std::to_string(i));
    EXPECT_EQ(answer.field("connection"), "");
    EXPECT_EQ(answer.field("date"), "Thu, 01 Jan 2026 00:00:00 GMT");
    EXPECT_EQ(answer.field("content-type"), "application/json");
    EXPECT_EQ(answer.field("cache-control"), "no-store");
  }
}

TEST_F(Http1Connection, AnswersPipelinedRequestsInTheirOrder) {
  start();
  auto client = test_.connect();
  std::string requests;
  for (int i = 0; i < 10; ++i) requests += get("/users/" + std::to_string(i));

  client.send(requests);

  for (int i = 0; i < 10; ++i) EXPECT_EQ(client.answer().body, std::to_string(i));
}

TEST_F(Http1Connection, AnswersMorePipelinedRequestsThanATurnTakes) {
  start();
  auto client = test_.connect();
  std::string requests;
  for (int i = 0; i < 500; ++i) requests += get("/users/" + std::to_string(i));

  client.send(requests);

  for (int i = 0; i < 500; ++i) ASSERT_EQ(client.answer().body, std::to_string(i));
}

TEST_F(Http1Connection, DoesNotCareWhereTheBytesAreSplit) {
  start();
  const auto requests = get("/ping") + post("/echo", "hello") + chunked("/echo", "3\r\nabc\r\n0\r\nX: y\r\n\r\n") +
                        "\r\n" + get("/users/9");
  for (std::size_t at = 1; at < requests.size(); ++at) {
    SCOPED_TRACE(at);
    auto client = test_.connect();
    client.send(std::string_view(requests).substr(0, at));
    test_.settle();
    client.send(std::string_view(requests).substr(at));

    ASSERT_EQ(client.answer().body, "pong");
    ASSERT_EQ(client.answer().body, "hello");
    ASSERT_EQ(client.answer().body, "abc");
    ASSERT_EQ(client.answer().body, "9");
  }
}

TEST_F(Http1Connection, TakesSingleBytes) {
  start();
  auto client = test_.connect();

  for (const char byte : post("/echo", "hello") + chunked("/echo", "3\r\nabc\r\n0\r\n\r\n")) {
    client.send({&byte, 1});
    test_.settle();
  }

  EXPECT_EQ(client.answer().body, "hello");
  EXPECT_EQ(client.answer().body, "abc");
}

TEST_F(Http1Connection, ReadsBodiesLargerThanItsBuffer) {
  test_.body_limit = 1024 * 1024;
  start();
  auto client = test_.connect();
  const auto body = pattern(300'000);
  std::string coded;
  for (std::size_t at = 0; at < body.size(); at += 7'000) coded += chunk(std::string_view(body).substr(at, 7'000));

  client.send(post("/echo", body) + chunked("/echo", coded + "0\r\nTrailer: dropped\r\n\r\n") + get("/ping"));

  EXPECT_EQ(client.answer().body, body);
  EXPECT_EQ(client.answer().body, body);
  EXPECT_EQ(client.answer().body, "pong");
}

TEST_F(Http1Connection, TheHeadStaysReadableWhileTheBodyArrives) {
  test_.body_limit = 1024 * 1024;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps it until the end
  test_.post("/witness/{id}", [this](Exchange& exchange, const Parameters&) -> ServerUnderTest::Answering {
    const auto mark = exchange.header("X-Mark");
    const auto path = exchange.path();
    auto body = co_await exchange.read_body(test_.body_limit);
    co_return Response::json(200, std::string(path) + ' ' + std::string(mark.value_or("none")) + ' ' +
                                      std::string(exchange.authority()) + ' ' +
                                      std::to_string(body ? body->size() : 0));
  });
  start();
  for (const std::size_t head_size : {std::size_t{200}, std::size_t{3'300}, std::size_t{4'096}, std::size_t{9'000}}) {
    for (const std::size_t size : {std::size_t{5}, std::size_t{4'000}, std::size_t{100'000}}) {
      SCOPED_TRACE(std::to_string(head_size) + " and " + std::to_string(size));
      const auto body = pattern(size);
      const auto bare = post("/witness/1", body, "X-Mark: kept\r\nX-Padding: \r\n");
      const auto padding = std::string(head_size - (bare.size() - body.size()), 'p');
      const auto request = post("/witness/1", body, "X-Mark: kept\r\nX-Padding: " + padding + "\r\n");
      auto client = test_.connect();

      client.send(request.substr(0, head_size));
      test_.settle();
      const auto answer = client.ask(request.substr(head_size) + get("/ping"));

      EXPECT_EQ(answer.body, "/witness/1 kept a " + std::to_string(size));
      EXPECT_EQ(client.answer().body, "pong");
    }
  }
}

TEST_F(Http1Connection, RefusesABodyOverTheLimitBeforeItIsRead) {
  test_.body_limit = 1000;
  start();
  auto announced = test_.connect();
  auto in_chunks = test_.connect();

  const auto by_length = announced.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n");
  const auto by_chunk = in_chunks.ask(chunked("/echo", chunk(pattern(600)) + "191\r\n"));

  EXPECT_EQ(by_length.status, 413);
  EXPECT_EQ(by_length.field("connection"), "close");
  EXPECT_EQ(by_length.field("content-type"), "application/problem+json");
  EXPECT_NE(by_length.body.find("body_too_large"), std::string::npos);
  EXPECT_EQ(by_chunk.status, 413);
  EXPECT_TRUE(announced.is_ended());
  EXPECT_TRUE(in_chunks.is_ended());
}

TEST_F(Http1Connection, ARefusalReachesAClientThatSendsItsWholeBodyFirst) {
  start();
  const auto request = post("/echo", pattern(2 * 1024 * 1024));
  for (int i = 0; i < 20; ++i) {
    auto client = test_.connect();
    EXPECT_TRUE(client.send(request));
    EXPECT_EQ(client.answer().status, 413);
    EXPECT_TRUE(client.is_ended());
  }
}

TEST_F(Http1Connection, ADecoderThatRefusedIsNotAskedAgain) {
  test_.post("/twice", [](Exchange& exchange, const Parameters&) -> ServerUnderTest::Answering {
    auto first = co_await exchange.read_body(4);
    auto second = co_await exchange.read_body(4'000);
    co_return Response::json(200, first || second ? "read" : "refused");
  });
  start();
  auto client = test_.connect();

  client.send(chunked("/twice", "5\r\n0\r\n\r\n\r\n" + get("/ping")));

  EXPECT_EQ(client.answer().body, "refused");
  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, AnswersBrokenFramingWith400AndCloses) {
  start();
  auto head = test_.connect();
  auto body = test_.connect();

  const auto no_host = head.ask("GET /ping HTTP/1.1\r\n\r\n");
  const auto bad_chunk = body.ask(chunked("/echo", "zz\r\n"));

  EXPECT_EQ(no_host.status, 400);
  EXPECT_EQ(no_host.field("connection"), "close");
  EXPECT_TRUE(head.is_ended());
  EXPECT_EQ(bad_chunk.status, 400);
  EXPECT_EQ(bad_chunk.field("connection"), "close");
  EXPECT_TRUE(body.is_ended());
}

TEST_F(Http1Connection, RefusesAHeadOverTheLimitWith431) {
  start();
  auto client = test_.connect();

  client.send("GET /ping HTTP/1.1\r\nHost: a\r\nX: " + std::string(64 * 1024, 'x'));

  EXPECT_EQ(client.answer().status, 431);
  EXPECT_TRUE(client.is_ended());
}

// --- Expect: 100-continue ---

TEST_F(Http1Connection, SaysContinueWhenTheHandlerAsksForTheBody) {
  start();
  auto client = test_.connect();

  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  const auto answer = client.ask("hello");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "hello");
  EXPECT_EQ(client.ask(get("/ping")).body, "pong");
}

TEST_F(Http1Connection, DoesNotSayContinueWhenTheBodyIsNotWanted) {
  start();
  auto client = test_.connect();

  const auto answer =
      client.ask("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, DoesNotSayContinueToABodyThatIsThereOrTooLarge) {
  start();
  auto sender = test_.connect();
  auto boaster = test_.connect();

  EXPECT_EQ(sender.ask(post("/echo", "hello", "Expect: 100-continue\r\n")).status, 200);
  EXPECT_EQ(
      boaster.ask("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999\r\nExpect: 100-continue\r\n\r\n").status,
      413);
}

// --- methods, versions ---

TEST_F(Http1Connection, HeadHasTheHeadersAndNoBody) {
  start();
  auto client = test_.connect();

  client.send("HEAD /ping HTTP/1.1\r\nHost: a\r\n\r\nHEAD /stream/3/20 HTTP/1.1\r\nHost: a\r\n\r\n" + get("/ping"));
  const auto head = client.answer(Content::none);
  const auto stream = client.answer(Content::none);

  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.field("content-length"), "4");
  EXPECT_EQ(stream.status, 200);
  EXPECT_EQ(stream.field("transfer-encoding"), "chunked");
  EXPECT_EQ(client.answer().body, "pong");
}

TEST_F(Http1Connection, HeadHasNoBodyEvenWhenTheServerGivesUpOnIt) {
  start();
  auto client = test_.connect();
  client.send("HEAD /later HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto work = test_.take_later();
  ASSERT_TRUE(work->take());

  test_.pass(15'000ms + tick);
  test_.pass(500ms + tick);

  EXPECT_EQ(client.answer(Content::none).status, 504);
  EXPECT_TRUE(client.is_ended()) << "no byte after the head";
  work->complete(42);
}

TEST_F(Http1Connection, TellsWhatAPathAllowsAndWhatIsNotThere) {
  start();
  auto client = test_.connect();

  const auto options = client.ask("OPTIONS /ping HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto wrong = client.ask(post("/ping", ""));
  const auto absent = client.ask(get("/absent"));

  EXPECT_EQ(options.status, 204);
  EXPECT_EQ(options.field("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(options.field("content-length"), "");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_EQ(wrong.field("allow"), "GET, HEAD, OPTIONS");
  EXPECT_EQ(absent.status, 404);
  EXPECT_EQ(absent.field("content-type"), "application/problem+json");
  EXPECT_NE(absent.body.find("\"code\":\"not_found\""), std::string::npos);
}

TEST_F(Http1Connection, ClosesAfterHttp10UnlessAskedToStay) {
  start();
  auto plain = test_.connect();
  auto staying = test_.connect();

  const auto once = plain.ask("GET /ping HTTP/1.0\r\n\r\n");
  const auto first = staying.ask("GET /ping HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto second = staying.ask("GET /ping HTTP/1.0\r\n\r\n");

  EXPECT_EQ(once.body, "pong");
  EXPECT_EQ(once.field("connection"), "close");
  EXPECT_TRUE(plain.is_ended());
  EXPECT_EQ(first.field("connection"), "keep-alive");
  EXPECT_EQ(second.body, "pong");
  EXPECT_TRUE(staying.is_ended());
}

TEST_F(Http1Connection, HonoursConnectionClose) {
  start();
  auto client = test_.connect();

  client.send(get("/ping", "Connection: close\r\n") + get("/ping"));

  EXPECT_EQ(client.answer().field("connection"), "close");
  EXPECT_TRUE(client.is_ended());
}

// --- streams ---

TEST_F(Http1Connection, StreamsInChunksAndGoesOn) {
  start();
  auto client = test_.connect();

  client.send(get("/stream/3/16") + get("/ping"));
  const auto stream = client.answer();

  EXPECT_EQ(stream.field("transfer-encoding"), "chunked");
  EXPECT_EQ(stream.field("content-length"), "");
  EXPECT_TRUE(stream.is_whole);
  EXPECT_EQ(stream.body, "head;" + ServerUnderTest::numbered(0, 16) + ServerUnderTest::numbered(1, 16) +
                             ServerUnderTest::numbered(2, 16));
  EXPECT_EQ(client.answer().body, "pong");
}

TEST_F(Http1Connection, AStreamWaitsForASlowReaderAndLosesNothing) {
  constexpr std::size_t pieces = 3'000, size = 10'000;
  start();
  auto client = test_.connect(4'096);

  client.send(get("/stream/3000/10000"));
  test_.settle();
  test_.settle();
  const auto written = test_.pieces_written.load();
  EXPECT_GT(written, 0U);
  EXPECT_LT(written, pieces / 2);  // what the kernel holds, and 64 KiB
  const auto stream = client.answer();

  EXPECT_TRUE(stream.is_whole);
  std::string whole = "head;";
  for (std::size_t i = 0; i < pieces; ++i) whole += ServerUnderTest::numbered(i, size);
  EXPECT_TRUE(stream.body == whole);
  EXPECT_EQ(test_.pieces_written, pieces);
}

TEST_F(Http1Connection, AnHttp10StreamEndsWithTheConnection) {
  start();
  auto client = test_.connect();

  const auto stream = client.ask("GET /stream/2/16 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");

  EXPECT_EQ(stream.field("transfer-encoding"), "");
  EXPECT_EQ(stream.field("connection"), "close");
  EXPECT_EQ(stream.body, "head;" + ServerUnderTest::numbered(0, 16) + ServerUnderTest::numbered(1, 16));
}

TEST_F(Http1Connection, AStreamThatFailsHalfWayDoesNotLookWhole) {
  start();
  auto client = test_.connect();

  const auto stream = client.ask(get("/broken-stream"));

  EXPECT_EQ(stream.status, 200);
  EXPECT_FALSE(stream.is_whole);
  EXPECT_EQ(client.rest(), "");
  EXPECT_EQ(test_.connect().ask(get("/ping")).body, "pong");
}

TEST_F(Http1Connection, AStreamEndsWhenItsReaderGoes) {
  start();
  auto client = test_.connect(4'096);
  client.send(get("/stream/100000/10000"));
  test_.settle();

  client.close();

  EXPECT_TRUE(eventually([&] { return test_.interruption.load() == core::Fault::cancelled; }));
}

// --- handlers ---

TEST_F(Http1Connection, AHandlerThatThrowsIs500AndTheServerGoesOn) {
  start();
  auto client = test_.connect();

  const auto answer = client.ask(get("/throw"));

  EXPECT_EQ(answer.status, 500);
  EXPECT_NE(answer.body.find("internal_error"), std::string::npos);
  EXPECT_EQ(answer.body.find("a bug"), std::string::npos);
  EXPECT_EQ(client.ask(get("/ping")).body, "pong");
}

TEST_F(Http1Connection, AHandlerMayAnswerLaterFromAnotherThread) {
  start();
  auto client = test_.connect();

  client.send(get("/later") + get("/ping"));
  const auto work = test_.take_later();
  std::thread([&] {
    ASSERT_TRUE(work->take());
    work->complete(42);
  }).join();

  EXPECT_EQ(client.answer().body, "42");
  EXPECT_EQ(client.answer().body, "pong");
}

TEST_F(Http1Connection, AnEarlyAnswerToABodyThatIsStillComingCloses) {
  start();
  auto client = test_.connect();

  const auto answer = client.ask("POST /unread HTTP/1.1\r\nHost: a\r\nContent-Length: 100000\r\n\r\nfirst");
  client.send(pattern(50'000));

  EXPECT_EQ(answer.body, "unread");
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_TRUE(client.is_ended());
  EXPECT_EQ(test_.connect().ask(get("/ping")).body, "pong");
}

TEST_F(Http1Connection, AnUnreadBodyIsNeverTakenForARequest) {
  start();
  const auto smuggled = get("/users/smuggled");
  auto by_length = test_.connect();
  auto by_chunks = test_.connect();

  by_length.send(post("/unread", smuggled, "Connection: keep-alive\r\n") + get("/ping"));
  by_chunks.send(chunked("/unread", chunk(smuggled) + "0\r\n\r\n") + get("/ping"));

  EXPECT_EQ(by_length.answer().body, "unread");
  EXPECT_EQ(by_length.answer().body, "pong");
  EXPECT_FALSE(by_length.has_input());
  EXPECT_EQ(by_chunks.answer().body, "unread");
  EXPECT_TRUE(by_chunks.is_ended());
}

TEST_F(Http1Connection, IdleConnectionsShareOneExchange) {
  start();
  std::vector<RawClient> clients;
  std::string exchange;
  for (int i = 0; i < 50; ++i) {
    auto& client = clients.emplace_back(test_.connect());
    const auto used = client.ask(get("/exchange")).body;
    if (exchange.empty()) exchange = used;
    ASSERT_EQ(used, exchange);
  }
}

// --- deadlines ---

TEST_F(Http1Connection, AHeadMustEndInItsTimeHoweverItDrips) {
  start();
  auto client = test_.connect();
  client.send("GET /ping HTTP/1.1\r\nHost: a\r\n");

  for (int i = 0; i < 9; ++i) {
    test_.pass(1'000ms);
    client.send("X: y\r\n");
  }
  test_.settle();
  EXPECT_FALSE(client.has_input());
  test_.pass(1'000ms + tick);

  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, TheNextHeadHasItsTimeFromItsFirstByte) {
  start();
  auto client = test_.connect();
  client.ask(get("/ping"));
  test_.pass(50'000ms);
  client.send("G");
  test_.pass(10'000ms - tick);
  EXPECT_FALSE(client.has_input());
  test_.pass(2 * tick);

  EXPECT_EQ(client.answer().status, 408);
}

TEST_F(Http1Connection, AClientThatNeverSaysAnythingIsClosedSilently) {
  start();
  auto client = test_.connect();

  test_.pass(10'000ms + tick);

  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, AnIdleConnectionIsClosedSilently) {
  start();
  auto client = test_.connect();
  client.ask(get("/ping"));
  test_.pass(60'000ms - tick);
  EXPECT_FALSE(client.has_input());

  test_.pass(2 * tick);

  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, IsIdleAlsoAfterARequestThatFilledItsBufferExactly) {
  start();
  auto client = test_.connect();
  const auto bare = get("/ping", "X: \r\n");

  client.ask(get("/ping", "X: " + std::string(4'096 - bare.size(), 'x') + "\r\n"));
  test_.pass(30'000ms);
  EXPECT_FALSE(client.has_input());
  test_.pass(30'000ms + tick);

  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, ABodyMustEndInItsTimeHoweverItDrips) {
  start();
  auto client = test_.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n");

  for (int i = 0; i < 9; ++i) {
    test_.pass(1'000ms);
    client.send("x");
  }
  test_.settle();
  EXPECT_FALSE(client.has_input());
  test_.pass(1'000ms + tick);

  EXPECT_EQ(client.answer().status, 408);
  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, AHandlerThatWaitsTooLongIsInterruptedAndAnswers504) {
  start();
  auto client = test_.connect();
  client.send(get("/sleep"));
  test_.pass(15'000ms - tick);
  EXPECT_FALSE(client.has_input());

  test_.pass(2 * tick);
  const auto answer = client.answer();

  EXPECT_EQ(answer.status, 504);
  EXPECT_NE(answer.body.find("deadline_exceeded"), std::string::npos);
  EXPECT_EQ(test_.interruption.load(), core::Fault::deadline_exceeded);
  EXPECT_EQ(client.ask(get("/ping")).body, "pong");
}

TEST_F(Http1Connection, AHandlerDeafToItsInterruptionIsAnsweredForAndCountedOnce) {
  start();
  auto client = test_.connect();
  client.send(get("/later"));
  const auto work = test_.take_later();
  ASSERT_TRUE(work->take());
  test_.pass(15'000ms + tick);
  EXPECT_FALSE(client.has_input());

  test_.pass(500ms + tick);
  const auto answer = client.answer();
  client.close();
  test_.settle();
  work->complete(42);
  test_.settle();

  EXPECT_EQ(answer.status, 504);
  EXPECT_EQ(answer.field("connection"), "close");
  const std::lock_guard lock(test_.after_mutex);
  EXPECT_EQ(std::ranges::count(test_.afters, 504), 1);
  EXPECT_EQ(std::ranges::count(test_.afters, 200), std::ssize(test_.afters) - 1);
  EXPECT_EQ(std::ssize(test_.afters), 7);  // the six probes of `pass` and `settle`, and this one
}

TEST_F(Http1Connection, AHandlerThatGaveUpOnABodyStillHasItsOwnTime) {
  test_.body_limit = 4;
  // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps it until the end
  test_.post("/slow-refusal", [this](Exchange& exchange, const Parameters&) -> ServerUnderTest::Answering {
    auto body = co_await exchange.read_body(4);
    auto slept = co_await core::SleepUntil(test_.clock.moment() + 1h);
    test_.interruption = slept ? std::nullopt : std::optional(slept.error().fault);
    co_return core::Result<Response>(core::fail(std::move(body)));
  });
  start();
  auto client = test_.connect();
  client.send(chunked("/slow-refusal", "5\r\n"));

  test_.pass(10'000ms + tick);
  EXPECT_FALSE(client.has_input());
  test_.pass(5'000ms);

  EXPECT_EQ(client.answer().status, 413);
  EXPECT_EQ(test_.interruption.load(), core::Fault::deadline_exceeded);
}

TEST_F(Http1Connection, AClientThatDoesNotTakeItsAnswerIsClosed) {
  test_.get("/large", [](Exchange&, const Parameters&) -> ServerUnderTest::Answering {
    co_return Response::json(200, std::string(32 * 1024 * 1024, 'x'));
  });
  start();
  auto client = test_.connect(4'096);
  client.send(get("/large"));

  for (int i = 0; i < 14; ++i) {
    test_.pass(1'000ms);
    client.send("G");  // sending more does not buy time
  }
  test_.settle();
  const auto& open = test_.server.workers()[0]->counters().connections;
  EXPECT_TRUE(eventually([&] { return open == 1; }));
  test_.pass(1'000ms + tick);
  EXPECT_TRUE(eventually([&] { return open == 0; }));

  EXPECT_FALSE(client.answer().is_whole);
}

TEST_F(Http1Connection, AClientThatTakesItsAnswerSlowlyGetsAllOfIt) {
  const auto body = pattern(24 * 1024 * 1024);
  test_.get("/large",
            // NOLINTNEXTLINE(cppcoreguidelines-avoid-capturing-lambda-coroutines): the router keeps it until the end
            [&](Exchange&, const Parameters&) -> ServerUnderTest::Answering { co_return Response::json(200, body); });
  start();
  auto client = test_.connect(4'096);

  client.send(get("/large") + get("/ping"));
  test_.pass(10'000ms);

  EXPECT_TRUE(client.answer().body == body);
  EXPECT_EQ(client.answer().body, "pong");
}

// --- clients that leave ---

TEST_F(Http1Connection, AHandlerHearsThatItsClientHasGone) {
  start();
  auto client = test_.connect();
  client.send(get("/sleep"));
  test_.settle();

  client.close();

  EXPECT_TRUE(eventually([&] { return test_.interruption.load() == core::Fault::cancelled; }));
}

TEST_F(Http1Connection, AHandlerThatReadsABodyHearsThatItsClientHasGone) {
  start();
  auto client = test_.connect();
  client.send("POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nsome");
  test_.settle();

  client.close();

  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(test_.after_mutex);
    return std::ranges::count(test_.afters, 499) == 1;
  }));
}

TEST_F(Http1Connection, AClientThatHalfClosesAfterItsLastRequestGetsItsAnswer) {
  start();
  auto client = test_.connect();
  client.send(get("/later", "Connection: close\r\n"));
  const auto work = test_.take_later();

  client.half_close();
  test_.settle();
  ASSERT_TRUE(work->take());
  work->complete(42);

  EXPECT_EQ(client.answer().body, "42");
  EXPECT_TRUE(client.is_ended());
}

TEST_F(Http1Connection, ALateAnswerToAClientThatHasGoneGoesNowhere) {
  start();
  auto client = test_.connect();
  client.send(get("/later"));
  const auto work = test_.take_later();
  ASSERT_TRUE(work->take());

  client.close();
  test_.settle();
  std::thread([&] { work->complete(42); }).join();
  test_.settle();

  EXPECT_TRUE(eventually([&] { return test_.server.workers()[0]->counters().connections == 0; }));
}

}  // namespace
}  // namespace sallyport::transport::http1
