#include "telemetry/log.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/async.h>
#include <spdlog/async_logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include <array>

#include "core/timestamp_text.h"
#include "transport/rest/json_writer.h"

namespace sallyport::telemetry {
namespace {

constexpr std::size_t queue_lines = 8'192;
constexpr std::array<std::string_view, 3> level_names{"info", "warning", "error"};

void append_member(std::string& json, std::string_view name, std::string_view value) {
  if (json.size() > 1) json += ',';
  transport::rest::JsonWriter(json).text(name);
  json += ':';
  transport::rest::JsonWriter(json).text(value);
}

}  // namespace

LogLine::LogLine(core::Timestamp at, Level level, std::string_view message) : json_("{") {
  append_member(json_, "time", core::to_rfc3339(at));
  append_member(json_, "level", level_names[static_cast<std::size_t>(level)]);
  append_member(json_, "message", message);
}

LogLine& LogLine::text(std::string_view name, std::string_view value) {
  if (!value.empty()) append_member(json_, name, value);
  return *this;
}

LogLine& LogLine::number(std::string_view name, std::int64_t value) {
  fmt::format_to(std::back_inserter(json_), ",\"{}\":{}", name, value);
  return *this;
}

LogLine& LogLine::milliseconds(std::string_view name, std::chrono::nanoseconds value) {
  fmt::format_to(std::back_inserter(json_), ",\"{}\":{:.3f}", name, static_cast<double>(value.count()) / 1e6);
  return *this;
}

std::string LogLine::str() && {
  json_ += '}';
  return std::move(json_);
}

struct Log::Writer {
  std::shared_ptr<spdlog::details::thread_pool> thread = std::make_shared<spdlog::details::thread_pool>(queue_lines, 1);
  std::shared_ptr<spdlog::async_logger> logger =
      std::make_shared<spdlog::async_logger>("sallyport", std::make_shared<spdlog::sinks::stderr_sink_mt>(), thread,
                                             spdlog::async_overflow_policy::overrun_oldest);
};

Log::Log() : writer_(std::make_unique<Writer>()) {
  writer_->logger->set_pattern("%v");
  writer_->logger->flush_on(spdlog::level::info);
}

Log::~Log() = default;

void Log::write(LogLine line) {
  writer_->logger->log(spdlog::level::info, spdlog::string_view_t(std::move(line).str()));
}

std::uint64_t Log::dropped() const { return writer_->thread->overrun_counter(); }

}  // namespace sallyport::telemetry
