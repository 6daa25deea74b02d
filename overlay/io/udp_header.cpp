#include "overlay/io/udp_header.h"

#include <cstring>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::uint8_t kUdp = 17;
constexpr std::uint8_t kHopLimit = 64;
constexpr std::size_t kUdpHeader = 8;

std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

// RFC 791 section 3.1.
void write_ipv4(const DatagramRoute& route, std::size_t udp_size, std::uint8_t* out) {
  out[0] = 0x45;
  out[1] = route.traffic_class;
  store_be(out + 2, static_cast<std::uint16_t>(20 + udp_size));
  store_be(out + 4, std::uint16_t{0});  // the kernel chooses an identification
  store_be(out + 6, std::uint16_t{0});  // may be fragmented
  out[8] = kHopLimit;
  out[9] = kUdp;
  store_be(out + 10, std::uint16_t{0});
  std::memcpy(out + 12, route.source.address.octets().data(), 4);
  std::memcpy(out + 16, route.destination.address.octets().data(), 4);
}

// RFC 8200 section 3.
void write_ipv6(const DatagramRoute& route, std::size_t udp_size, std::uint8_t* out) {
  store_be(out, 0x6000'0000u | static_cast<std::uint32_t>(route.traffic_class) << 20);
  store_be(out + 4, static_cast<std::uint16_t>(udp_size));
  out[6] = kUdp;
  out[7] = kHopLimit;
  std::memcpy(out + 8, route.source.address.octets().data(), 16);
  std::memcpy(out + 24, route.destination.address.octets().data(), 16);
}

// RFC 768; RFC 8200 section 8.1. Zero would say that there is none.
std::uint16_t udp_checksum(const DatagramRoute& route, Bytes udp_header, Bytes payload) {
  ByteArray<4> rest{0, kUdp};
  store_be(rest.data() + 2, static_cast<std::uint16_t>(udp_header.size() + payload.size()));
  std::uint16_t sum = internet_sum(route.source.address.octets());
  sum = internet_sum(route.destination.address.octets(), sum);
  sum = internet_sum(rest, sum);
  sum = internet_sum(udp_header, sum);
  const auto checksum = static_cast<std::uint16_t>(~internet_sum(payload, sum));
  return checksum == 0 ? 0xffff : checksum;
}

}  // namespace

// Ones' complement addition does not mind the order of bytes: summed as they lie, swapped at the end.
std::uint16_t internet_sum(Bytes bytes, std::uint16_t sum) {
  std::uint64_t total = 0;
  std::size_t at = 0;
  for (; at + 4 <= bytes.size(); at += 4) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, sizeof word);
    total += word;
  }
  if (at < bytes.size()) {
    std::uint32_t word = 0;
    std::memcpy(&word, bytes.data() + at, bytes.size() - at);
    total += word;
  }
  ByteArray<2> as_it_lies;
  const std::uint16_t folded = fold(total);
  std::memcpy(as_it_lies.data(), &folded, sizeof folded);
  return fold(std::uint64_t{load_be<std::uint16_t>(as_it_lies.data())} + sum);
}

std::size_t write_udp_headers(const DatagramRoute& route, Bytes payload, MutableBytes out) {
  CHECK(route.source.address.family() == route.destination.address.family());
  CHECK(out.size() >= kIpv6UdpHeader);
  const bool is_v4 = route.source.address.is_v4();
  const std::size_t ip_size = is_v4 ? 20 : 40;
  const std::size_t udp_size = kUdpHeader + payload.size();
  if (is_v4)
    write_ipv4(route, udp_size, out.data());
  else
    write_ipv6(route, udp_size, out.data());
  std::uint8_t* const udp = out.data() + ip_size;
  store_be(udp, route.source.port);
  store_be(udp + 2, route.destination.port);
  store_be(udp + 4, static_cast<std::uint16_t>(udp_size));
  store_be(udp + 6, std::uint16_t{0});
  store_be(udp + 6, udp_checksum(route, Bytes(udp, kUdpHeader), payload));
  return ip_size + kUdpHeader;
}

}  // namespace overlay
