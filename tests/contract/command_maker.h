#pragma once

#include <array>
#include <utility>

#include "core/fake_random.h"
#include "crypto/digest.h"
#include "store_test.h"

namespace sallyport::contract {

inline constexpr Outcome already_verified{Fault::conflict, "already_verified"};
inline constexpr Outcome flow_invalid{Fault::invalid, "flow_invalid"};
inline constexpr Outcome forbidden{Fault::forbidden, "forbidden"};
inline constexpr Outcome idempotency_key_used{Fault::conflict, "idempotency_key_used"};
inline constexpr Outcome not_deleted{Fault::conflict, "not_deleted"};
inline constexpr Outcome not_invited{Fault::conflict, "not_invited"};
inline constexpr Outcome password_missing{Fault::conflict, "password_missing"};
inline constexpr Outcome session_not_found{Fault::not_found, "session_not_found"};
inline constexpr Outcome throttled{Fault::throttled, "throttled"};

/// What a store keeps of a flow's secrets, which is all that a store is shown of them.
struct FlowSecrets {
  flows::FlowId id;
  core::Digest handle, link, code;
};

/// How somebody tries to prove a mailbox.
enum class Way { link, code, wrong_link, wrong_code };
inline constexpr std::array ways{Way::link, Way::code, Way::code, Way::wrong_code, Way::wrong_link};

/// Commands for the ports as the handlers make them, out of chance that a seed repeats.
class CommandMaker {
 public:
  static constexpr minutes recovery_valid_for{15};
  static constexpr hours mailed_valid_for{24};  ///< what is mailed at once

  CommandMaker(const crypto::Keyring& keyring, const sessions::Lifetimes& lifetimes, std::uint64_t seed)
      : keyring_(keyring), lifetimes_(lifetimes), random_(seed * 1'000'003ULL), name_(std::to_string(seed)) {}

  core::Digest digest() { return random_.bytes<32>(); }
  core::AccountId account_id(core::Timestamp now) { return core::AccountId::fresh(now, random_); }
  /// One that no other call gives.
  std::string verifier() { return "verifier " + name_ + "." + std::to_string(++verifiers_); }

  Device device(core::AccountId account, std::string_view id, core::Timestamp now) {
    const auto session_id = core::SessionId::fresh(now, random_);
    auto token = RefreshToken::first(keyring_, session_id, random_);
    return {.session = {.id = session_id,
                        .account = account,
                        .token_digest = digest(),
                        .refresh_digest = token.digest(),
                        .device = {.id = std::string(id)},
                        .created_at = now,
                        .expires_at = now + lifetimes_.sliding,
                        .absolute_expires_at = now + lifetimes_.absolute},
            .refresh_token = std::move(token)};
  }
  sessions::RotateRefresh rotation(const RefreshToken& token, core::Timestamp now) {
    const auto nonce = random_.bytes<32>();
    return {.session = token.session(),
            .generation = token.generation(),
            .presented_digest = token.digest(),
            .nonce = nonce,
            .successor_digest = token.successor(keyring_, nonce).digest(),
            .now = now,
            .slides_to = now + lifetimes_.sliding,
            .grace = lifetimes_.refresh_grace,
            .origin = {}};
  }
  RefreshToken successor(const RefreshToken& token, const sessions::RefreshNonce& nonce) const {
    return token.successor(keyring_, nonce);
  }

  mail::NewMail mail(mail::MailKind kind, core::AccountId account, core::Timestamp now) {
    return {.id = mail::MailId::fresh(now, random_),
            .kind = kind,
            .account = account,
            .locale = std::nullopt,
            .payload = core::Bytes{1},
            .created_at = now};
  }

  FlowSecrets flow_secrets(core::Timestamp now) {
    return {.id = flows::FlowId::fresh(now, random_), .handle = digest(), .link = digest(), .code = digest()};
  }
  /// Of a stranger, who gets to know the handle alone.
  static flows::NewFlow recovery_request(const FlowSecrets& secrets, const accounts::Email& email,
                                         core::Timestamp now) {
    return {.id = secrets.id,
            .kind = flows::FlowKind::recovery,
            .address = address_of(email),
            .handle_digest = secrets.handle,
            .created_at = now,
            .expires_at = now + recovery_valid_for,
            .due_at = now};
  }
  accounts::RequestAnswer recovery_mail(const FlowSecrets& secrets, core::AccountId account, std::int64_t version,
                                        core::Timestamp now) {
    return {.request = secrets.id,
            .mail = accounts::RequestMail{.account = account,
                                          .credential_version = version,
                                          .ends_with_credentials = true,
                                          .proof = {.link_digest = secrets.link,
                                                    .code_mac = secrets.code,
                                                    .mail = mail(mail::MailKind::recovery, account, now)},
                                          .expires_at = now + recovery_valid_for}};
  }
  /// Made with its mail, of any kind but recovery.
  static flows::NewFlow mailed_flow(flows::FlowKind kind, const FlowSecrets& secrets, core::AccountId account,
                                    const accounts::Email& email, std::int64_t version, core::Timestamp now) {
    return {.id = secrets.id,
            .kind = kind,
            .account = account,
            .address = address_of(email),
            .handle_digest = secrets.handle,
            .link_digest = secrets.link,
            .code_mac = secrets.code,
            .credential_version = version,
            .created_at = now,
            .expires_at = now + mailed_valid_for};
  }
  /// What is written for an address that is taken, with no mail: its owner had enough of them.
  accounts::TakenAddress taken_address(flows::FlowKind kind, core::Timestamp now) {
    const auto secrets = flow_secrets(now);
    return {.flow = {.id = secrets.id,
                     .kind = kind,
                     .handle_digest = secrets.handle,
                     .created_at = now,
                     .expires_at = now + mailed_valid_for},
            .mail = std::nullopt};
  }

  flows::ProofDigests proof(const FlowSecrets& flow, Way way) {
    switch (way) {
      case Way::link:
        return {.id = flow.id, .link = flow.link};
      case Way::code:
        return {.id = flow.id, .handle = flow.handle, .code_macs = {flow.code}};
      case Way::wrong_link:
        return {.id = flow.id, .link = digest()};
      case Way::wrong_code:
        return {.id = flow.id, .handle = flow.handle, .code_macs = {digest()}};
    }
    std::unreachable();
  }

  /// What wrong passwords of an address are counted by, and what is remembered of its locks.
  static throttle::AttemptKey name_key(const accounts::Email& email) {
    return crypto::sha256(core::as_bytes("name " + std::string(email.key().str())));
  }
  static throttle::AttemptKey notice_key(const accounts::Email& email) {
    return crypto::sha256(core::as_bytes("notice " + std::string(email.key().str())));
  }
  throttle::Attempt attempt(const accounts::Email& email) {
    return {.key = name_key(email), .print = random_.bytes<16>()};
  }
  static idempotency::NamedRequest named_request(std::string_view name) {
    return {.key = crypto::sha256(core::as_bytes(name)), .fingerprint = {1}};
  }

 private:
  static flows::FlowAddress address_of(const accounts::Email& email) {
    return {std::string(email.str()), std::string(email.key().str())};
  }

  const crypto::Keyring& keyring_;
  const sessions::Lifetimes& lifetimes_;
  core::FakeRandom random_;
  const std::string name_;
  int verifiers_ = 0;
};

}  // namespace sallyport::contract
