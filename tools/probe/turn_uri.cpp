#include "tools/probe/turn_uri.h"

#include <charconv>

namespace probe {
namespace {

constexpr std::uint16_t kPort = 3478;  // RFC 7065 section 3.2
constexpr std::uint16_t kSecurePort = 5349;

[[nodiscard]] overlay::Unexpected<overlay::Error> wrong(std::string_view text) {
  return overlay::failure("\"" + std::string(text) +
                          "\" is no TURN URI; write turn:HOST[:PORT][?transport=udp|tcp] or turns:..., "
                          "IPv6 addresses in brackets");
}

[[nodiscard]] std::optional<std::uint16_t> parse_port(std::string_view text) {
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  if (error != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
  return port;
}

[[nodiscard]] bool take_prefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace

overlay::Result<TurnUri> parse_turn_uri(std::string_view text) {
  std::string_view rest = text;
  const bool secure = take_prefix(rest, "turns:");
  if (!secure && !take_prefix(rest, "turn:")) return wrong(text);
  const Transport datagrams = secure ? Transport::kDtls : Transport::kUdp;
  const Transport stream = secure ? Transport::kTls : Transport::kTcp;
  TurnUri uri{.port = secure ? kSecurePort : kPort, .transports = {datagrams, stream}};

  if (const auto query = rest.find('?'); query != std::string_view::npos) {
    const auto wanted = rest.substr(query);
    if (wanted != "?transport=udp" && wanted != "?transport=tcp") return wrong(text);
    uri.transports = {wanted == "?transport=udp" ? datagrams : stream};
    rest = rest.substr(0, query);
  }
  std::size_t host_end = rest.find(':');
  if (take_prefix(rest, "[")) {
    const auto bracket = rest.find(']');
    if (bracket == std::string_view::npos) return wrong(text);
    uri.host = rest.substr(0, bracket);
    rest.remove_prefix(bracket + 1);
    if (!rest.empty() && rest.front() != ':') return wrong(text);
    host_end = 0;
  } else {
    uri.host = rest.substr(0, host_end);
  }
  // As people write it who think of a web address: it has no // (RFC 7065 section 3.1).
  if (uri.host.empty() || uri.host.find('/') != std::string::npos) return wrong(text);
  if (host_end >= rest.size()) return uri;
  const auto port = parse_port(rest.substr(host_end + 1));
  if (!port) return wrong(text);
  uri.port = *port;
  return uri;
}

}  // namespace probe
