#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sallyport::transport::rpc {

enum class Padding { yes, no };

/// Appends base64 with the standard alphabet (RFC 4648 §4).
void append_base64(std::string& out, std::string_view bytes, Padding padding);

/// What the RPC protocols call base64: either alphabet, padded or not, unused bits as they are. That is how binary
/// metadata and the messages of a Connect GET come. Anything else is nothing.
std::optional<std::string> decode_base64(std::string_view text);

/// Decodes the body of `application/grpc-web-text`: base64 in pieces that may end anywhere, where what follows padding
/// is another run of base64. Sans-I/O.
class Base64Stream {
 public:
  /// Appends what the characters stand for to `out`; false once one of them is no base64, and from then on.
  bool feed(std::string_view text, std::string& out);
  /// Whether the text so far may be all of it.
  bool is_whole() const { return !is_broken_ && count_ == 0; }

 private:
  std::uint32_t bits_ = 0;
  int count_ = 0;    ///< how many characters of a group of four have come
  int padding_ = 0;  ///< how many of them were `=`
  bool is_broken_ = false;
};

}  // namespace sallyport::transport::rpc
