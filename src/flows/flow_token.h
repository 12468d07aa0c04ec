#pragma once

#include <openssl/crypto.h>

#include <string_view>
#include <utility>

#include "core/base64url.h"
#include "core/random.h"
#include "core/secret.h"
#include "crypto/digest.h"
#include "flows/flow.h"

namespace sallyport::flows {

/// A flow's id with random bytes after it, behind a prefix that tells what it is. The store keeps a digest.
template <class Shape>
class FlowToken {
 public:
  static FlowToken fresh(FlowId id, core::Random& random) {
    auto bytes = core::Secret::of_size(id_size + Shape::random_size);
    const auto out = bytes.writable();
    std::ranges::copy(id.bytes(), out.begin());
    random.fill(out.subspan(id_size));
    return FlowToken(id, std::move(bytes));
  }
  /// `invalid` with the shape's rule unless it is written exactly as `text` writes it.
  static core::Result<FlowToken> parse(std::string_view text) {
    if (!text.starts_with(Shape::prefix)) return core::fail(core::Fault::invalid, Shape::rule);
    auto bytes = core::base64url_decode(text.substr(Shape::prefix.size()));
    if (!bytes || bytes->size() != id_size + Shape::random_size) return core::fail(core::Fault::invalid, Shape::rule);
    const core::ByteView view(*bytes);
    FlowToken token(FlowId(*core::Uuid::from_bytes(view.first(id_size))), core::Secret(view));
    OPENSSL_cleanse(bytes->data(), bytes->size());
    return token;
  }

  FlowId id() const { return id_; }
  core::Digest digest() const { return crypto::sha256(bytes_.reveal_bytes()); }
  core::Secret text() const { return core::token_text(Shape::prefix, bytes_.reveal_bytes()); }

 private:
  static constexpr std::size_t id_size = 16;
  FlowToken(FlowId id, core::Secret bytes) : id_(id), bytes_(std::move(bytes)) {}
  FlowId id_;
  core::Secret bytes_;
};

struct HandleShape {
  static constexpr std::string_view prefix = "spf_", rule = "flow_malformed";
  static constexpr std::size_t random_size = 16;
};
/// What whoever starts a flow gets at once (body, cookie, metadata), known account or not. A code counts only with it.
using FlowHandle = FlowToken<HandleShape>;

struct LinkShape {
  static constexpr std::string_view prefix = "spl_", rule = "link_malformed";
  static constexpr std::size_t random_size = 32;
};
/// What stands in a mail's link, and nowhere else.
using LinkToken = FlowToken<LinkShape>;

}  // namespace sallyport::flows
