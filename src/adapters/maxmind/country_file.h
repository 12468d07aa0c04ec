#pragma once

#include <sys/stat.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <string>

#include "adapters/maxmind/country_database.h"
#include "sessions/countries.h"

namespace sallyport::maxmind {

/// The database in a file that its makers replace now and then. Without a file no address has a country.
class CountryFile final : public sessions::Countries {
 public:
  /// Reads it, once and before anybody asks. Fails as `CountryDatabase::load`.
  core::Result<void> open(std::string path);

  std::optional<std::string> country_of(std::string_view ip) const override;
  /// Reads the file again if it is another one, or was written to, since it was read last. A file that is no database
  /// changes nothing, and is looked at again once it changes. Blocks; one call at a time. Fails as `load`.
  core::Result<void> reload_if_changed();

  struct Counters {
    std::atomic<std::uint64_t> reloads = 0, failures = 0;
    std::atomic<std::int64_t> built_at = 0;  ///< microseconds since the epoch; 0 without a database
  };
  const Counters& counters() const { return counters_; }

 private:
  /// Tells one state of a file from the next.
  struct Mark {
    ino_t file = 0;
    off_t size = 0;
    std::int64_t changed_at = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  static Mark mark_of(const std::string& path);
  void use(CountryDatabase database);

  std::string path_;
  Mark seen_;
  mutable std::mutex mutex_;
  std::shared_ptr<const CountryDatabase> database_;  ///< shared with look-ups that run while it is replaced
  Counters counters_;
};

}  // namespace sallyport::maxmind
