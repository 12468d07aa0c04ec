#include "transport/tls/context.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace sallyport::transport::tls {
namespace {

/// RFC 9325 §4.2: forward secrecy and AEAD; ECDSA first, it is the cheaper one. OpenSSL's own default of TLS 1.3, the
/// cheapest first.
constexpr const char* tls_1_2_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* tls_1_3_ciphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* groups = "X25519:P-256";
constexpr std::size_t tickets_of_a_handshake = 2;  // a browser opens a second connection before the first is resumed
constexpr int security_level = 2;                  // 112 bits: RSA 2048, SHA-256

/// Ours, in ALPN's own form, the better first.
constexpr std::array<unsigned char, 12> protocols{2, 'h', '2', 8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

const Context& context_of(const SSL* ssl) {
  return *static_cast<const Context*>(SSL_CTX_get_app_data(SSL_get_SSL_CTX(ssl)));
}

int choose_certificate(SSL* ssl, int*, void*) {
  const char* const name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);
  auto* const context = name == nullptr ? nullptr : context_of(ssl).for_name(name);
  // RFC 6066 §3: an unknown name may be answered with the default. Not all who send one check it.
  if (context == nullptr) return SSL_TLSEXT_ERR_NOACK;
  return SSL_set_SSL_CTX(ssl, context) == context ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* size, const unsigned char* offered,
                    unsigned int offered_size, void*) {
  unsigned char* found = nullptr;
  const int outcome = SSL_select_next_proto(&found, size, protocols.data(), protocols.size(), offered, offered_size);
  if (outcome != OPENSSL_NPN_NEGOTIATED) return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = found;
  return SSL_TLSEXT_ERR_OK;
}

/// RFC 5077 §4: what a ticket is sealed and opened with. 1 for yes, 2 for yes and a new one please, 0 for no.
int use_ticket_key(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher, EVP_MAC_CTX* mac,
                   int is_sealing) {
  static constexpr int no = 0, yes = 1, yes_and_renew = 2, broken = -1;
  auto& tickets = context_of(ssl).tickets();
  bool is_current = true;
  std::optional<TicketKeys::Key> key;
  if (is_sealing != 0) {
    key = tickets.current();
    std::ranges::copy(key->name, name);
    if (RAND_bytes(iv, EVP_CIPHER_get_iv_length(EVP_aes_256_cbc())) != 1) return broken;
  } else {
    key = tickets.find(std::span<const std::uint8_t, TicketKeys::name_size>(name, TicketKeys::name_size), is_current);
    if (!key) return no;
  }
  std::array<char, 7> digest{"SHA256"};
  const std::array parameters{OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, key->hmac.data(), key->hmac.size()),
                              OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
                              OSSL_PARAM_construct_end()};
  const int is_ready = EVP_CipherInit_ex(cipher, EVP_aes_256_cbc(), nullptr, key->aes.data(), iv, is_sealing);
  if (EVP_MAC_CTX_set_params(mac, parameters.data()) != 1 || is_ready != 1) return broken;
  return is_current ? yes : yes_and_renew;
}

std::string reason() {
  const auto error = ERR_peek_last_error();
  const char* const text = ERR_reason_error_string(error);
  ERR_clear_error();
  return text == nullptr ? "out of memory" : text;
}

}  // namespace

void Context::FreeContext::operator()(ssl_ctx_st* context) const { SSL_CTX_free(context); }

Context::OwnedContext Context::make(Version least) {
  OwnedContext owned(SSL_CTX_new(TLS_server_method()));
  auto* const context = owned.get();
  if (context == nullptr) return nullptr;
  SSL_CTX_set_app_data(context, this);
  SSL_CTX_set_security_level(context, security_level);
  static constexpr std::string_view resumption_scope = "sallyport";
  // Everything is said, so that a system-wide openssl.cnf cannot say otherwise.
  SSL_CTX_clear_options(context, SSL_CTX_get_options(context));
  SSL_CTX_set_options(context, SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                                   SSL_OP_PRIORITIZE_CHACHA | SSL_OP_IGNORE_UNEXPECTED_EOF |
                                   SSL_OP_ENABLE_MIDDLEBOX_COMPAT);
  SSL_CTX_set_mode(context,
                   SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_read_ahead(context, 1);                           // one call for head and body of a record
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);  // tickets need no memory of ours
  SSL_CTX_set_timeout(context, std::chrono::seconds(TicketKeys::lifetime).count());
  SSL_CTX_set_max_early_data(context, 0);  // RFC 8446 §8: it can be replayed
  SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nullptr);
  const bool is_set =
      SSL_CTX_set_min_proto_version(context, least == Version::tls_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION) == 1 &&
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1 &&
      SSL_CTX_set_cipher_list(context, tls_1_2_ciphers) == 1 &&
      SSL_CTX_set_ciphersuites(context, tls_1_3_ciphers) == 1 && SSL_CTX_set1_groups_list(context, groups) == 1 &&
      SSL_CTX_set_num_tickets(context, tickets_of_a_handshake) == 1 &&
      SSL_CTX_set_session_id_context(context, reinterpret_cast<const unsigned char*>(resumption_scope.data()),
                                     static_cast<unsigned>(resumption_scope.size())) == 1 &&
      SSL_CTX_set_tlsext_ticket_key_evp_cb(context, use_ticket_key) == 1;
  if (!is_set) return nullptr;
  SSL_CTX_set_tlsext_servername_callback(context, choose_certificate);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return owned;
}

core::Result<std::shared_ptr<const Context>> Context::create(std::vector<Certificate> certificates, Version least,
                                                             TicketKeys& tickets) {
  std::shared_ptr<Context> context(new Context(tickets));
  for (auto& certificate : certificates) {
    if (auto added = context->add(std::move(certificate), least); !added) return core::fail(std::move(added));
  }
  return context;
}

core::Result<void> Context::add(Certificate certificate, Version least) {
  const auto refuse = [&certificate] {
    return core::refuse(core::Fault::unavailable, "tls_certificate_unusable",
                        "OpenSSL refuses the certificate in " + certificate.files().chain + ": " + reason());
  };
  std::size_t place = contexts_.size();
  for (const auto& other : certificates_) {
    if (!std::ranges::is_permutation(other.names(), certificate.names())) continue;
    const auto found = names_.find(certificate.names().empty() ? std::string_view() : certificate.names().front());
    if (other.key_kind() != certificate.key_kind() && found) place = *found;
  }
  if (place == contexts_.size()) {
    contexts_.push_back(make(least));
    if (!contexts_.back()) return refuse();
  }
  auto* const context = contexts_[place].get();
  const auto chain = std::unique_ptr<STACK_OF(X509), void (*)(STACK_OF(X509)*)>(
      sk_X509_new_null(), [](STACK_OF(X509) * stack) { sk_X509_free(stack); });
  for (std::size_t i = 1; i < certificate.chain().size(); ++i) sk_X509_push(chain.get(), certificate.chain()[i].get());
  if (SSL_CTX_use_cert_and_key(context, certificate.leaf(), certificate.key(), chain.get(), 0) != 1) return refuse();
  for (const auto& name : certificate.names()) names_.add(name, place);
  certificates_.push_back(std::move(certificate));
  return {};
}

ssl_st* Context::new_connection() const { return SSL_new(contexts_.front().get()); }

core::Timestamp Context::ends_at() const {
  return std::ranges::min(certificates_, {}, &Certificate::ends_at).ends_at();
}

ssl_ctx_st* Context::for_name(std::string_view host) const {
  const auto found = names_.find(host);
  return found ? contexts_[*found].get() : nullptr;
}

}  // namespace sallyport::transport::tls
