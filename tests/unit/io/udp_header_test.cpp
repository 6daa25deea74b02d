// Known answers: checksums computed apart from this code, by the definition in RFC 1071 and RFC 768.
#include "overlay/io/udp_header.h"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

#include "overlay/base/wire.h"

namespace overlay {
namespace {

const DatagramRoute kV4{.source = Endpoint::parse("192.0.2.1:49152").value(),
                        .destination = Endpoint::parse("198.51.100.7:3478").value(),
                        .traffic_class = 0xb9};
const DatagramRoute kV6{.source = Endpoint::parse("[2001:db8::1]:49152").value(),
                        .destination = Endpoint::parse("[2001:db8::7]:3478").value(),
                        .traffic_class = 0xb9};

std::vector<std::uint8_t> headers_of(const DatagramRoute& route, Bytes payload) {
  std::vector<std::uint8_t> out(kIpv6UdpHeader, 0xee);
  out.resize(write_udp_headers(route, payload, out));
  return out;
}

std::uint16_t checksum_of(const std::vector<std::uint8_t>& headers) {
  return load_be<std::uint16_t>(&headers.at(headers.size() - 2));
}

TEST(UdpHeader, of_ipv4_has_every_field) {
  const auto headers = headers_of(kV4, as_bytes("hello"));

  const std::vector<std::uint8_t> expected{
      0x45, 0xb9, 0,    33,   0,   0,  0,    0,  // identification, no flags
      64,   17,   0,    0,    192, 0,  2,    1,  // checksum: the kernel's
      198,  51,   100,  7,                       //
      0xc0, 0x00, 0x0d, 0x96, 0,   13, 0x02, 0x2f};
  EXPECT_EQ(headers, expected);
}

TEST(UdpHeader, of_ipv6_has_every_field) {
  const auto headers = headers_of(kV6, as_bytes("hello"));

  ASSERT_EQ(headers.size(), kIpv6UdpHeader);
  const std::vector<std::uint8_t> start{0x6b, 0x90, 0, 0, 0, 13, 17, 64, 0x20, 0x01, 0x0d, 0xb8};
  EXPECT_TRUE(std::equal(start.begin(), start.end(), headers.begin()));
  EXPECT_EQ(headers.at(23), 1);
  EXPECT_EQ(headers.at(39), 7);
  EXPECT_EQ(checksum_of(headers), 0x92f1);
}

TEST(UdpHeader, never_says_that_there_is_no_checksum) {
  const ByteArray<2> payload{0x46, 0x07};  // with which the sum is zero

  EXPECT_EQ(checksum_of(headers_of(kV4, payload)), 0xffff);
}

TEST(InternetSum, adds_up_to_all_ones_over_what_carries_its_own_checksum) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<std::uint8_t> payload(size);
    for (std::size_t i = 0; i < size; ++i)
      payload[i] = static_cast<std::uint8_t>(251 * i + size);

    const auto headers = headers_of(kV4, payload);

    const ByteArray<4> rest{0, 17, 0, static_cast<std::uint8_t>(8 + size)};
    std::uint16_t sum = internet_sum(Bytes(headers).subspan(12, 8));
    sum = internet_sum(rest, sum);
    sum = internet_sum(Bytes(headers).subspan(20), sum);
    EXPECT_EQ(internet_sum(payload, sum), 0xffff) << size;
  }
}

}  // namespace
}  // namespace overlay
