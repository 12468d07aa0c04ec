#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "transport/http1/header_field.h"

namespace sallyport::transport::http1 {

enum class ChunkedState { needs_more, done, refused };

struct ChunkedProgress {
  std::size_t consumed = 0;  ///< when done: what follows in the input is the next request
  ChunkedState state = ChunkedState::needs_more;
  Refusal refusal;  ///< when refused
};

/// Takes the chunked coding (RFC 9112 §7.1) off one message's content, in whatever pieces it arrives. Every line ends
/// with CRLF; extensions and trailers are checked, bounded and dropped. Sans-I/O; allocates nothing itself.
class ChunkedDecoder {
 public:
  static constexpr int max_size_digits = 16;
  static constexpr std::size_t max_extension_bytes = 256;        ///< of one chunk
  static constexpr std::size_t max_all_extension_bytes = 16384;  ///< of all chunks: CVE-2023-39326 was not having one
  static constexpr std::size_t max_trailer_fields = 16;
  static constexpr std::size_t max_trailer_bytes = 4096;

  explicit ChunkedDecoder(std::uint64_t max_body) : max_body_(max_body) {}

  /// Takes the next bytes and appends the content among them to `body_out`. Asks for more, is done, or refuses with
  /// 400 "request_malformed", 413 "body_too_large" (known from the chunk's size, before its content) or
  /// 431 "trailers_too_large"; then the connection must end with the answer. Once done or refused it takes nothing more
  /// and says the same again.
  ChunkedProgress feed(std::string_view in, std::string& body_out);

 private:
  // Named for the byte they wait for.
  enum class At {
    first_digit,
    digit,
    extension_start,  // white space before the `;`
    extension,
    size_lf,
    data,
    data_cr,
    data_lf,
    trailer_start,
    trailer_name,
    trailer_value,
    trailer_lf,
    last_lf,
    done,
    refused,
  };

  bool take(char byte);
  bool take_size_byte(char byte);
  bool take_extension_byte(char byte);
  bool take_trailer_byte(char byte);
  bool expect(char byte, char wanted, At next);
  bool refuse(Refusal refusal);

  std::uint64_t max_body_;
  std::uint64_t received_ = 0;  // content so far, the present chunk included
  std::uint64_t chunk_ = 0;     // the present chunk's size, then what is left of it
  At at_ = At::first_digit;
  int size_digits_ = 0;
  std::size_t extension_bytes_ = 0;
  std::size_t all_extension_bytes_ = 0;
  std::size_t trailer_fields_ = 0;
  std::size_t trailer_bytes_ = 0;
  Refusal refusal_;
};

}  // namespace sallyport::transport::http1
