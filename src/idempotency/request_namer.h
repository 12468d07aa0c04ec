#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "crypto/keyring.h"
#include "idempotency/idempotency_key.h"
#include "idempotency/idempotency_store.h"

namespace sallyport::idempotency {

/// Makes of a named request what a store may know of it.
class RequestNamer {
 public:
  /// What a request asks for, piece by piece; absent is not the same as empty.
  using Piece = std::optional<std::string_view>;

  /// The key ring outlives it.
  explicit RequestNamer(const crypto::Keyring& keyring) : key_(keyring.mac_key(crypto::Purpose::idempotency)) {}
  /// `use_case` is a literal such as "register": a name given to two of them names two requests. Never a password among
  /// the pieces.
  NamedRequest operator()(std::string_view use_case, const IdempotencyKey& key, std::span<const Piece> pieces) const;

 private:
  const crypto::HmacKey& key_;
};

}  // namespace sallyport::idempotency
