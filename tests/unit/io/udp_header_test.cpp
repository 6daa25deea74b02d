// Known answers: checksums computed apart from this code, by the definition in RFC 1071 and RFC 768.
#include "overlay/io/udp_header.h"

#include <vector>

#include <gtest/gtest.h>

#include "overlay/base/wire.h"

namespace overlay {
namespace udp_header_test {

const DatagramRoute kV4{.source = Endpoint::parse("192.0.2.1:49152").value(),
                        .destination = Endpoint::parse("198.51.100.7:3478").value()};
const DatagramRoute kV6{.source = Endpoint::parse("[2001:db8::1]:49152").value(),
                        .destination = Endpoint::parse("[2001:db8::7]:3478").value()};

ByteArray<kUdpHeader> header_of(const DatagramRoute& route, Bytes payload) {
  ByteArray<kUdpHeader> header{};
  write_udp_header(route, payload, header);
  return header;
}

std::uint16_t checksum_of(const ByteArray<kUdpHeader>& header) {
  return load_be<std::uint16_t>(&header.at(6));
}

TEST(UdpHeader, has_ports_length_and_checksum) {
  EXPECT_EQ(header_of(kV4, as_bytes("hello")),
            (ByteArray<kUdpHeader>{0xc0, 0x00, 0x0d, 0x96, 0, 13, 0x02, 0x2f}));
  EXPECT_EQ(header_of(kV6, as_bytes("hello")),
            (ByteArray<kUdpHeader>{0xc0, 0x00, 0x0d, 0x96, 0, 13, 0x92, 0xf1}));
}

TEST(UdpHeader, never_says_that_there_is_no_checksum) {
  const ByteArray<2> payload{0x46, 0x07};  // with which the sum is zero

  EXPECT_EQ(checksum_of(header_of(kV4, payload)), 0xffff);
}

TEST(InternetSum, adds_up_to_all_ones_over_what_carries_its_own_checksum) {
  for (std::size_t size = 0; size < 70; ++size) {
    std::vector<std::uint8_t> payload(size);
    for (std::size_t i = 0; i < size; ++i)
      payload[i] = static_cast<std::uint8_t>(251 * i + size);

    const auto header = header_of(kV4, payload);

    const ByteArray<4> rest{0, 17, 0, static_cast<std::uint8_t>(8 + size)};
    std::uint16_t sum = internet_sum(kV4.source.address.octets());
    sum = internet_sum(kV4.destination.address.octets(), sum);
    sum = internet_sum(rest, sum);
    sum = internet_sum(header, sum);
    EXPECT_EQ(internet_sum(payload, sum), 0xffff) << size;
  }
}

}  // namespace udp_header_test
}  // namespace overlay
