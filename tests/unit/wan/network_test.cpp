#include "tools/wan/network.h"

#include <numeric>

#include <gtest/gtest.h>

#include "tests/unit/wan/network_builder.h"

namespace wan {
namespace network_test {

using namespace std::chrono_literals;
using overlay::Instant;
using namespace test;

constexpr Instant kStart{1h};

class NetworkTest : public testing::Test {
 protected:
  void cut(const std::string& a, const std::string& b, bool one_way = false) {
    const auto from = select_hosts(network_.hosts(), a);
    const auto to = select_hosts(network_.hosts(), b);
    ASSERT_TRUE(from && to);
    ASSERT_TRUE(network_.add_faults(
        {{.a = a, .b = b, .from = *from, .to = *to, .one_way = one_way, .effect = {.cut = true}}}));
  }
  [[nodiscard]] bool passes(HostIndex from, HostIndex to) {
    return network_.admit(from, make_udp(static_cast<std::uint8_t>(to.value() + 1), 50), kStart).has_value();
  }

  overlay::SeededRandom random_{1};
  Network network_ = make_network(random_);
};

TEST_F(NetworkTest, sends_a_packet_to_the_host_that_has_its_destination_address) {
  const auto admission = network_.admit(kEdgeA, make_udp(3, 50), kStart);

  ASSERT_TRUE(admission);
  EXPECT_EQ(admission->to, kHubB);
  EXPECT_EQ(admission->arrival, kStart + 10ms);
}

TEST_F(NetworkTest, counts_packets_without_a_host) {
  EXPECT_EQ(network_.admit(kEdgeA, make_udp(77, 50), kStart).error(), DropReason::kNoHost);
  EXPECT_EQ(network_.admit(kEdgeA, overlay::ByteVector{0x10, 0x20}, kStart).error(), DropReason::kMalformed);
  EXPECT_EQ(network_.stray().received, 2u);
}

TEST_F(NetworkTest, a_cut_host_is_cut_off_in_both_directions_and_others_are_not) {
  cut("hub-a", "*");

  EXPECT_FALSE(passes(kHubA, kHubB));
  EXPECT_FALSE(passes(kEdgeA, kHubA));
  EXPECT_TRUE(passes(kEdgeA, kHubB));
}

TEST_F(NetworkTest, a_one_way_cut_leaves_the_other_direction) {
  cut("hub-a", "hub-b", true);

  EXPECT_FALSE(passes(kHubA, kHubB));
  EXPECT_TRUE(passes(kHubB, kHubA));
}

TEST_F(NetworkTest, a_provider_is_cut_with_all_its_hosts) {
  cut("provider:a", "*");

  EXPECT_FALSE(passes(kHubA, kEdgeA));
  EXPECT_FALSE(passes(kHubB, kEdgeA));
}

TEST_F(NetworkTest, a_cut_drops_packets_in_flight) {
  ASSERT_TRUE(passes(kHubA, kHubB));

  cut("hub-b", "*");

  EXPECT_FALSE(network_.may_arrive(kHubA, kHubB));
}

TEST_F(NetworkTest, healing_one_fault_leaves_the_others) {
  cut("hub-a", "hub-b");
  cut("hub-a", "*");

  EXPECT_EQ(network_.heal("hub-b", "hub-a"), 1u);
  EXPECT_FALSE(passes(kHubA, kHubB));
  EXPECT_EQ(network_.heal_all(), 1u);
  EXPECT_TRUE(passes(kHubA, kHubB));
}

TEST_F(NetworkTest, counters_balance) {
  network_.set_base(kHubA, kHubB, {.loss = 0.2, .rate = 1'000'000});
  std::uint64_t delivered = 0;
  for (int i = 0; i < 1000; ++i)
    if (passes(kHubA, kHubB)) {
      network_.count_delivered(kHubA, kHubB, 78);
      ++delivered;
    }

  const auto& counters = network_.link(kHubA, kHubB).counters;
  const auto dropped = std::accumulate(counters.dropped.begin(), counters.dropped.end(), std::uint64_t{0});
  EXPECT_EQ(counters.received, 1000u);
  EXPECT_EQ(counters.delivered, delivered);
  EXPECT_EQ(counters.received, counters.delivered + dropped);
}

TEST_F(NetworkTest, rejects_an_unknown_name) {
  const auto selected = select_hosts(network_.hosts(), "hub-z");

  ASSERT_FALSE(selected);
  EXPECT_NE(selected.error().message.find("hub-z"), std::string::npos);
}

}  // namespace network_test
}  // namespace wan
