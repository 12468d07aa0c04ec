#include "core/timestamp_text.h"

namespace sallyport::core {
namespace {

/// Exactly `digits` decimal digits; snprintf takes ten times as long, and every log line has a time.
void put(char* to, std::uint64_t number, int digits) {
  for (int i = digits; i-- > 0; number /= 10) to[i] = static_cast<char>('0' + number % 10);
}

}  // namespace

std::string to_rfc3339(Timestamp at) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(at - day);
  std::string text = "0000-00-00T00:00:00.000000Z";
  put(&text[0], static_cast<std::uint64_t>(static_cast<int>(date.year())), 4);
  put(&text[5], static_cast<unsigned>(date.month()), 2);
  put(&text[8], static_cast<unsigned>(date.day()), 2);
  put(&text[11], static_cast<std::uint64_t>(time.hours().count()), 2);
  put(&text[14], static_cast<std::uint64_t>(time.minutes().count()), 2);
  put(&text[17], static_cast<std::uint64_t>(time.seconds().count()), 2);
  put(&text[20], static_cast<std::uint64_t>(time.subseconds().count()), 6);
  return text;
}

}  // namespace sallyport::core
