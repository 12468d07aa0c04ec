#include "transport/proxy/preamble.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <charconv>
#include <cstring>

namespace sallyport::transport {
namespace {

using Status = Preamble::Status;
using namespace std::string_view_literals;

constexpr Preamble refused{.status = Status::refused};
constexpr Preamble incomplete{.status = Status::incomplete};

bool begins_like(std::string_view bytes, std::string_view wanted) {
  const auto known = std::min(bytes.size(), wanted.size());
  return bytes.substr(0, known) == wanted.substr(0, known);
}

std::string_view take_word(std::string_view& line) {
  const auto end = std::min(line.find(' '), line.size());
  const auto word = line.substr(0, end);
  line.remove_prefix(std::min(end + 1, line.size()));
  return word;
}

std::optional<std::uint16_t> parse_port(std::string_view digits) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  const bool is_port = error == std::errc{} && end == digits.data() + digits.size();
  return is_port && (digits.size() == 1 || digits.front() != '0') ? std::optional(port) : std::nullopt;
}

/// §2.1: "PROXY TCP4 192.0.2.1 192.0.2.2 4711 80\r\n".
Preamble read_version_1(std::string_view bytes) {
  static constexpr std::string_view begin = "PROXY ", end = "\r\n";
  static constexpr std::size_t most = 107;
  if (!begins_like(bytes, begin)) return refused;
  const auto line_end = bytes.substr(0, most).find(end);
  if (line_end == std::string_view::npos) return bytes.size() < most ? incomplete : refused;
  Preamble preamble{.status = Status::complete, .size = line_end + end.size()};
  auto line = bytes.substr(begin.size(), line_end - begin.size());
  const auto family = take_word(line);
  if (family == "UNKNOWN") return preamble;  // whatever follows is to be ignored
  const auto source = take_word(line), destination = take_word(line);
  const auto source_port = parse_port(take_word(line));
  const auto destination_port = line.contains(' ') ? std::nullopt : parse_port(line);
  const bool is_v6 = family == "TCP6";
  if ((!is_v6 && family != "TCP4") || !source_port || !destination_port) return refused;
  if (source.contains(':') != is_v6 || destination.contains(':') != is_v6) return refused;
  preamble.client = Address::parse_ip(source, *source_port);
  return preamble.client && Address::parse_ip(destination) ? preamble : refused;
}

/// §2.2: a signature, version and command, family, length, addresses, additional fields.
Preamble read_version_2(std::string_view bytes) {
  static constexpr std::string_view signature = "\r\n\r\n\0\r\nQUIT\n"sv;
  static constexpr std::size_t head = 16;
  if (!begins_like(bytes, signature)) return refused;
  const auto at = [&](std::size_t i) { return static_cast<std::uint8_t>(bytes[i]); };
  if (bytes.size() > 12 && at(12) != 0x20 && at(12) != 0x21) return refused;
  if (bytes.size() < head) return incomplete;
  const std::size_t length = static_cast<std::size_t>(at(14)) << 8 | at(15);
  if (head + length > max_preamble) return refused;
  const bool is_local = at(12) == 0x20;
  const auto family = at(13);
  static constexpr std::uint8_t unspecified = 0x00, tcp_v4 = 0x11, tcp_v6 = 0x21, unix_stream = 0x31;
  const std::size_t addresses = family == tcp_v4 ? 12 : family == tcp_v6 ? 36 : family == unix_stream ? 216 : 0;
  const bool is_known = addresses != 0 || family == unspecified;
  if (!is_local && (!is_known || length < addresses)) return refused;
  if (bytes.size() < head + length) return incomplete;

  Preamble preamble{.status = Status::complete, .size = head + length};
  if (is_local) return preamble;  // the proxy's own, such as a health check: the peer stays who it is
  if (family == tcp_v4) {
    sockaddr_in from{};
    from.sin_family = AF_INET;
    std::memcpy(&from.sin_addr, bytes.data() + head, 4);
    std::memcpy(&from.sin_port, bytes.data() + head + 8, 2);
    preamble.client = Address::from(reinterpret_cast<const sockaddr&>(from));
  } else if (family == tcp_v6) {
    sockaddr_in6 from{};
    from.sin6_family = AF_INET6;
    std::memcpy(&from.sin6_addr, bytes.data() + head, 16);
    std::memcpy(&from.sin6_port, bytes.data() + head + 32, 2);
    preamble.client = Address::from(reinterpret_cast<const sockaddr&>(from));
  }
  return preamble;
}

}  // namespace

Preamble read_preamble(ProxyHeader version, std::string_view bytes) {
  return version == ProxyHeader::proxy_v1 ? read_version_1(bytes) : read_version_2(bytes);
}

}  // namespace sallyport::transport
