#include "overlay/io/icmp_message.h"

#include <vector>

#include <gtest/gtest.h>

namespace overlay {
namespace icmp_message_test {

using Octets = std::vector<std::uint8_t>;

Octets joined(std::initializer_list<Octets> parts) {
  Octets all;
  for (const Octets& part : parts)
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

// IPv4 headers, of the error from 192.0.2.9 and of a datagram from 192.0.2.1 to 198.51.100.2.
const Octets kOuterV4{0x45, 0, 0, 56, 0, 0, 0, 0, 64, 1, 0, 0, 192, 0, 2, 9, 192, 0, 2, 1};
const Octets kInnerV4{0x45, 0, 0, 36, 0, 0, 0x40, 0, 60, 17, 0, 0, 192, 0, 2, 1, 198, 51, 100, 2};
const Octets kPortUnreachableV4{3, 3, 0, 0, 0, 0, 0, 0};
// Ports 50000 and 4000, length, checksum.
const Octets kUdp{0xc3, 0x50, 0x0f, 0xa0, 0, 16, 0, 0};

// From 2001:db8::1 to 2001:db8::2.
const Octets kInnerV6{0x60, 0, 0, 0, 0,    16,   17,   64,   0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0,
                      0,    0, 0, 1, 0x20, 0x01, 0x0d, 0xb8, 0,    0,    0,    0,    0, 0, 0, 0, 0, 0, 0, 2};
const Octets kTooBigV6{2, 0, 0, 0, 0, 0, 0x05, 0x14};

Endpoint endpoint(std::string_view text) {
  return Endpoint::parse(text).value();
}

TEST(IcmpMessage, says_which_datagram_did_not_arrive) {
  const auto error = parse_icmp_v4(joined({kOuterV4, kPortUnreachableV4, kInnerV4, kUdp}));

  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->local, endpoint("192.0.2.1:50000"));
  EXPECT_EQ(error->remote, endpoint("198.51.100.2:4000"));
  EXPECT_EQ(error->type, 3);
  EXPECT_EQ(error->code, 3);
  EXPECT_EQ(error->mtu, 0u);
}

TEST(IcmpMessage, has_the_mtu_of_a_link_that_is_too_narrow) {
  const Octets fragmentation_needed{3, 4, 0, 0, 0, 0, 0x05, 0x78};

  const auto v4 = parse_icmp_v4(joined({kOuterV4, fragmentation_needed, kInnerV4, kUdp}));
  const auto v6 = parse_icmp_v6(joined({kTooBigV6, kInnerV6, kUdp}));

  ASSERT_TRUE(v4 && v6);
  EXPECT_EQ(v4->mtu, 1400u);
  EXPECT_EQ(v6->mtu, 1300u);
  EXPECT_EQ(v6->type, 2);
  EXPECT_EQ(v6->local, endpoint("[2001:db8::1]:50000"));
  EXPECT_EQ(v6->remote, endpoint("[2001:db8::2]:4000"));
}

TEST(IcmpMessage, steps_over_options_of_both_headers) {
  Octets outer = joined({kOuterV4, {1, 1, 1, 1}});
  Octets inner = joined({kInnerV4, {1, 1, 1, 1, 1, 1, 1, 1}});
  outer[0] = 0x46;
  inner[0] = 0x47;

  const auto error = parse_icmp_v4(joined({outer, kPortUnreachableV4, inner, kUdp}));

  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->local, endpoint("192.0.2.1:50000"));
}

TEST(IcmpMessage, is_nothing_when_it_is_cut_short) {
  const Octets v4 = joined({kOuterV4, kPortUnreachableV4, kInnerV4, kUdp});
  const Octets v6 = joined({kTooBigV6, kInnerV6, kUdp});
  constexpr std::size_t kAfterPorts = 4;

  for (std::size_t size = 0; size < v4.size() - kAfterPorts; ++size)
    EXPECT_FALSE(parse_icmp_v4(Octets(v4.begin(), v4.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
  for (std::size_t size = 0; size < v6.size() - kAfterPorts; ++size)
    EXPECT_FALSE(parse_icmp_v6(Octets(v6.begin(), v6.begin() + static_cast<std::ptrdiff_t>(size)))) << size;
}

TEST(IcmpMessage, is_nothing_when_it_is_no_error_about_udp) {
  const Octets echo_reply{0, 0, 0, 0, 0, 0, 0, 0};
  Octets tcp = kInnerV4;
  tcp[9] = 6;
  Octets later_fragment = kInnerV4;
  later_fragment[7] = 8;
  Octets no_header = kInnerV4;
  no_header[0] = 0x41;
  Octets tcp_v6 = kInnerV6;
  tcp_v6[6] = 6;

  EXPECT_FALSE(parse_icmp_v4(joined({kOuterV4, echo_reply, kInnerV4, kUdp})));
  EXPECT_FALSE(parse_icmp_v4(joined({kOuterV4, kPortUnreachableV4, tcp, kUdp})));
  EXPECT_FALSE(parse_icmp_v4(joined({kOuterV4, kPortUnreachableV4, later_fragment, kUdp})));
  EXPECT_FALSE(parse_icmp_v4(joined({kOuterV4, kPortUnreachableV4, no_header, kUdp})));
  EXPECT_FALSE(parse_icmp_v6(joined({kTooBigV6, tcp_v6, kUdp})));
}

}  // namespace icmp_message_test
}  // namespace overlay
