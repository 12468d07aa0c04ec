#pragma once

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509v3.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <utility>

#include "transport/tls/certificate.h"

namespace sallyport::transport::tls {

struct CertificateRequest {
  std::string names = "DNS:localhost";  ///< as openssl.cnf writes a subjectAltName; empty for none
  std::chrono::seconds valid_for{86'400};
  std::chrono::seconds begins_in{-60};
  std::string key = "EC";  ///< or "RSA", or "RSA1024"
};

/// A certificate that signed itself, with its key, as PEM.
struct MadeCertificate {
  std::string chain, key;

  static MadeCertificate make(const CertificateRequest& request = {}) {
    const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
        request.key == "EC" ? EVP_EC_gen("P-256") : EVP_RSA_gen(request.key == "RSA" ? 2048U : 1024U), EVP_PKEY_free);
    const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
    X509_set_version(certificate.get(), 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate.get()), request.begins_in.count());
    X509_gmtime_adj(X509_getm_notAfter(certificate.get()), (request.begins_in + request.valid_for).count());
    auto* const name = X509_get_subject_name(certificate.get());
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>("a test"), -1, -1, 0);
    X509_set_issuer_name(certificate.get(), name);
    if (!request.names.empty()) {
      auto* const names = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, request.names.c_str());
      X509_add_ext(certificate.get(), names, -1);
      X509_EXTENSION_free(names);
    }
    X509_set_pubkey(certificate.get(), key.get());
    X509_sign(certificate.get(), key.get(), EVP_sha256());

    MadeCertificate made;
    made.chain = to_pem([&](BIO* out) { PEM_write_bio_X509(out, certificate.get()); });
    made.key =
        to_pem([&](BIO* out) { PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    return made;
  }

  /// Writes both to `folder`, as NAME.pem and NAME.key.
  CertificateFiles write(const std::filesystem::path& folder, const std::string& name) const {
    const CertificateFiles files{(folder / (name + ".pem")).string(), (folder / (name + ".key")).string()};
    put(files.chain, chain);
    put(files.key, key);
    std::filesystem::permissions(files.key, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
    return files;
  }

  /// As whoever replaces a file does it: a new one takes the place of the old one.
  static void put(const std::string& path, const std::string& text) {
    std::ofstream(path + ".new") << text;
    std::filesystem::rename(path + ".new", path);
  }

 private:
  template <class Write>
  static std::string to_pem(Write write) {
    const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
    write(out.get());
    char* bytes = nullptr;
    const auto size = BIO_get_mem_data(out.get(), &bytes);
    return {bytes, static_cast<std::size_t>(size)};
  }
};

}  // namespace sallyport::transport::tls
