#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

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

/// Writes lines to standard error from a thread of its own. `write` never waits: when the queue is full the oldest line
/// is dropped and counted. Safe to call from every thread.
class Log {
 public:
  Log();
  ~Log();  ///< writes what is queued
  void write(LogLine line);
  std::uint64_t dropped() const;

 private:
  struct Writer;
  std::unique_ptr<Writer> writer_;
};

}  // namespace sallyport::telemetry
