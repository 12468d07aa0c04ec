#include "transport/tls/live_certificates.h"

#include <sys/stat.h>

namespace sallyport::transport::tls {

using core::Result;

Result<void> LiveCertificates::open(Settings settings) {
  settings_ = std::move(settings);
  if (settings_.certificates.empty()) return {};
  const std::scoped_lock lock(reading_);
  return read();
}

std::shared_ptr<const Context> LiveCertificates::current() const {
  const std::scoped_lock lock(mutex_);
  return current_;
}

Result<void> LiveCertificates::reload() {
  if (settings_.certificates.empty()) return {};
  const std::scoped_lock lock(reading_);
  auto done = read();
  ++(done ? counters_.reloads : counters_.failures);
  return done;
}

Result<bool> LiveCertificates::reload_if_changed() {
  if (settings_.certificates.empty()) return false;
  tickets_.rotate_if_due();
  const std::scoped_lock lock(reading_);
  auto found = marks();
  if (found == seen_ || found != settling_) {
    settling_ = std::move(found);
    return false;
  }
  auto done = read();
  ++(done ? counters_.reloads : counters_.failures);
  if (!done) return core::fail(std::move(done));
  return true;
}

std::vector<std::string> LiveCertificates::warnings() const {
  std::vector<std::string> all;
  const auto context = current();
  if (!context) return all;
  for (const auto& certificate : context->certificates()) {
    for (auto& sentence : certificate.warnings(clock_.now())) all.push_back(std::move(sentence));
  }
  return all;
}

LiveCertificates::Mark LiveCertificates::mark_of(const std::string& path) {
  struct stat found{};
  if (::stat(path.c_str(), &found) != 0) return {};
  return {.device = found.st_dev,
          .file = found.st_ino,
          .size = found.st_size,
          .changed_at = found.st_mtim.tv_sec * 1'000'000'000LL + found.st_mtim.tv_nsec};
}

LiveCertificates::Marks LiveCertificates::marks() const {
  Marks found;
  for (const auto& files : settings_.certificates) {
    found.push_back(mark_of(files.chain));
    found.push_back(mark_of(files.key));
  }
  return found;
}

Result<void> LiveCertificates::read() {
  seen_ = settling_ = marks();  // before reading: what changes meanwhile is seen the next time
  std::vector<Certificate> certificates;
  for (const auto& files : settings_.certificates) {
    auto certificate = Certificate::read(files);
    if (!certificate) return core::fail(std::move(certificate));
    certificates.push_back(std::move(*certificate));
  }
  auto context = Context::create(std::move(certificates), settings_.least, tickets_);
  if (!context) return core::fail(std::move(context));
  const std::scoped_lock lock(mutex_);
  current_.swap(*context);
  return {};
}

}  // namespace sallyport::transport::tls
