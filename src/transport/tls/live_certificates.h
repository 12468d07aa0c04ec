#pragma once

#include <sys/types.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include "transport/tls/context.h"

namespace sallyport::transport::tls {

/// What is spoken on a port with TLS, and with which files.
struct Settings {
  std::vector<CertificateFiles> certificates;  ///< the first is the default; none: no TLS
  Version least = Version::tls_1_2;
};

/// The certificates at work, which whoever renews them replaces in their files. What is read is used from then on for
/// new connections; a file that is not usable changes nothing. Safe to use from every thread.
class LiveCertificates {
 public:
  /// Both outlive it and all connections.
  LiveCertificates(const core::Clock& clock, core::Random& random) : clock_(clock), tickets_(clock, random) {}

  /// Reads them, once and before anybody asks. Fails as `Certificate::read` and `Context::create`.
  core::Result<void> open(Settings settings);
  /// What new connections use. Null without certificates.
  std::shared_ptr<const Context> current() const;

  /// Reads the files again. Blocks. Fails as `open`, and what was in use stays so.
  core::Result<void> reload();
  /// As `reload` once they are other files, or written to, since they were read last and since the last call too: a
  /// certificate and its key are seldom replaced in one step. True if it did. Follows symbolic links, so that switching
  /// one is a change. What cannot be used is looked at again once it changes. Forgets old ticket keys as well.
  core::Result<bool> reload_if_changed();

  struct Counters {
    std::atomic<std::uint64_t> reloads = 0, failures = 0;
  };
  const Counters& counters() const { return counters_; }
  /// What works but is probably not meant, of those in use (Certificate::warnings).
  std::vector<std::string> warnings() const;

 private:
  /// Tells one state of a file from the next.
  struct Mark {
    dev_t device = 0;
    ino_t file = 0;
    off_t size = 0;
    std::int64_t changed_at = 0;
    friend bool operator==(const Mark&, const Mark&) = default;
  };
  using Marks = std::vector<Mark>;
  static Mark mark_of(const std::string& path);
  Marks marks() const;
  core::Result<void> read();

  const core::Clock& clock_;
  TicketKeys tickets_;
  Settings settings_;
  std::mutex reading_;  ///< one reader at a time; guards what follows
  Marks seen_;          ///< of what was read
  Marks settling_;      ///< of a change that may not be whole
  mutable std::mutex mutex_;
  std::shared_ptr<const Context> current_;  ///< shared with the connections made under it
  Counters counters_;
};

}  // namespace sallyport::transport::tls
