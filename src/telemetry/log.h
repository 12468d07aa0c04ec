#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "core/clock.h"

namespace sallyport::telemetry {

enum class Level { info, warning, error };

/// One line of the log, a JSON object. Values of people never go in: no password, token, code or address; an account's
/// id is fine. Fields are added in the order of the calls.
class LogLine {
 public:
  LogLine(core::Timestamp at, Level level, std::string_view message);
  LogLine& text(std::string_view name, std::string_view value);  ///< left out when empty
  LogLine& number(std::string_view name, std::int64_t value);
  LogLine& milliseconds(std::string_view name, std::chrono::nanoseconds value);  ///< with three decimals
  std::string str() &&;

 private:
  std::string json_;
};

/// Writes lines to standard error from a thread of its own, many with one system call. `write` never waits for the
/// output: when more than `most_queued_bytes` wait, further lines are dropped and counted. Safe to call from every
/// thread.
class Log {
 public:
  static constexpr std::size_t most_queued_bytes = 4 * 1024 * 1024;

  /// `descriptor` stays the caller's.
  explicit Log(int descriptor);
  ~Log();  ///< writes what is queued
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;
  void write(LogLine line);
  std::uint64_t dropped() const { return dropped_; }

 private:
  void run();
  const int descriptor_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::string queued_;
  bool is_ending_ = false;
  std::atomic<std::uint64_t> dropped_ = 0;
  std::thread thread_;
};

}  // namespace sallyport::telemetry
