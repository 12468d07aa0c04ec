#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/clock.h"
#include "core/result.h"

namespace sallyport::maxmind {

/// A database of countries in MaxMind's format (https://maxmind.github.io/MaxMind-DB/), read by libmaxminddb. It is
/// held in memory of its own: whatever becomes of the file, a look-up neither waits for a disk nor dies of a file that
/// was cut down under it. Safe to ask from every thread.
class CountryDatabase {
 public:
  static constexpr std::size_t most_bytes = 1U << 30;

  /// Fails with a sentence in `log_detail` if there is no such file, it cannot be read, or it is no such database.
  static core::Result<CountryDatabase> load(const std::string& path);
  CountryDatabase(CountryDatabase&&) noexcept;
  CountryDatabase& operator=(CountryDatabase&&) noexcept;
  ~CountryDatabase();

  /// `country.iso_code` of the network that the address is in. Databases list no private networks, so those have none.
  std::optional<std::string> country_of(std::string_view ip) const;
  /// When its makers made it.
  core::Timestamp built_at() const;

 private:
  struct Opened;
  explicit CountryDatabase(std::unique_ptr<Opened> opened);
  std::unique_ptr<Opened> opened_;
};

}  // namespace sallyport::maxmind
