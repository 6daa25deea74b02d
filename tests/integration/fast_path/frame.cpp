#include "tests/integration/fast_path/frame.h"

#include <algorithm>

#include "overlay/base/wire.h"
#include "overlay/io/udp_header.h"

namespace relay {
namespace {

constexpr std::uint16_t kIpv4 = 0x0800;
constexpr std::uint16_t kIpv6 = 0x86dd;
constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kHopLimit = 64;

bool is_v4(overlay::Bytes frame) {
  return overlay::load_be<std::uint16_t>(frame.data() + 12) == kIpv4;
}

overlay::IpAddress address_at(overlay::Bytes frame, bool v4, std::size_t at) {
  if (v4) {
    overlay::ByteArray<4> octets;
    std::ranges::copy(frame.subspan(at, 4), octets.begin());
    return overlay::IpAddress::v4(octets);
  }
  overlay::ByteArray<16> octets;
  std::ranges::copy(frame.subspan(at, 16), octets.begin());
  return overlay::IpAddress::v6(octets);
}

// RFC 768, RFC 8200 section 8.1: right when all of it adds up to this.
constexpr std::uint16_t kAllOnes = 0xffff;

std::uint16_t udp_sum(overlay::Bytes frame, overlay::Bytes datagram) {
  const std::size_t size = is_v4(frame) ? 4 : 16;
  const std::size_t addresses = kIpHeader + (is_v4(frame) ? 12 : 8);
  overlay::ByteArray<4> rest{0, 17};
  overlay::store_be(rest.data() + 2, static_cast<std::uint16_t>(datagram.size()));
  std::uint16_t sum = overlay::internet_sum(frame.subspan(addresses, 2 * size));
  sum = overlay::internet_sum(rest, sum);
  return overlay::internet_sum(datagram, sum);
}

// RFC 791 section 3.1.
overlay::ByteVector ipv4_header(const overlay::DatagramRoute& route, std::size_t udp_size) {
  overlay::ByteVector header(20);
  header[0] = 0x45;
  header[1] = route.traffic_class;
  overlay::store_be(header.data() + 2, static_cast<std::uint16_t>(20 + udp_size));
  header[8] = kHopLimit;
  header[9] = kUdp;
  std::ranges::copy(route.source.address.octets(), header.begin() + 12);
  std::ranges::copy(route.destination.address.octets(), header.begin() + 16);
  overlay::store_be(header.data() + 10, static_cast<std::uint16_t>(~overlay::internet_sum(header)));
  return header;
}

// RFC 8200 section 3.
overlay::ByteVector ipv6_header(const overlay::DatagramRoute& route, std::size_t udp_size) {
  overlay::ByteVector header(40);
  overlay::store_be(header.data(), 0x6000'0000u | std::uint32_t{route.traffic_class} << 20);
  overlay::store_be(header.data() + 4, static_cast<std::uint16_t>(udp_size));
  header[6] = kUdp;
  header[7] = kHopLimit;
  std::ranges::copy(route.source.address.octets(), header.begin() + 8);
  std::ranges::copy(route.destination.address.octets(), header.begin() + 24);
  return header;
}

void append(overlay::ByteVector& frame, overlay::Bytes bytes) {
  frame.insert(frame.end(), bytes.begin(), bytes.end());
}

}  // namespace

std::size_t udp_header_of(overlay::Bytes frame) {
  return kIpHeader + (is_v4(frame) ? 20 : 40);
}

overlay::ByteVector make_frame(const FrameEnds& ends, const overlay::DatagramRoute& route,
                               overlay::Bytes payload) {
  overlay::ByteArray<overlay::kUdpHeader> header;
  overlay::write_udp_header(route, payload, header);
  const std::size_t udp_size = header.size() + payload.size();
  overlay::ByteVector frame(ends.destination.begin(), ends.destination.end());
  frame.insert(frame.end(), ends.source.begin(), ends.source.end());
  frame.resize(kIpHeader);
  const bool v4 = route.source.address.is_v4();
  overlay::store_be(frame.data() + 12, v4 ? kIpv4 : kIpv6);
  append(frame, v4 ? ipv4_header(route, udp_size) : ipv6_header(route, udp_size));
  append(frame, header);
  append(frame, payload);
  return frame;
}

std::optional<TakenApart> take_apart(overlay::Bytes frame) {
  const bool v4 = is_v4(frame);
  const std::size_t udp = udp_header_of(frame);
  if (frame.size() < udp + 8) return std::nullopt;
  if (v4 && overlay::internet_sum(frame.subspan(kIpHeader, 20)) != kAllOnes) return std::nullopt;
  const auto ip_length = overlay::load_be<std::uint16_t>(frame.data() + kIpHeader + (v4 ? 2 : 4));
  const auto udp_length = overlay::load_be<std::uint16_t>(frame.data() + udp + 4);
  if (ip_length - (v4 ? 20 : 0) != udp_length || frame.size() < udp + udp_length) return std::nullopt;
  const overlay::Bytes datagram = frame.subspan(udp, udp_length);
  if (udp_sum(frame, datagram) != kAllOnes) return std::nullopt;

  TakenApart taken;
  std::ranges::copy(frame.first(6), taken.ends.destination.begin());
  std::ranges::copy(frame.subspan(6, 6), taken.ends.source.begin());
  const std::size_t size = v4 ? 4 : 16;
  const std::size_t addresses = kIpHeader + (v4 ? 12 : 8);
  taken.route.source = {address_at(frame, v4, addresses),
                        overlay::load_be<std::uint16_t>(frame.data() + udp)};
  taken.route.destination = {address_at(frame, v4, addresses + size),
                             overlay::load_be<std::uint16_t>(frame.data() + udp + 2)};
  taken.route.traffic_class =
      v4 ? frame[kIpHeader + 1]
         : static_cast<std::uint8_t>(frame[kIpHeader] << 4 | frame[kIpHeader + 1] >> 4);
  taken.payload.assign(datagram.begin() + 8, datagram.end());
  return taken;
}

}  // namespace relay
