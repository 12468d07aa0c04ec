#include "transport/http1/request_head.h"

#include <algorithm>
#include <charconv>
#include <system_error>

#include "core/byte_scan.h"

namespace sallyport::transport::http1 {
namespace {

constexpr std::size_t max_method = 32;

constexpr Refusal malformed(std::string_view rule) { return {400, "request_malformed", rule}; }

constexpr std::string_view digits = "0123456789";

bool all(ByteClass wanted, std::string_view text) {
  return std::ranges::all_of(text, [wanted](char c) { return is(wanted, c); });
}

bool is_port(std::string_view text) {
  // RFC 3986 §3.2.3 lets the digits after the colon be missing.
  unsigned port = 0;
  return text.find_first_not_of(digits) == std::string_view::npos && text.size() <= 5 &&
         (text.empty() || std::from_chars(text.data(), text.data() + text.size(), port).ec == std::errc{}) &&
         port <= 65535;
}

template <class Visit>
void for_each_member(std::string_view list, Visit visit) {
  for (;;) {
    const auto comma = list.find(',');
    visit(trim_ows(list.substr(0, comma)));
    if (comma == std::string_view::npos) return;
    list.remove_prefix(comma + 1);
  }
}

// One call of parse_request_head. Each step answers whether to go on; if not, the refusal tells a bad head from one
// whose bytes ran out.
class HeadParser {
 public:
  HeadParser(std::string_view bytes, const HeadLimits& limits, RequestHead& head)
      : at_(bytes.data()),
        end_(at_ + std::min(bytes.size(), limits.max_bytes)),
        is_cut_(bytes.size() > limits.max_bytes),
        max_target_(limits.max_target),
        max_fields_(std::min(limits.max_fields, HeaderFields::capacity)),
        head_(head) {}

  HeadOutcome parse() {
    const char* const begin = at_;
    if (leading_empty_line() && request_line() && field_lines() && whole_head())
      return {HeadStatus::complete, static_cast<std::size_t>(at_ - begin), {}};
    return {refusal_.status == 0 ? HeadStatus::incomplete : HeadStatus::refused, 0, refusal_};
  }

 private:
  bool refuse(Refusal refusal) {
    refusal_ = refusal;
    return false;
  }
  bool refuse(std::string_view rule) { return refuse(malformed(rule)); }
  bool has_byte() {
    if (at_ != end_) return true;
    return is_cut_ && refuse({431, "head_too_large", "head_too_long"});
  }

  // Passes over whole words of field value bytes: tokens in headers are long.
  void skip_plain_words(const char* stop) {
    while (stop - at_ >= 8) {
      const auto word = core::load_eight(at_);
      if (core::has_byte_below(word, 0x20) || core::has_byte(word, 0x7f)) return;
      at_ += 8;
    }
  }

  // The longest run of such bytes here, but at most `most`.
  std::string_view take(ByteClass wanted, std::size_t most) {
    const char* const begin = at_;
    const char* const stop = begin + std::min(most, static_cast<std::size_t>(end_ - begin));
    if (wanted == field_value_byte) skip_plain_words(stop);
    while (at_ != stop && is(wanted, *at_)) ++at_;
    return {begin, static_cast<std::size_t>(at_ - begin)};
  }

  bool line_end() {
    if (!has_byte()) return false;
    if (*at_ == '\n') return refuse("bare_lf");
    if (*at_ != '\r') return refuse("control_byte");
    ++at_;
    if (!has_byte()) return false;
    if (*at_ != '\n') return refuse("bare_cr");
    ++at_;
    return true;
  }

  // RFC 9112 §2.2: at least one empty line before the request line should be ignored. One is.
  bool leading_empty_line() { return has_byte() && (*at_ == '\r' ? line_end() : true); }

  bool request_line() {
    head_.method = take(token_byte, max_method + 1);
    // RFC 9112 §3: a method longer than any the server knows is unimplemented.
    if (head_.method.size() > max_method) return refuse({501, "method_unsupported", "method_too_long"});
    if (!has_byte()) return false;
    if (head_.method.empty() || *at_ != ' ') return refuse("method_malformed");
    if (head_.method == "CONNECT") return refuse({501, "method_unsupported", "connect_refused"});
    ++at_;
    return target() && version() && line_end();
  }

  bool target() {
    if (!has_byte()) return false;
    if (std::string_view("/*hH").find(*at_) == std::string_view::npos) return refuse("target_malformed");
    head_.target = take(target_byte, max_target_ + (max_target_ < SIZE_MAX ? 1 : 0));
    if (head_.target.size() > max_target_) return refuse({414, "target_too_long", "target_too_long"});
    if (!has_byte()) return false;
    if (*at_ != ' ') return refuse("target_malformed");
    ++at_;

    auto local = head_.target;
    if (local.front() == '*') {
      if (local.size() != 1 || head_.method != "OPTIONS") return refuse("target_malformed");
    } else if (local.front() != '/') {  // RFC 9112 §3.2.2
      const std::size_t scheme = equals_ignoring_case(local.substr(0, 7), "http://")    ? 7
                                 : equals_ignoring_case(local.substr(0, 8), "https://") ? 8
                                                                                        : 0;
      if (scheme == 0) return refuse("target_malformed");
      local.remove_prefix(scheme);
      head_.host = local.substr(0, local.find_first_of("/?"));
      if (!is_authority(head_.host)) return refuse("target_malformed");
      local.remove_prefix(head_.host.size());
      is_absolute_ = true;
    }
    const auto question = local.find('?');
    head_.path = local.substr(0, question);
    head_.query = question == std::string_view::npos ? std::string_view{} : local.substr(question + 1);
    if (head_.path.empty()) head_.path = "/";  // RFC 9110 §4.2.3
    return true;
  }

  bool version() {
    char number[2]{};
    std::size_t numbers = 0;
    for (const char wanted : std::string_view("HTTP/d.d")) {
      if (!has_byte()) return false;
      if (wanted != 'd' && *at_ != wanted) return refuse("version_malformed");
      if (wanted == 'd') {
        if (*at_ < '0' || *at_ > '9') return refuse("version_malformed");
        number[numbers++] = *at_;
      }
      ++at_;
    }
    if (number[0] != '1') return refuse({505, "version_unsupported", "version_unsupported"});
    head_.minor_version = number[1] == '0' ? 0 : 1;
    return true;
  }

  bool field_lines() {
    for (;;) {
      if (!has_byte()) return false;
      if (*at_ == '\r' || *at_ == '\n') return line_end();
      if (*at_ == ' ' || *at_ == '\t') return refuse("obsolete_line_folding");  // RFC 9112 §5.2 and §2.2
      if (head_.fields.size() == max_fields_) return refuse({431, "head_too_large", "too_many_fields"});
      HeaderField field;
      field.name = take(token_byte, SIZE_MAX);
      if (!has_byte()) return false;
      // RFC 9112 §5.1: white space before the colon must be refused too.
      if (field.name.empty() || *at_ != ':') return refuse("field_name_malformed");
      ++at_;
      field.value = trim_ows(take(field_value_byte, SIZE_MAX));
      if (!line_end()) return false;
      head_.fields.add(field);
      if (!known_field(field)) return false;
    }
  }

  bool known_field(const HeaderField& field) {
    const auto named = [&field](std::string_view name) { return equals_ignoring_case(field.name, name); };
    switch (field.name.size()) {
      case 4:
        return named("host") ? host(field.value) : true;
      case 6:
        return named("expect") ? expect(field.value) : true;
      case 10:
        return named("connection") ? connection(field.value) : true;
      case 14:
        return named("content-length") ? content_length(field.value) : true;
      case 17:
        return named("transfer-encoding") ? transfer_encoding(field.value) : true;
      default:
        return true;
    }
  }

  bool host(std::string_view value) {
    if (has_host_) return refuse("host_repeated");
    if (!is_authority(value)) return refuse("host_malformed");
    has_host_ = true;
    if (!is_absolute_) head_.host = value;  // RFC 9112 §3.2.2: an absolute-form target's authority replaces it
    return true;
  }

  bool expect(std::string_view value) {
    if (!equals_ignoring_case(value, "100-continue"))
      return refuse({417, "expectation_unsupported", "expectation_unsupported"});
    asks_for_continue_ = true;
    return true;
  }

  bool connection(std::string_view value) {
    bool is_valid = true;
    for_each_member(value, [&](std::string_view option) {
      is_valid = is_valid && all(token_byte, option);
      wants_close_ = wants_close_ || equals_ignoring_case(option, "close");
      wants_keep_alive_ = wants_keep_alive_ || equals_ignoring_case(option, "keep-alive");
    });
    return is_valid || refuse("connection_malformed");
  }

  // RFC 9110 §8.6 would let a list of equal lengths pass; whoever is in front may have taken another one of them.
  bool content_length(std::string_view value) {
    if (head_.framing == Framing::chunked) return refuse("framing_ambiguous");
    if (head_.framing == Framing::content_length) return refuse("content_length_repeated");
    const char* const end = value.data() + value.size();
    if (value.empty() || value.find_first_not_of(digits) != std::string_view::npos ||
        std::from_chars(value.data(), end, head_.content_length).ec != std::errc{})
      return refuse("content_length_malformed");
    head_.framing = Framing::content_length;
    return true;
  }

  bool transfer_encoding(std::string_view value) {
    if (head_.framing == Framing::content_length) return refuse("framing_ambiguous");  // RFC 9112 §6.1
    if (head_.framing == Framing::chunked) return refuse("transfer_encoding_repeated");
    if (head_.minor_version == 0) return refuse("transfer_encoding_in_http_1_0");  // RFC 9112 §6.1
    if (!equals_ignoring_case(value, "chunked")) return unsupported_coding(value);
    head_.framing = Framing::chunked;
    return true;
  }

  // RFC 9112 §6.3 (4): without chunked as the last coding nobody knows where the content ends: 400. With it, this is a
  // good message in a coding we do not have: 501.
  bool unsupported_coding(std::string_view value) {
    std::size_t chunked = 0;
    bool is_list = true, is_chunked_last = false;
    for_each_member(value, [&](std::string_view coding) {
      is_list = is_list && !coding.empty() && all(token_byte, coding);
      is_chunked_last = equals_ignoring_case(coding, "chunked");
      if (is_chunked_last) ++chunked;
    });
    if (!is_list || !is_chunked_last || chunked != 1) return refuse("transfer_encoding_malformed");
    return refuse({501, "transfer_coding_unsupported", "transfer_coding_unsupported"});
  }

  bool whole_head() {
    const bool is_http_1_0 = head_.minor_version == 0;
    if (!has_host_ && !is_http_1_0) return refuse("host_missing");  // RFC 9112 §3.2
    head_.keep_alive = !wants_close_ && (!is_http_1_0 || wants_keep_alive_);
    // RFC 9110 §10.1.1: the expectation of an HTTP/1.0 request must be ignored; and without content nobody waits.
    const bool has_content = head_.framing == Framing::chunked || head_.content_length > 0;
    head_.expects_continue = asks_for_continue_ && has_content && !is_http_1_0;
    return true;
  }

  const char* at_;
  const char* const end_;
  const bool is_cut_;  // more bytes came than a head may have
  const std::size_t max_target_;
  const std::size_t max_fields_;
  RequestHead& head_;
  Refusal refusal_;
  bool is_absolute_ = false;
  bool has_host_ = false;
  bool asks_for_continue_ = false;
  bool wants_close_ = false;
  bool wants_keep_alive_ = false;
};

// A head cannot become complete without a line ending; looking again at every further block keeps refusals prompt.
bool is_worth_parsing(std::string_view bytes, const HeadLimits& limits, std::size_t already_scanned) {
  constexpr std::size_t block = 512;
  return already_scanned < block || bytes.size() / block != already_scanned / block ||
         bytes.size() > limits.max_bytes || bytes.find('\n', already_scanned) != std::string_view::npos;
}

}  // namespace

// `uri-host [":" port]` of RFC 9110 §7.2, but of the registered names only what DNS can hold: sub-delims and percent
// encoding name no host of ours, and a comma would let two hosts pass as one.
bool is_authority(std::string_view text) {
  std::size_t host_end = 0;
  if (text.starts_with('[')) {
    host_end = std::min(text.find_first_not_of("0123456789abcdefABCDEF:.", 1), text.size());
    if (host_end < 3 || host_end == text.size() || text[host_end] != ']') return false;
    ++host_end;
  } else {
    while (host_end < text.size() && is(host_byte, text[host_end])) ++host_end;
    // RFC 9110 §4.2.1: an http URI without a host must be rejected, so an empty Host can only be another scheme's.
    if (host_end == 0) return false;
  }
  return host_end == text.size() || (text[host_end] == ':' && is_port(text.substr(host_end + 1)));
}

HeadOutcome parse_request_head(std::string_view bytes, RequestHead& head, const HeadLimits& limits,
                               std::size_t already_scanned) {
  if (!is_worth_parsing(bytes, limits, already_scanned)) return {};
  head.method = head.target = head.path = head.query = head.host = {};
  head.framing = Framing::none;
  head.content_length = 0;
  head.fields.clear();
  return HeadParser(bytes, limits, head).parse();
}

}  // namespace sallyport::transport::http1
