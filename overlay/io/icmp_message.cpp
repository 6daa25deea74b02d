#include "overlay/io/icmp_message.h"

#include <algorithm>

#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::size_t kIcmpHeader = 8;
constexpr std::size_t kIpv4Header = 20;
constexpr std::size_t kIpv6Header = 40;
constexpr std::size_t kPorts = 4;
constexpr std::uint8_t kUdp = 17;

constexpr std::uint8_t kUnreachableV4 = 3;
constexpr std::uint8_t kFragmentationNeededV4 = 4;  // a code of kUnreachableV4
constexpr std::uint8_t kTimeExceededV4 = 11;
constexpr std::uint8_t kUnreachableV6 = 1;
constexpr std::uint8_t kTooBigV6 = 2;
constexpr std::uint8_t kTimeExceededV6 = 3;

// The bytes after the IPv4 header at the front, options included; nullopt without a valid IPv4 header.
std::optional<Bytes> behind_ipv4_header(Bytes packet) {
  if (packet.size() < kIpv4Header || packet[0] >> 4 != 4) return std::nullopt;
  const std::size_t size = std::size_t{4} * (packet[0] & 0x0f);
  if (size < kIpv4Header || packet.size() < size) return std::nullopt;
  return packet.subspan(size);
}

IpAddress ipv4_at(Bytes packet, std::size_t offset) {
  std::array<std::uint8_t, 4> octets;
  std::ranges::copy(packet.subspan(offset, octets.size()), octets.begin());
  return IpAddress::v4(octets);
}

IpAddress ipv6_at(Bytes packet, std::size_t offset) {
  std::array<std::uint8_t, 16> octets;
  std::ranges::copy(packet.subspan(offset, octets.size()), octets.begin());
  return IpAddress::v6(octets);
}

}  // namespace

std::optional<IcmpError> parse_icmp_v4(Bytes packet) {
  const auto message = behind_ipv4_header(packet);
  if (!message || message->size() < kIcmpHeader) return std::nullopt;
  IcmpError error{.type = (*message)[0], .code = (*message)[1]};
  if (error.type != kUnreachableV4 && error.type != kTimeExceededV4) return std::nullopt;

  const Bytes about = message->subspan(kIcmpHeader);
  const auto udp = behind_ipv4_header(about);
  if (!udp || udp->size() < kPorts || about[9] != kUdp) return std::nullopt;
  // Only the first fragment has the ports.
  if ((load_be<std::uint16_t>(about.data() + 6) & 0x1fff) != 0) return std::nullopt;
  error.local = {ipv4_at(about, 12), load_be<std::uint16_t>(udp->data())};
  error.remote = {ipv4_at(about, 16), load_be<std::uint16_t>(udp->data() + 2)};
  // RFC 1191 section 4.
  if (error.type == kUnreachableV4 && error.code == kFragmentationNeededV4)
    error.mtu = load_be<std::uint16_t>(message->data() + 6);
  return error;
}

std::optional<IcmpError> parse_icmp_v6(Bytes message) {
  if (message.size() < kIcmpHeader + kIpv6Header + kPorts) return std::nullopt;
  IcmpError error{.type = message[0], .code = message[1]};
  if (error.type != kUnreachableV6 && error.type != kTooBigV6 && error.type != kTimeExceededV6)
    return std::nullopt;

  const Bytes about = message.subspan(kIcmpHeader);
  if (about[0] >> 4 != 6 || about[6] != kUdp) return std::nullopt;
  const Bytes udp = about.subspan(kIpv6Header);
  error.local = {ipv6_at(about, 8), load_be<std::uint16_t>(udp.data())};
  error.remote = {ipv6_at(about, 24), load_be<std::uint16_t>(udp.data() + 2)};
  if (error.type == kTooBigV6) error.mtu = load_be<std::uint32_t>(message.data() + 4);
  return error;
}

}  // namespace overlay
