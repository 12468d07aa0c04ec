#include "telemetry/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <thread>
#include <vector>

namespace sallyport::telemetry {
namespace {

/// What a log wrote to its descriptor until it ended.
class LogTest : public testing::Test {
 protected:
  LogTest() { EXPECT_EQ(pipe(ends_.data()), 0); }
  ~LogTest() override {
    close(ends_[0]);
    if (ends_[1] >= 0) close_output();
  }
  int output() const { return ends_[1]; }
  void close_output() { close(std::exchange(ends_[1], -1)); }
  std::string written() {
    close_output();
    return read_to_the_end();
  }
  std::string read_to_the_end() {
    std::string text;
    std::array<char, 4096> piece;
    for (;;) {
      const auto got = read(ends_[0], piece.data(), piece.size());
      if (got <= 0) return text;
      text.append(piece.data(), static_cast<std::size_t>(got));
    }
  }

 private:
  std::array<int, 2> ends_{};
};

LogLine line(std::string_view message) { return {core::Timestamp{}, Level::info, message}; }

TEST_F(LogTest, WritesOneJsonObjectALine) {
  {
    Log log(output());
    auto entry = line("two \"words\"");
    entry.text("route", "/v1\n")
        .number("status", 200)
        .milliseconds("took_ms", std::chrono::microseconds{1'042})
        .text("none", "");
    log.write(std::move(entry));
  }

  EXPECT_EQ(written(),
            "{\"time\":\"1970-01-01T00:00:00.000000Z\",\"level\":\"info\",\"message\":\"two \\\"words\\\"\","
            "\"route\":\"/v1\\n\",\"status\":200,\"took_ms\":1.042}\n");
}

TEST_F(LogTest, LosesNoLineOfManyThreadsAndKeepsEachOnesOrder) {
  constexpr int threads = 4, lines = 100;  // together less than a pipe holds
  {
    Log log(output());
    std::vector<std::thread> writers;
    for (int i = 0; i < threads; ++i) {
      writers.emplace_back([&log, i] {
        for (int number = 0; number < lines; ++number)
          log.write(std::move(line("m").number("thread", i).number("line", number)));
      });
    }
    for (auto& writer : writers) writer.join();
    EXPECT_EQ(log.dropped(), 0U);
  }

  const auto text = written();
  EXPECT_EQ(std::ranges::count(text, '\n'), threads * lines);
  for (int i = 0; i < threads; ++i) {
    std::size_t at = 0;
    for (int number = 0; number < lines; ++number) {
      at = text.find("\"thread\":" + std::to_string(i) + ",\"line\":" + std::to_string(number) + "}", at);
      ASSERT_NE(at, std::string::npos);
    }
  }
}

TEST_F(LogTest, DropsAndCountsWhatNobodyReadsInsteadOfWaiting) {
  const std::string long_message(64 * 1024, 'x');
  std::thread reader;
  {
    Log log(output());

    // The pipe takes 64 KiB and the queue 4 MiB, of 64 lines each, and as many may be on their way from one to the
    // other; the rest has nowhere to go, for nobody is reading.
    for (int i = 0; i < 200; ++i) log.write(line(long_message));

    EXPECT_GE(log.dropped(), 200U - 2 * 65);
    reader = std::thread([this] { EXPECT_FALSE(read_to_the_end().empty()); });
  }
  close_output();
  reader.join();
}

}  // namespace
}  // namespace sallyport::telemetry
