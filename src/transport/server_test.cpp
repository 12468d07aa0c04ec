#include "transport/server.h"

#include <gtest/gtest.h>

#include <latch>
#include <sstream>

#include "transport/server_under_test.h"

namespace sallyport::transport {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view ping = "GET /ping HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr std::string_view later = "GET /later HTTP/1.1\r\nHost: a\r\n\r\n";
constexpr auto tick = ServerUnderTest::tick;

TEST(Server, DoesNotShareAPortWithAnother) {
  ServerUnderTest first;
  first.start();
  core::FakeClock clock;
  Server second(clock, first.limits, first.pipeline, 1);

  const auto bound = second.bind(first.server.endpoint());

  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().fault, core::Fault::conflict);
  EXPECT_EQ(bound.error().code, "address_in_use");
}

TEST(Server, SaysWhyAnAddressIsNotItsOwn) {
  ServerUnderTest test;
  const auto bound = test.server.bind(*Endpoint::parse("192.0.2.1:0"));
  ASSERT_FALSE(bound);
  EXPECT_EQ(bound.error().code, "address_unavailable");
}

TEST(Server, AnswersOverTheCapWith503) {
  ServerUnderTest test({.connections = 2});
  test.start();
  auto first = test.connect();
  auto second = test.connect();
  first.ask(ping);
  second.ask(ping);
  auto third = test.connect();

  const auto refused = third.ask(ping);

  EXPECT_EQ(refused.status, 503);
  EXPECT_EQ(refused.field("retry-after"), "1");
  EXPECT_EQ(refused.field("connection"), "close");
  EXPECT_NE(refused.body.find("overloaded"), std::string::npos);
  EXPECT_TRUE(third.is_ended());
  EXPECT_EQ(first.ask(ping).status, 200);
  EXPECT_EQ(test.server.workers()[0]->counters().refused, 1U);
}

TEST(Server, FarOverTheCapItOnlyCloses) {
  ServerUnderTest test({.connections = 1});
  test.start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 17; ++i) clients.push_back(test.connect());
  auto last = test.connect();

  EXPECT_TRUE(last.is_ended());
  EXPECT_EQ(test.server.workers()[0]->counters().connections, 17);
  clients.clear();
  EXPECT_TRUE(eventually([&] { return test.server.workers()[0]->counters().connections == 0; }));
}

TEST(Server, StopsWithoutHavingStarted) {
  ServerUnderTest test;
  ASSERT_TRUE(test.server.bind(*Endpoint::parse("127.0.0.1:0")));
  test.server.stop(1s);
}

TEST(Server, ManyClientsOnTwoWorkers) {
  ServerUnderTest test({}, 2);
  test.start();
  std::vector<std::thread> threads;
  std::atomic<int> answered = 0;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      for (int connection = 0; connection < 10; ++connection) {
        auto client = test.connect();
        for (int request = 0; request < 10; ++request) {
          if (client.ask(ping).status == 200) ++answered;
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();

  EXPECT_EQ(answered, 800);
}

TEST(Server, HandsNewConnectionsToAMuchEmptierWorker) {
  ServerUnderTest test({}, 2);
  test.get("/thread", [](Exchange&, const Parameters&) -> ServerUnderTest::Answering {
    std::ostringstream text;
    text << std::this_thread::get_id();
    co_return Response::json(200, text.str());
  });
  test.start();
  constexpr std::string_view ask_thread = "GET /thread HTTP/1.1\r\nHost: a\r\n\r\n";
  std::map<std::string, std::vector<RawClient>> by_thread;
  const auto open = [&] {
    auto client = test.connect();
    const auto thread = client.ask(ask_thread).body;
    by_thread[thread].push_back(std::move(client));
    return thread;
  };
  std::string full;
  do full = open();
  while (by_thread[full].size() < 40);

  std::erase_if(by_thread, [&](const auto& entry) { return entry.first != full; });
  const auto& workers = test.server.workers();
  ASSERT_TRUE(
      eventually([&] { return workers[0]->counters().connections == 0 || workers[1]->counters().connections == 0; }));
  for (int i = 0; i < 15; ++i) EXPECT_NE(open(), full);
}

// --- the end of a server ---

TEST(ServerStop, ClosesIdleConnectionsAtOnce) {
  ServerUnderTest test({}, 2);
  test.start();
  std::vector<RawClient> clients;
  for (int i = 0; i < 10; ++i) clients.push_back(test.connect());
  for (auto& client : clients) EXPECT_EQ(client.ask(ping).status, 200);

  test.server.stop(1h);  // the clock stands still

  for (auto& client : clients) EXPECT_TRUE(client.is_ended());
}

TEST(ServerStop, LetsARunningRequestFinishAndTakesNoNewConnection) {
  ServerUnderTest test;
  test.start();
  auto busy = test.connect();
  busy.send(later);
  const auto work = test.take_later();

  std::thread stopping([&] { test.server.stop(1h); });
  EXPECT_TRUE(eventually([&] { return !test.connect().is_connected(); }));
  ASSERT_TRUE(work->take());
  work->complete(42);
  const auto answer = busy.answer();
  busy.close();
  stopping.join();

  EXPECT_EQ(answer.body, "42");
  EXPECT_EQ(answer.field("connection"), "close");
}

/// Holds the loop up until it is told.
class Obstacle final : public core::Posted {
 public:
  void run() override {
    is_reached_.count_down();
    may_go_.wait();
  }
  void wait_until_reached() { is_reached_.wait(); }
  void remove() { may_go_.count_down(); }

 private:
  std::latch is_reached_{1};
  std::latch may_go_{1};
};

TEST(ServerStop, ServesWhatHadArrivedBefore) {
  ServerUnderTest test;
  std::vector<std::unique_ptr<Worker>> workers;
  const ProxyRules no_proxies;
  const Protection unprotected{};
  workers.push_back(std::make_unique<Worker>(test.clock, test.limits, test.pipeline, no_proxies, unprotected, 100));
  auto& worker = *workers[0];
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  ASSERT_EQ(::listen(listener, 100), 0);  // binds it, too
  sockaddr_in bound{};
  socklen_t size = sizeof bound;
  getsockname(listener, reinterpret_cast<sockaddr*>(&bound), &size);
  worker.listen(listener, workers);
  std::thread running([&] { worker.loop().run(); });
  RawClient idle(ntohs(bound.sin_port));
  EXPECT_EQ(idle.ask(ping).status, 200);
  Obstacle first, second;
  std::latch still_accepting(1);
  worker.loop().post(first);
  first.wait_until_reached();
  worker.loop().post(second);  // one turn runs all three, with no look at the sockets in between
  worker.stop_accepting(still_accepting);
  worker.drain(1h);
  first.remove();
  second.wait_until_reached();

  idle.send(ping);
  std::vector<RawClient> backlog;
  for (int i = 0; i < 5; ++i) backlog.emplace_back(ntohs(bound.sin_port)).send(ping);
  second.remove();

  EXPECT_EQ(idle.answer().field("connection"), "close");
  for (auto& client : backlog) EXPECT_EQ(client.answer().field("connection"), "close");
  idle.close();
  backlog.clear();
  running.join();
}

TEST(ServerStop, GivesAClientThatHasJustConnectedALittleTime) {
  ServerUnderTest test;
  test.start();
  auto quick = test.connect();
  auto silent = test.connect();
  auto half = test.connect();
  half.send("GET /ping");
  test.settle();

  std::thread stopping([&] { test.server.stop(1h); });
  EXPECT_TRUE(eventually([&] { return !test.connect().is_connected(); }));
  const auto answer = quick.ask(ping);
  quick.close();
  while (!half.has_input()) {
    test.clock.advance(tick);
    std::this_thread::yield();
  }
  const auto timed_out = half.answer();
  half.close();
  stopping.join();

  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.field("connection"), "close");
  EXPECT_EQ(timed_out.status, 408);
  EXPECT_TRUE(silent.is_ended());
}

TEST(ServerStop, AStreamThatBeganBeforeEndsItsConnection) {
  ServerUnderTest test;
  test.start();
  auto client = test.connect(4'096);
  client.send("GET /stream/1500/10000 HTTP/1.1\r\nHost: a\r\n\r\n");
  test.settle();

  std::thread stopping([&] { test.server.stop(1h); });
  EXPECT_TRUE(eventually([&] { return !test.connect().is_connected(); }));
  const auto stream = client.answer();
  EXPECT_TRUE(stream.is_whole);
  EXPECT_TRUE(client.is_ended());
  client.close();
  stopping.join();
}

TEST(ServerStop, ClosesWhatIsLeftAfterTheGrace) {
  ServerUnderTest test({.request_time = 100h});
  test.start();
  auto client = test.connect();
  client.send(later);
  const auto work = test.take_later();
  ASSERT_TRUE(work->take());

  std::atomic<bool> has_stopped = false;
  std::thread stopping([&] {
    test.server.stop(5s);
    has_stopped = true;
  });
  EXPECT_TRUE(eventually([&] { return !test.connect().is_connected(); }));
  EXPECT_FALSE(has_stopped);
  while (!has_stopped) {
    test.clock.advance(tick);
    std::this_thread::yield();
  }
  stopping.join();
  work->complete(42);
  test.server.run_leftovers();

  EXPECT_EQ(client.rest(), "");
}

TEST(ServerStop, LosesNoConnectionOnItsWayToAnotherWorker) {
  for (int i = 0; i < 10; ++i) {
    ServerUnderTest test({}, 2);
    test.start();
    std::vector<RawClient> clients;
    std::thread stopping;
    for (int n = 0; n < 60; ++n) {
      auto client = test.connect();
      if (!client.is_connected()) break;
      clients.push_back(std::move(client));
      if (n == 40) stopping = std::thread([&] { test.server.stop(1h); });
    }
    EXPECT_TRUE(eventually([&] { return !test.connect().is_connected(); }));
    for (auto& client : clients) client.close();
    stopping.join();

    for (const auto& worker : test.server.workers()) EXPECT_EQ(worker->counters().connections, 0);
  }
}

}  // namespace
}  // namespace sallyport::transport
