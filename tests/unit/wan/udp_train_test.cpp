#include "tools/wan/udp_train.h"

#include <gtest/gtest.h>

#include "tests/unit/wan/network_builder.h"

namespace wan {
namespace udp_train_test {

using overlay::load_be;
using test::make_udp;

// RFC 1071: the sum over a header with a correct checksum is all ones.
[[nodiscard]] std::uint32_t ones_sum(overlay::Bytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += load_be<std::uint16_t>(&bytes[i]);
  while (sum > 0xffff)
    sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

TEST(UdpTrain, couples_packets_of_one_flow_and_size) {
  const auto a = make_udp(1, 100, 1);
  const auto b = make_udp(1, 100, 2);
  UdpTrain train;

  EXPECT_TRUE(train.couple(a));
  EXPECT_TRUE(train.couple(b));

  const auto head = train.head();
  EXPECT_EQ(head.size, 28u);
  EXPECT_EQ(head.segment, 100u);
  EXPECT_EQ(load_be<std::uint16_t>(&head.bytes[2]), 228);
  EXPECT_EQ(load_be<std::uint16_t>(&head.bytes[24]), 208);
  EXPECT_EQ(ones_sum(head.view().first(20)), 0xffffu);
  EXPECT_EQ(train.payload(1).size(), 100u);
  EXPECT_EQ(train.payload(1)[0], 2);
}

TEST(UdpTrain, holds_the_sum_of_the_pseudo_header_as_udp_checksum) {
  const auto packet = make_udp(1, 100);
  UdpTrain train;
  ASSERT_TRUE(train.couple(packet) && train.couple(packet));

  const auto head = train.head();

  // 10.78.0.9 + 10.78.0.1 + protocol 17 + length 208.
  EXPECT_EQ(load_be<std::uint16_t>(&head.bytes[26]), 0x0a4e + 0x0009 + 0x0a4e + 0x0001 + 17 + 208);
}

TEST(UdpTrain, accepts_a_shorter_packet_only_as_the_last) {
  const auto full = make_udp(1, 100);
  const auto part = make_udp(1, 40);
  UdpTrain train;

  EXPECT_TRUE(train.couple(full));
  EXPECT_TRUE(train.couple(part));
  EXPECT_FALSE(train.couple(part));
  EXPECT_FALSE(train.couple(full));
}

TEST(UdpTrain, refuses_longer_packets_other_flows_and_other_protocols) {
  auto to_another = make_udp(2, 100);
  auto other_port = make_udp(1, 100);
  other_port[23] ^= 1;
  auto other_class = make_udp(1, 100);
  other_class[1] = 0x02;
  auto fragment = make_udp(1, 100);
  fragment[6] = 0x20;
  auto tcp = make_udp(1, 100);
  tcp[9] = 6;
  const auto longer = make_udp(1, 101);
  const auto first = make_udp(1, 100);

  for (const auto& other : {to_another, other_port, other_class, fragment, tcp, longer}) {
    UdpTrain train;
    ASSERT_TRUE(train.couple(first));
    EXPECT_FALSE(train.couple(other));
  }
}

TEST(UdpTrain, accepts_any_packet_alone) {
  auto tcp = make_udp(1, 100);
  tcp[9] = 6;
  UdpTrain train;

  EXPECT_TRUE(train.couple(tcp));
  EXPECT_FALSE(train.couple(tcp));
  train.clear();
  EXPECT_TRUE(train.couple(make_udp(1, 5)));
}

TEST(UdpTrain, is_bounded) {
  const auto packet = make_udp(1, 1200);
  UdpTrain train;

  std::size_t coupled = 0;
  while (train.couple(packet))
    ++coupled;

  EXPECT_EQ(coupled, UdpTrain::kMaxPackets);
}

}  // namespace udp_train_test
}  // namespace wan
