#include "telemetry/log.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "core/timestamp_text.h"
#include "transport/rest/json_writer.h"

namespace sallyport::telemetry {
namespace {

constexpr std::chrono::milliseconds gathering_time{20};
constexpr std::array<std::string_view, 3> level_names{"info", "warning", "error"};

/// Names are ours and need no escaping.
void append_name(std::string& json, std::string_view name) {
  json.append(json.size() > 1 ? ",\"" : "\"").append(name).append("\":");
}

void append_member(std::string& json, std::string_view name, std::string_view value) {
  append_name(json, name);
  transport::rest::JsonWriter(json).text(value);
}

}  // namespace

LogLine::LogLine(core::Timestamp at, Level level, std::string_view message) {
  json_.reserve(512);
  json_ += '{';
  append_member(json_, "time", core::to_rfc3339(at));
  append_member(json_, "level", level_names[static_cast<std::size_t>(level)]);
  append_member(json_, "message", message);
}

LogLine& LogLine::text(std::string_view name, std::string_view value) {
  if (!value.empty()) append_member(json_, name, value);
  return *this;
}

LogLine& LogLine::number(std::string_view name, std::int64_t value) {
  append_name(json_, name);
  transport::rest::JsonWriter(json_).integer(value);
  return *this;
}

LogLine& LogLine::milliseconds(std::string_view name, std::chrono::nanoseconds value) {
  append_name(json_, name);
  const auto micros = std::max<std::int64_t>(0, std::chrono::floor<std::chrono::microseconds>(value).count());
  transport::rest::JsonWriter(json_).integer(micros / 1'000);
  const auto thousandths = std::to_string(1'000 + micros % 1'000);
  json_.append(".").append(thousandths, 1);
  return *this;
}

std::string LogLine::str() && {
  json_ += '}';
  return std::move(json_);
}

Log::Log(int descriptor) : descriptor_(descriptor), thread_([this] { run(); }) {}

Log::~Log() {
  {
    const std::lock_guard lock(mutex_);
    is_ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
}

void Log::write(LogLine line) {
  const auto text = std::move(line).str();
  bool was_empty;
  {
    const std::lock_guard lock(mutex_);
    if (queued_.size() + text.size() >= most_queued_bytes) {
      ++dropped_;
      return;
    }
    was_empty = queued_.empty();
    queued_.append(text).push_back('\n');
  }
  if (was_empty) changed_.notify_one();
}

void Log::run() {
  std::string lines;
  for (bool is_over = false; !is_over; lines.clear()) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return is_ending_ || !queued_.empty(); });
      changed_.wait_for(lock, gathering_time,
                        [this] { return is_ending_; });  // what follows now shares the system call
      lines.swap(queued_);
      is_over = is_ending_;
    }
    for (std::string_view rest = lines; !rest.empty();) {
      const auto written = ::write(descriptor_, rest.data(), rest.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) break;  // nobody can be told that nobody can be told
      rest.remove_prefix(static_cast<std::size_t>(written));
    }
  }
}

}  // namespace sallyport::telemetry
