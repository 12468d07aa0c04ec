#include "adapters/maxmind/country_database.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <maxminddb.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace sallyport::maxmind {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  int number() const { return number_; }

 private:
  const int number_;
};

std::unexpected<core::Error> unusable(const std::string& path, std::string_view why) {
  return std::unexpected(core::Error{.fault = core::Fault::unavailable,
                                     .code = "geo_database_unusable",
                                     .log_detail = "geo.database: " + path + ": " + std::string(why)});
}

std::unexpected<core::Error> unreadable(const std::string& path) { return unusable(path, std::strerror(errno)); }

/// True if all of it went over.
bool copy(int from, int to, std::size_t size) {
  char part[65'536];
  while (size > 0) {
    const auto got = ::read(from, part, std::min(size, sizeof part));
    if (got <= 0) {
      if (got == 0) errno = EIO;  // it became shorter meanwhile
      return false;
    }
    for (ssize_t written = 0; written < got;) {
      const auto now = ::write(to, part + written, static_cast<std::size_t>(got - written));
      if (now < 0) return false;
      written += now;
    }
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

/// As the library wants addresses; nothing for what is none.
std::optional<sockaddr_storage> socket_address(std::string_view ip) {
  const std::string text(ip);
  sockaddr_storage storage{};
  auto* const v4 = reinterpret_cast<sockaddr_in*>(&storage);
  auto* const v6 = reinterpret_cast<sockaddr_in6*>(&storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4->sin_addr) == 1) {
    storage.ss_family = AF_INET;
    return storage;
  }
  storage = {};
  if (::inet_pton(AF_INET6, text.c_str(), &v6->sin6_addr) != 1) return std::nullopt;
  storage.ss_family = AF_INET6;
  return storage;
}

bool is_country_code(std::string_view text) {
  return text.size() == 2 && std::ranges::all_of(text, [](char c) { return c >= 'A' && c <= 'Z'; });
}

}  // namespace

struct CountryDatabase::Opened {
  MMDB_s database{};
  bool is_open = false;
  Opened() = default;
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;
  ~Opened() {
    if (is_open) MMDB_close(&database);
  }
};

CountryDatabase::CountryDatabase(std::unique_ptr<Opened> opened) : opened_(std::move(opened)) {}
CountryDatabase::CountryDatabase(CountryDatabase&&) noexcept = default;
CountryDatabase& CountryDatabase::operator=(CountryDatabase&&) noexcept = default;
CountryDatabase::~CountryDatabase() = default;

core::Result<CountryDatabase> CountryDatabase::load(const std::string& path) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));  // a FIFO must not hold the start
  if (file.number() < 0) return unreadable(path);
  struct stat found{};
  if (::fstat(file.number(), &found) != 0) return unreadable(path);
  if (!S_ISREG(found.st_mode)) return unusable(path, "is not a file");
  const auto size = static_cast<std::size_t>(found.st_size);
  if (size > most_bytes) return unusable(path, "is larger than 1 GiB");
  const Descriptor memory(::memfd_create("geo.database", MFD_CLOEXEC));
  if (memory.number() < 0 || !copy(file.number(), memory.number(), size)) return unreadable(path);

  auto opened = std::make_unique<Opened>();
  const auto copied = "/proc/self/fd/" + std::to_string(memory.number());
  const int status = MMDB_open(copied.c_str(), MMDB_MODE_MMAP, &opened->database);
  if (status != MMDB_SUCCESS) return unusable(path, MMDB_strerror(status));
  opened->is_open = true;
  return CountryDatabase(std::move(opened));
}

std::optional<std::string> CountryDatabase::country_of(std::string_view ip) const {
  const auto address = socket_address(ip);
  if (!address) return std::nullopt;
  int error = MMDB_SUCCESS;
  auto found = MMDB_lookup_sockaddr(&opened_->database, reinterpret_cast<const sockaddr*>(&*address), &error);
  if (error != MMDB_SUCCESS || !found.found_entry) return std::nullopt;
  MMDB_entry_data_s code{};
  const int status = MMDB_get_value(&found.entry, &code, "country", "iso_code", static_cast<const char*>(nullptr));
  if (status != MMDB_SUCCESS || !code.has_data || code.type != MMDB_DATA_TYPE_UTF8_STRING) return std::nullopt;
  const std::string_view text(code.utf8_string, code.data_size);
  return is_country_code(text) ? std::optional(std::string(text)) : std::nullopt;
}

core::Timestamp CountryDatabase::built_at() const {
  return core::Timestamp{std::chrono::seconds{opened_->database.metadata.build_epoch}};
}

}  // namespace sallyport::maxmind
