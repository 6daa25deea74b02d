#include "overlay/base/endpoint.h"

#include <charconv>
#include <cstring>

#include <arpa/inet.h>

namespace overlay {

IpAddress IpAddress::v4(const ByteArray<4>& octets) {
  IpAddress address;
  address.family_ = AddressFamily::kV4;
  std::memcpy(address.octets_.data(), octets.data(), octets.size());
  return address;
}

IpAddress IpAddress::v6(const ByteArray<16>& octets) {
  IpAddress address;
  address.family_ = AddressFamily::kV6;
  address.octets_ = octets;
  return address;
}

Result<IpAddress> IpAddress::parse(std::string_view text) {
  const std::string terminated(text);
  ByteArray<4> v4_octets;
  if (inet_pton(AF_INET, terminated.c_str(), v4_octets.data()) == 1) return v4(v4_octets);
  ByteArray<16> v6_octets;
  if (inet_pton(AF_INET6, terminated.c_str(), v6_octets.data()) == 1) return v6(v6_octets);
  return failure("\"" + terminated + "\" is not an IP address; write 192.0.2.1 or 2001:db8::1");
}

bool IpAddress::is_unspecified() const {
  return octets_ == std::array<std::uint8_t, 16>{};
}

Bytes IpAddress::octets() const {
  if (is_v4()) return Bytes(octets_).first(4);
  if (is_v6()) return Bytes(octets_);
  return {};
}

std::string IpAddress::to_string() const {
  if (family_ == AddressFamily::kNone) return "none";
  char text[INET6_ADDRSTRLEN];
  inet_ntop(is_v4() ? AF_INET : AF_INET6, octets_.data(), text, sizeof text);
  return text;
}

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto bad = [&] {
    return failure("\"" + std::string(text) +
                   "\" is not address:port; write 192.0.2.1:3478 or [2001:db8::1]:3478");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad();
  std::string_view host = text.substr(0, colon);
  const std::string_view port_text = text.substr(colon + 1);
  const bool bracketed = host.size() >= 2 && host.front() == '[' && host.back() == ']';
  if (bracketed) host = host.substr(1, host.size() - 2);

  const auto address = IpAddress::parse(host);
  if (!address || address->is_v6() != bracketed) return bad();
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(port_text.data(), port_text.data() + port_text.size(), port);
  if (error != std::errc{} || end != port_text.data() + port_text.size()) return bad();
  return Endpoint{*address, port};
}

std::string Endpoint::to_string() const {
  const std::string host = address.to_string();
  return (address.is_v6() ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace overlay
