#include "transport/tls/certificate.h"

#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <optional>
#include <system_error>

#include "core/secret.h"
#include "transport/tls/name_table.h"

namespace sallyport::transport::tls {
namespace {

using core::Result;

constexpr std::size_t most_file_bytes = 1024 * 1024;
constexpr std::size_t most_chain_length = 16;
constexpr int least_rsa_bits = 2'048;

std::unexpected<core::Error> unusable(std::string sentence) {
  ERR_clear_error();
  return core::refuse(core::Fault::unavailable, "tls_certificate_unusable", std::move(sentence));
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
struct FreeNames {
  void operator()(GENERAL_NAMES* names) const { GENERAL_NAMES_free(names); }
};

struct PemFile {
  core::Secret text;
  bool is_readable_by_all;
};

/// Follows symbolic links, which certbot and Kubernetes use.
Result<PemFile> read_pem(const std::string& path) {
  const auto cannot_read = [&path](int error) {
    return unusable("cannot read " + path + ": " + std::generic_category().message(error));
  };
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
  if (file < 0) return cannot_read(errno);
  struct Close {
    int file;
    ~Close() { ::close(file); }
  } const close_at_end{file};
  struct stat status{};
  if (::fstat(file, &status) != 0) return cannot_read(errno);
  if (!S_ISREG(status.st_mode)) return unusable(path + " is not a file");
  if (static_cast<std::size_t>(status.st_size) > most_file_bytes) return unusable(path + " is larger than 1 MiB");
  auto text = core::Secret::of_size(static_cast<std::size_t>(status.st_size));
  const auto room = text.writable();
  for (std::size_t used = 0; used < room.size();) {
    const auto got = ::read(file, room.data() + used, room.size() - used);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return cannot_read(errno);
    if (got == 0) return unusable(path + " changed while it was read");
    used += static_cast<std::size_t>(got);
  }
  return PemFile{std::move(text), (status.st_mode & S_IROTH) != 0};
}

std::unique_ptr<BIO, FreeBio> memory_bio(const core::Secret& text) {
  return std::unique_ptr<BIO, FreeBio>(BIO_new_mem_buf(text.reveal().data(), static_cast<int>(text.size())));
}

core::Timestamp to_timestamp(const ASN1_TIME* time) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};
  return core::Timestamp{std::chrono::seconds{timegm(&parts)}};
}

std::vector<std::string> dns_names(X509* certificate) {
  std::vector<std::string> found;
  const std::unique_ptr<GENERAL_NAMES, FreeNames> names(
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)));
  for (int i = 0; i < sk_GENERAL_NAME_num(names.get()); ++i) {
    const auto* const name = sk_GENERAL_NAME_value(names.get(), i);
    if (name->type != GEN_DNS) continue;
    found.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  return found;
}

/// Its kind if servers may use it, else nothing.
std::optional<std::string_view> kind_of(EVP_PKEY* key) {
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
      if (EVP_PKEY_get_bits(key) < least_rsa_bits) return std::nullopt;
      return "RSA";
    case EVP_PKEY_EC: {
      std::array<char, 32> curve{};
      std::size_t size = 0;
      if (EVP_PKEY_get_group_name(key, curve.data(), curve.size(), &size) != 1) return std::nullopt;
      static constexpr std::array<std::string_view, 3> good{"prime256v1", "secp384r1", "secp521r1"};
      if (std::ranges::find(good, std::string_view(curve.data(), size)) == good.end()) return std::nullopt;
      return "EC";
    }
    case EVP_PKEY_ED25519:
      return "ED25519";
    default:
      return std::nullopt;
  }
}

/// Never asks at a terminal for the password of an encrypted key.
int no_password(char*, int, int, void*) { return -1; }

std::string day_of(core::Timestamp at) {
  const std::chrono::year_month_day day{std::chrono::floor<std::chrono::days>(at)};
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%04d-%02u-%02u", static_cast<int>(day.year()),
                static_cast<unsigned>(day.month()), static_cast<unsigned>(day.day()));
  return text.data();
}

}  // namespace

Result<Certificate> Certificate::read(const CertificateFiles& files) {
  Certificate certificate;
  certificate.files_ = files;
  const auto chain = read_pem(files.chain);
  if (!chain) return std::unexpected(chain.error());
  const auto certificates = memory_bio(chain->text);
  while (auto* const read = PEM_read_bio_X509(certificates.get(), nullptr, no_password, nullptr)) {
    certificate.chain_.emplace_back(read, X509_free);
    if (certificate.chain_.size() > most_chain_length)
      return unusable(files.chain + " holds more than 16 certificates");
  }
  const auto last = ERR_peek_last_error();
  if (certificate.chain_.empty()) return unusable(files.chain + " holds no certificate in PEM form");
  if (ERR_GET_REASON(last) != PEM_R_NO_START_LINE)
    return unusable(files.chain + " holds a certificate that is broken: number " +
                    std::to_string(certificate.chain_.size() + 1));
  ERR_clear_error();

  const auto key = read_pem(files.key);
  if (!key) return std::unexpected(key.error());
  certificate.is_key_exposed_ = key->is_readable_by_all;
  certificate.key_ = std::shared_ptr<EVP_PKEY>(
      PEM_read_bio_PrivateKey(memory_bio(key->text).get(), nullptr, no_password, nullptr), EVP_PKEY_free);
  if (!certificate.key_) return unusable(files.key + " holds no private key in PEM form without a password");
  const auto kind = kind_of(certificate.key());
  if (!kind)
    return unusable("the key in " + files.key + " must be RSA of 2048 bits at least, P-256, P-384, P-521 or Ed25519");
  certificate.key_kind_ = *kind;
  if (X509_check_private_key(certificate.leaf(), certificate.key()) != 1)
    return unusable("the key in " + files.key + " is not the one of the first certificate in " + files.chain);

  certificate.names_ = dns_names(certificate.leaf());
  certificate.begins_at_ = to_timestamp(X509_get0_notBefore(certificate.leaf()));
  certificate.ends_at_ = core::Timestamp::max();
  for (const auto& one : certificate.chain_)
    certificate.ends_at_ = std::min(certificate.ends_at_, to_timestamp(X509_get0_notAfter(one.get())));
  return certificate;
}

std::vector<std::string> Certificate::warnings(core::Timestamp now) const {
  std::vector<std::string> sentences;
  if (ends_at_ <= now)
    sentences.push_back("the certificate in " + files_.chain + " expired on " + day_of(ends_at_) +
                        "; clients will refuse it");
  if (begins_at_ > now)
    sentences.push_back("the certificate in " + files_.chain + " is not valid before " + day_of(begins_at_) +
                        "; clients will refuse it");
  NameTable table;
  if (std::ranges::none_of(names_, [&table](const auto& name) { return table.add(name, 0); }))
    sentences.push_back("the certificate in " + files_.chain +
                        " names no host (subjectAltName); clients will refuse it");
  for (std::size_t i = 1; i < chain_.size(); ++i) {
    if (X509_check_issued(chain_[i].get(), chain_[i - 1].get()) == X509_V_OK) continue;
    sentences.push_back("certificate number " + std::to_string(i + 1) + " in " + files_.chain +
                        " is not the issuer of the one before; some clients will refuse the chain");
    break;
  }
  if (is_key_exposed_) sentences.push_back("everybody on this machine can read the private key " + files_.key);
  return sentences;
}

}  // namespace sallyport::transport::tls
