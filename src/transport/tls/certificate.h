#pragma once

#include <memory>
#include <string>
#include <vector>

#include "core/clock.h"
#include "core/result.h"

struct evp_pkey_st;
struct x509_st;

namespace sallyport::transport::tls {

/// Where a certificate lies: its chain in PEM form, its own first, and its private key. Both may be one file.
struct CertificateFiles {
  std::string chain;
  std::string key;
  friend bool operator==(const CertificateFiles&, const CertificateFiles&) = default;
};

/// A server's certificate with what vouches for it and its private key, which belong together.
class Certificate {
 public:
  /// Reads both files. Blocks. Fails with `unavailable` / "tls_certificate_unusable" and a sentence that names the
  /// file: one that cannot be read, is larger than 1 MiB, holds no certificate or no unencrypted key in PEM form; a key
  /// that is another certificate's; one too weak (RSA below 2048 bits, curves other than P-256 to P-521 and Ed25519).
  static core::Result<Certificate> read(const CertificateFiles& files);

  const CertificateFiles& files() const { return files_; }
  /// The DNS names of its subjectAltName as they stand there, wildcards included; the common name is none (RFC 9525).
  const std::vector<std::string>& names() const { return names_; }
  core::Timestamp begins_at() const { return begins_at_; }
  core::Timestamp ends_at() const { return ends_at_; }  ///< the first in its chain to do so
  /// "EC", "RSA", "ED25519": a client may support only some.
  std::string_view key_kind() const { return key_kind_; }
  /// What works but is probably not meant, a sentence each: out of its time at `now`, names no host, a chain out of
  /// order, or a key that everybody on this machine can read.
  std::vector<std::string> warnings(core::Timestamp now) const;

  x509_st* leaf() const { return chain_.front().get(); }
  /// The leaf first.
  const std::vector<std::shared_ptr<x509_st>>& chain() const { return chain_; }
  evp_pkey_st* key() const { return key_.get(); }

 private:
  Certificate() = default;
  CertificateFiles files_;
  std::vector<std::shared_ptr<x509_st>> chain_;  ///< OpenSSL counts its references as well
  std::shared_ptr<evp_pkey_st> key_;
  std::vector<std::string> names_;
  std::string_view key_kind_;
  core::Timestamp begins_at_{};
  core::Timestamp ends_at_{};
  bool is_key_exposed_ = false;
};

}  // namespace sallyport::transport::tls
