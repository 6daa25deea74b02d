#include "overlay/io/udp_header.h"

#include <cstring>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::uint8_t kUdp = 17;

std::uint16_t fold(std::uint64_t sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return static_cast<std::uint16_t>(sum);
}

// RFC 768; RFC 8200 section 8.1. A checksum of 0 would mean "no checksum".
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

// Ones' complement addition is independent of byte order: words are added in host order, and the sum is
// swapped at the end.
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

void write_udp_header(const DatagramRoute& route, Bytes payload, ByteArray<kUdpHeader>& out) {
  CHECK(route.source.address.family() == route.destination.address.family());
  store_be(out.data(), route.source.port);
  store_be(out.data() + 2, route.destination.port);
  store_be(out.data() + 4, static_cast<std::uint16_t>(kUdpHeader + payload.size()));
  store_be(out.data() + 6, std::uint16_t{0});
  store_be(out.data() + 6, udp_checksum(route, out, payload));
}

}  // namespace overlay
