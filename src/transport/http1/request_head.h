#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "transport/http1/header_field.h"

namespace sallyport::transport::http1 {

/// `uri-host [":" port]` of RFC 9110 §7.2, but of the registered names only what DNS can hold.
bool is_authority(std::string_view text);

/// How the end of a request's content is found (RFC 9112 §6.3).
enum class Framing { none, content_length, chunked };

/// A request line with its fields, proven to keep the rules of RFC 9112 that decide where the message ends and whom it
/// is for. Every view points into the buffer that was parsed, except `path` when the client sent none.
struct RequestHead {
  std::string_view method;  ///< any token of at most 32 bytes; case matters
  std::string_view target;  ///< as sent: origin-form, absolute-form, or `*`
  std::string_view path;    ///< the target's path, still percent-encoded; `/` when absolute-form has none
  std::string_view query;   ///< what follows the first `?`
  std::string_view host;    ///< never empty in HTTP/1.1; with the port if sent; of an absolute-form target if it is one
  int minor_version = 1;    ///< 0 or 1; higher minors are spoken to as 1 (RFC 9110 §2.5)
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;  ///< 0 unless `framing` says otherwise
  bool keep_alive = true;            ///< whether the client wants the connection after this request
  bool expects_continue = false;     ///< holds its content back until told `100 Continue` (RFC 9110 §10.1.1)
  HeaderFields fields;
};

struct HeadLimits {
  std::size_t max_bytes = 16384;                    ///< request line, fields and the empty line
  std::size_t max_fields = HeaderFields::capacity;  ///< never more than that capacity
  std::size_t max_target = 8192;
};

enum class HeadStatus { incomplete, complete, refused };

struct HeadOutcome {
  HeadStatus status = HeadStatus::incomplete;
  std::size_t consumed = 0;  ///< when complete: how many bytes the head took; content or the next request follows
  Refusal refusal;           ///< when refused
};

/// Parses a request head from all bytes received so far, which may go on past it. Sans-I/O; never allocates. `head` has
/// a meaning only when the outcome is `complete`, and only as long as the bytes stay where they are.
///
/// The first offence in the order of the bytes is the one reported, as soon as it has been received, so a refusal does
/// not depend on how the bytes were cut up; more bytes never mend it, and the connection must end with the answer:
/// 400 "request_malformed", 414 "target_too_long", 417 "expectation_unsupported", 431 "head_too_large",
/// 501 "method_unsupported" and "transfer_coding_unsupported", 505 "version_unsupported".
///
/// `already_scanned` tells how many of the bytes a former call has called incomplete. It keeps a head that trickles in
/// from costing the square of its length: a long one is then looked at again only when a line ends or 512 further bytes
/// came, so an offence inside a line may be answered that much later, though never differently.
HeadOutcome parse_request_head(std::string_view bytes, RequestHead& head, const HeadLimits& limits = {},
                               std::size_t already_scanned = 0);

}  // namespace sallyport::transport::http1
