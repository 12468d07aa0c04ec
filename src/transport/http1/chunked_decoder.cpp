#include "transport/http1/chunked_decoder.h"

#include <algorithm>
#include <utility>

#include "transport/http1/uri.h"

namespace sallyport::transport::http1 {
namespace {

constexpr Refusal malformed(std::string_view rule) { return {400, "request_malformed", rule}; }

}  // namespace

ChunkedProgress ChunkedDecoder::feed(std::string_view in, std::string& body_out) {
  std::size_t used = 0;
  while (used < in.size() && at_ != At::done && at_ != At::refused) {
    if (at_ == At::data) {
      const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(chunk_, in.size() - used));
      body_out.append(in.substr(used, length));
      used += length;
      chunk_ -= length;
      if (chunk_ == 0) at_ = At::data_cr;
    } else if (take(in[used])) {
      ++used;
    }
  }
  const auto state = at_ == At::done      ? ChunkedState::done
                     : at_ == At::refused ? ChunkedState::refused
                                          : ChunkedState::needs_more;
  return {used, state, refusal_};
}

bool ChunkedDecoder::take(char byte) {
  switch (at_) {
    case At::first_digit:
    case At::digit:
      return take_size_byte(byte);
    case At::extension_start:
    case At::extension:
      return take_extension_byte(byte);
    case At::size_lf:
      received_ += chunk_;
      return expect(byte, '\n', chunk_ == 0 ? At::trailer_start : At::data);
    case At::data_cr:
      return expect(byte, '\r', At::data_lf);
    case At::data_lf:
      return expect(byte, '\n', At::first_digit);
    case At::trailer_start:
    case At::trailer_name:
    case At::trailer_value:
    case At::trailer_lf:
    case At::last_lf:
      return take_trailer_byte(byte);
    case At::data:
    case At::done:
    case At::refused:
      break;
  }
  std::unreachable();
}

bool ChunkedDecoder::take_size_byte(char byte) {
  if (at_ == At::first_digit) {
    chunk_ = 0;
    size_digits_ = 0;
    extension_bytes_ = 0;
  }
  if (const int value = hex_value(byte); value >= 0) {
    if (++size_digits_ > max_size_digits) return refuse(malformed("chunk_size_too_long"));
    chunk_ = chunk_ << 4 | static_cast<unsigned>(value);  // 16 digits fill 64 bits exactly
    if (chunk_ > max_body_ - received_) return refuse({413, "body_too_large", "body_too_large"});
    at_ = At::digit;
    return true;
  }
  if (at_ == At::first_digit) return refuse(malformed("chunk_size_malformed"));
  if (byte == '\r') return expect(byte, '\r', At::size_lf);
  at_ = At::extension_start;
  return take_extension_byte(byte);
}

// RFC 9112 §7.1.1. What extensions say is ignored, so only bytes that could end their line early are refused. White
// space may stand before the `;` but not in its place.
bool ChunkedDecoder::take_extension_byte(char byte) {
  if (at_ == At::extension && byte == '\r') return expect(byte, '\r', At::size_lf);
  const bool is_allowed =
      at_ == At::extension ? is(field_value_byte, byte) : byte == ';' || byte == ' ' || byte == '\t';
  if (!is_allowed)
    return refuse(malformed(at_ == At::extension ? "chunk_extension_malformed" : "chunk_size_malformed"));
  if (++extension_bytes_ > max_extension_bytes || ++all_extension_bytes_ > max_all_extension_bytes)
    return refuse(malformed("chunk_extension_too_long"));
  if (byte == ';') at_ = At::extension;
  return true;
}

// The field syntax of a request head (RFC 9112 §5).
bool ChunkedDecoder::take_trailer_byte(char byte) {
  if (++trailer_bytes_ > max_trailer_bytes) return refuse({431, "trailers_too_large", "trailers_too_long"});
  switch (at_) {
    case At::trailer_start:
      if (byte == '\r') return expect(byte, '\r', At::last_lf);
      if (!is(token_byte, byte)) return refuse(malformed("trailer_malformed"));
      if (++trailer_fields_ > max_trailer_fields) return refuse({431, "trailers_too_large", "too_many_trailers"});
      at_ = At::trailer_name;
      return true;
    case At::trailer_name:
      return is(token_byte, byte) || expect(byte, ':', At::trailer_value);
    case At::trailer_value:
      return is(field_value_byte, byte) || expect(byte, '\r', At::trailer_lf);
    case At::trailer_lf:
      return expect(byte, '\n', At::trailer_start);
    default:
      return expect(byte, '\n', At::done);
  }
}

bool ChunkedDecoder::expect(char byte, char wanted, At next) {
  if (byte == wanted) {
    at_ = next;
    return true;
  }
  return refuse(malformed(trailer_bytes_ > 0 ? "trailer_malformed" : "chunk_line_end_malformed"));
}

bool ChunkedDecoder::refuse(Refusal refusal) {
  refusal_ = refusal;
  at_ = At::refused;
  return false;
}

}  // namespace sallyport::transport::http1
