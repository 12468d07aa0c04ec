#include "crypto/digest.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <stdexcept>

namespace sallyport::crypto {
namespace {

void require(bool succeeded) {
  if (!succeeded) throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

struct DigestContextFree {
  void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

// Fetching an algorithm costs several hashes, so it is done once. Never freed: it may be used until the process ends.
const EVP_MD* sha256_algorithm() {
  static const EVP_MD* const algorithm = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return algorithm;
}

EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
  return algorithm;
}

}  // namespace

Digest sha256(ByteView bytes) { return sha256({bytes}); }

Digest sha256(std::initializer_list<ByteView> parts) {
  thread_local const std::unique_ptr<EVP_MD_CTX, DigestContextFree> context(EVP_MD_CTX_new());
  require(EVP_DigestInit_ex2(context.get(), sha256_algorithm(), nullptr) == 1);
  for (const auto part : parts) require(EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1);
  Digest digest;
  require(EVP_DigestFinal_ex(context.get(), digest.data(), nullptr) == 1);
  return digest;
}

/// Keyed contexts waiting to be used. A context serves one thread at a time and duplicating one costs more than a tag,
/// so each thread leaves its own in a slot for its next call. They belong to the key and not to the threads, so that
/// the end of the key wipes every trace of it.
class HmacKey::Contexts {
 public:
  explicit Contexts(const core::Secret& key) : keyed_(EVP_MAC_CTX_new(hmac_algorithm())) {
    char digest_name[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest_name, 0),
                                 OSSL_PARAM_construct_end()};
    static constexpr std::uint8_t nothing = 0;  // a null key would mean "keep the old one"
    const auto bytes = key.reveal_bytes();
    require(keyed_ && EVP_MAC_init(keyed_.get(), bytes.empty() ? &nothing : bytes.data(), bytes.size(), params) == 1);
  }
  Contexts(const Contexts&) = delete;
  Contexts& operator=(const Contexts&) = delete;
  ~Contexts() {
    for (auto& slot : slots_) EVP_MAC_CTX_free(slot.context.load());
  }

  /// One context, this thread's alone until it goes back to its slot.
  class Borrowed {
   public:
    explicit Borrowed(Contexts& contexts)
        : slot_(contexts.slots_[this_thread_slot()].context), context_(slot_.exchange(nullptr)) {
      if (!context_) context_.reset(EVP_MAC_CTX_dup(contexts.keyed_.get()));
    }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;
    ~Borrowed() {
      EVP_MAC_CTX* empty = nullptr;
      if (slot_.compare_exchange_strong(empty, context_.get())) static_cast<void>(context_.release());
    }
    EVP_MAC_CTX* get() const { return context_.get(); }

   private:
    friend class Contexts;
    struct Free {
      void operator()(EVP_MAC_CTX* context) const { EVP_MAC_CTX_free(context); }
    };
    std::atomic<EVP_MAC_CTX*>& slot_;
    std::unique_ptr<EVP_MAC_CTX, Free> context_;
  };

 private:
  static constexpr std::size_t slot_count = 16;
  struct alignas(64) Slot {  // a cache line each, so that threads do not slow each other down
    std::atomic<EVP_MAC_CTX*> context{nullptr};
  };

  static std::size_t this_thread_slot() {
    static std::atomic<std::size_t> threads{0};
    thread_local const std::size_t slot = threads.fetch_add(1, std::memory_order_relaxed) % slot_count;
    return slot;
  }

  std::unique_ptr<EVP_MAC_CTX, Borrowed::Free> keyed_;
  std::array<Slot, slot_count> slots_;
};

HmacKey::HmacKey(const core::Secret& key) : contexts_(std::make_unique<Contexts>(key)) {}
HmacKey::HmacKey(HmacKey&&) noexcept = default;
HmacKey& HmacKey::operator=(HmacKey&&) noexcept = default;
HmacKey::~HmacKey() = default;

Digest HmacKey::mac(std::initializer_list<ByteView> parts) const {
  const Contexts::Borrowed context(*contexts_);
  require(EVP_MAC_init(context.get(), nullptr, 0, nullptr) == 1);
  for (const auto part : parts) require(EVP_MAC_update(context.get(), part.data(), part.size()) == 1);
  Digest tag;
  std::size_t size = 0;
  require(EVP_MAC_final(context.get(), tag.data(), &size, tag.size()) == 1 && size == tag.size());
  return tag;
}

bool equal(ByteView a, ByteView b) { return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0; }

core::Secret hkdf_sha256(const core::Secret& key, std::string_view salt, std::string_view label, std::size_t size) {
  if (size > 255 * sizeof(Digest)) throw std::length_error("HKDF-SHA-256 gives at most 8160 bytes");
  auto extracted = HmacKey(core::Secret(salt)).mac({key.reveal_bytes()});
  const HmacKey expand{core::Secret(extracted)};
  OPENSSL_cleanse(extracted.data(), extracted.size());

  auto out = core::Secret::of_size(size);
  Digest block{};
  ByteView previous;
  for (std::size_t at = 0, counter = 1; at < size; at += block.size(), ++counter) {
    const auto number = static_cast<std::uint8_t>(counter);
    block = expand.mac({previous, core::as_bytes(label), {&number, 1}});
    previous = block;
    std::copy_n(block.begin(), std::min(block.size(), size - at), out.writable().begin() + static_cast<long>(at));
  }
  OPENSSL_cleanse(block.data(), block.size());
  return out;
}

}  // namespace sallyport::crypto
