#include "adapters/maxmind/country_file.h"

namespace sallyport::maxmind {

using core::Result;

Result<void> CountryFile::open(std::string path) {
  seen_ = mark_of(path);
  auto database = CountryDatabase::load(path);
  if (!database) return core::fail(std::move(database));
  path_ = std::move(path);
  use(std::move(*database));
  return {};
}

std::optional<std::string> CountryFile::country_of(std::string_view ip) const {
  std::unique_lock lock(mutex_);
  const auto database = database_;
  lock.unlock();
  return database ? database->country_of(ip) : std::nullopt;
}

Result<void> CountryFile::reload_if_changed() {
  if (path_.empty()) return {};
  const auto mark = mark_of(path_);
  if (mark == seen_) return {};
  seen_ = mark;
  auto database = CountryDatabase::load(path_);
  if (!database) {
    ++counters_.failures;
    return core::fail(std::move(database));
  }
  use(std::move(*database));
  ++counters_.reloads;
  return {};
}

CountryFile::Mark CountryFile::mark_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {.file = found.st_ino,
          .size = found.st_size,
          .changed_at = found.st_mtim.tv_sec * 1'000'000'000LL + found.st_mtim.tv_nsec};
}

void CountryFile::use(CountryDatabase database) {
  counters_.built_at = database.built_at().time_since_epoch().count();
  auto next = std::make_shared<const CountryDatabase>(std::move(database));
  const std::scoped_lock lock(mutex_);
  database_.swap(next);
}

}  // namespace sallyport::maxmind
