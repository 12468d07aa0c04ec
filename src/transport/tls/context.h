#pragma once

#include <memory>
#include <vector>

#include "transport/tls/certificate.h"
#include "transport/tls/name_table.h"
#include "transport/tls/ticket_keys.h"

struct ssl_ctx_st;
struct ssl_st;

namespace sallyport::transport::tls {

/// The lowest version of TLS that is spoken; 1.3 always is.
enum class Version { tls_1_2, tls_1_3 };

/// What every connection needs to answer a handshake: one set of certificates, and what of TLS is spoken at all.
/// TLS 1.2 with ECDHE and AEAD ciphers, TLS 1.3 without early data; X25519 and P-256; no compression and no
/// renegotiation; ALPN h2 and http/1.1 (RFC 7301: a client that names others only hears `no_application_protocol`);
/// sessions are resumed with tickets. Never changed, shared by the connections of all threads: those that are open keep
/// theirs when files are read again.
class Context {
 public:
  /// The certificate that fits the name a client asks for (SNI) answers, an exact name before a wildcard; the first for
  /// other names and none. Certificates of the same names with different kinds of keys are one: the client's abilities
  /// decide. `certificates` is not empty, and `tickets` outlives the context. Fails with `unavailable` /
  /// "tls_certificate_unusable" and a sentence where OpenSSL refuses one: an MD5 or SHA-1 signature, say.
  static core::Result<std::shared_ptr<const Context>> create(std::vector<Certificate> certificates, Version least,
                                                             TicketKeys& tickets);

  /// The server's end of a connection that has said nothing yet; the caller frees it, before this context goes. Null
  /// when there is no memory.
  ssl_st* new_connection() const;

  const std::vector<Certificate>& certificates() const { return certificates_; }
  core::Timestamp ends_at() const;  ///< when the first of them expires
  /// Whether one of them is for that name.
  bool covers(std::string_view host) const { return names_.find(host).has_value(); }

  ssl_ctx_st* for_name(std::string_view host) const;  ///< null for one that no certificate names
  TicketKeys& tickets() const { return tickets_; }

 private:
  struct FreeContext {
    void operator()(ssl_ctx_st* context) const;
  };
  using OwnedContext = std::unique_ptr<ssl_ctx_st, FreeContext>;

  explicit Context(TicketKeys& tickets) : tickets_(tickets) {}
  OwnedContext make(Version least);
  core::Result<void> add(Certificate certificate, Version least);

  TicketKeys& tickets_;
  std::vector<Certificate> certificates_;
  std::vector<OwnedContext> contexts_;  ///< one for certificates of the same names
  NameTable names_;                     ///< of `contexts_`
};

}  // namespace sallyport::transport::tls
