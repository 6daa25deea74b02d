// Parses the statistics names of drivers and the bytes of netlink.
#include "relay/fast_path/network_device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace relay {
namespace network_device_test {

using ::testing::ElementsAre;

TEST(NetworkDevice, takes_a_drivers_word_for_frames_of_xdp_that_it_could_not_send) {
  for (const char* const name :
       {"tx_queue_0_xdp_xmit_errors", "rx_queue_3_xdp_tx_errors", "tx0_xdp_tx_drops", "tx_xdp_full"})
    EXPECT_TRUE(counts_xdp_errors(name)) << name;
  for (const char* const name : {"rx_queue_0_xdp_drops", "rx_queue_0_drops", "rx_queue_0_xdp_tx",
                                 "tx_queue_0_xdp_xmit", "rx_xdp_redirect", "tx_dropped", "tx_errors", ""})
    EXPECT_FALSE(counts_xdp_errors(name)) << name;
}

TEST(NetworkDevice, finds_the_vlans_on_a_device) {
  constexpr std::string_view kConfig =
      "VLAN Dev name    | VLAN ID\n"
      "Name-Type: VLAN_NAME_TYPE_RAW_PLUS_VID_NO_PAD\n"
      "eth1.100       | 100  | eth1\n"
      "media          | 7  | eth10\n";

  EXPECT_TRUE(has_vlan(kConfig, "eth1"));
  EXPECT_TRUE(has_vlan(kConfig, "eth10"));
  for (const char* const name : {"eth0", "eth", "eth1.100", "media", "VLAN ID0", "100"})
    EXPECT_FALSE(has_vlan(kConfig, name)) << name;
  EXPECT_FALSE(has_vlan("", "eth1"));
}

// Two attributes: type 1 of three bytes and their padding, type 7 of four.
const overlay::ByteVector kAttributes{7, 0, 1, 0, 'a', 'b', 'c', 0, 8, 0, 7, 0x80, 1, 2, 3, 4};

TEST(Netlink, finds_attributes_behind_padding) {
  ASSERT_TRUE(find_attribute(kAttributes, 1));
  EXPECT_THAT(*find_attribute(kAttributes, 1), ElementsAre('a', 'b', 'c'));
  ASSERT_TRUE(find_attribute(kAttributes, 7)) << "whatever flags are on it";
  EXPECT_THAT(*find_attribute(kAttributes, 7), ElementsAre(1, 2, 3, 4));
  EXPECT_FALSE(find_attribute(kAttributes, 2));
}

TEST(Netlink, finds_nothing_in_what_is_cut_short_or_says_a_wrong_length) {
  for (std::size_t size = 0; size < kAttributes.size(); ++size)
    EXPECT_FALSE(find_attribute(overlay::Bytes(kAttributes).first(size), 7)) << size;
  for (const std::uint8_t length : overlay::ByteArray<3>{0, 3, 200})
    EXPECT_FALSE(find_attribute(overlay::ByteVector{length, 0, 2, 0, 8, 0, 7, 0, 1, 2, 3, 4}, 7));
}

TEST(Netlink, reads_no_number_out_of_too_few_bytes) {
  EXPECT_EQ(number_in<std::uint16_t>(overlay::ByteVector{5, 5, 9}), 0x0505);
  EXPECT_FALSE(number_in<std::uint32_t>(overlay::ByteVector{5, 5, 5}));
}

}  // namespace network_device_test
}  // namespace relay
