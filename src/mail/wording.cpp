#include "mail/wording.h"

#include <fmt/format.h>

#include <array>

namespace sallyport::mail {
namespace {

struct Unit {
  std::chrono::seconds size;
  std::string_view english, englishes, german, germans;
};
constexpr Unit units[] = {{std::chrono::days{1}, "day", "days", "Tag", "Tage"},
                          {std::chrono::hours{1}, "hour", "hours", "Stunde", "Stunden"},
                          {std::chrono::minutes{1}, "minute", "minutes", "Minute", "Minuten"},
                          {std::chrono::seconds{1}, "second", "seconds", "Sekunde", "Sekunden"}};

constexpr std::array<std::string_view, 12> english_months{"January",   "February", "March",    "April",
                                                          "May",       "June",     "July",     "August",
                                                          "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 12> german_months{"Januar",    "Februar", "März",     "April",
                                                         "Mai",       "Juni",    "Juli",     "August",
                                                         "September", "Oktober", "November", "Dezember"};

}  // namespace

std::string spelled(std::chrono::seconds duration, std::string_view language) {
  const auto* unit = std::begin(units);
  // "24 hours", not "1 day": whoever reads it at night need not wonder which day.
  while (duration % unit->size != std::chrono::seconds{0} || (unit == std::begin(units) && duration == unit->size))
    ++unit;
  const auto count = duration / unit->size;
  const bool is_one = count == 1;
  const auto name =
      language == "de" ? (is_one ? unit->german : unit->germans) : (is_one ? unit->english : unit->englishes);
  return fmt::format("{} {}", count, name);
}

std::string spelled(core::Timestamp at, std::string_view language) {
  const auto day = std::chrono::floor<std::chrono::days>(at);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss time(std::chrono::floor<std::chrono::minutes>(at - day));
  const auto month = static_cast<unsigned>(date.month()) - 1;
  const bool is_german = language == "de";
  return fmt::format("{}{} {} {}, {:02}:{:02} UTC", static_cast<unsigned>(date.day()), is_german ? "." : "",
                     is_german ? german_months[month] : english_months[month], static_cast<int>(date.year()),
                     time.hours().count(), time.minutes().count());
}

}  // namespace sallyport::mail
