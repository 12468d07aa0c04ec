#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/result.h"

namespace sallyport::transport::rpc {

/// What the first byte of an envelope says of its payload.
enum EnvelopeFlag : std::uint8_t {
  compressed_flag = 0x01,     ///< gRPC and Connect: by the coding that the head names
  end_of_stream_flag = 0x02,  ///< Connect: no message but the end of the stream, as JSON
  trailers_flag = 0x80,       ///< gRPC-Web: no message but the trailers, as header lines
};

inline constexpr std::size_t envelope_head_size = 5;

/// One message as gRPC, gRPC-Web and the streams of Connect send it: a byte of flags, the length in network order, the
/// payload (gRPC over HTTP/2, "Length-Prefixed-Message").
struct Envelope {
  std::uint8_t flags = 0;
  std::string_view payload;
};

/// Appends the head of an envelope whose payload is `size` bytes.
void append_envelope_head(std::string& out, std::uint8_t flags, std::size_t size);

/// Appends a head for a payload whose size is not known yet; `close_envelope` fills it in. Returns where it begins.
std::size_t open_envelope(std::string& out);
/// Everything behind the head that begins at `at` is its payload.
void close_envelope(std::string& out, std::size_t at, std::uint8_t flags);

/// Cuts a stream of bytes into envelopes. Sans-I/O. A payload that came whole in one piece is not copied; what has to
/// be kept is wiped afterwards, and never more than one payload of `limit` bytes.
class EnvelopeReader {
 public:
  explicit EnvelopeReader(std::size_t limit) : limit_(limit) {}
  EnvelopeReader(const EnvelopeReader&) = delete;
  EnvelopeReader& operator=(const EnvelopeReader&) = delete;
  ~EnvelopeReader() { wipe(); }

  /// The next bytes, which stay where they are until `next` has said that there is nothing more in them. Only then.
  void feed(std::string_view piece) { piece_ = piece; }
  /// The next whole envelope, valid until the next call; nothing before more bytes come. `too_large` /
  /// "body_too_large" as soon as a head announces more than the limit, and from then on.
  core::Result<std::optional<Envelope>> next();
  /// Whether the bytes so far end with the end of an envelope.
  bool is_between_envelopes() const { return kept_.empty() && piece_.empty(); }

 private:
  void keep(std::size_t wanted);
  void wipe();

  const std::size_t limit_;
  std::string kept_;  ///< the beginning of an envelope whose rest has not come
  std::string_view piece_;
  bool is_kept_given_out_ = false;
};

}  // namespace sallyport::transport::rpc
