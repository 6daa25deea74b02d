#include "relay/node/descriptor_watch.h"

#include <gtest/gtest.h>

#include "overlay/loop/descriptor_reserve.h"

namespace relay {
namespace descriptor_watch_test {

using namespace std::chrono_literals;

TEST(DescriptorReserve, is_64_or_an_eighth_of_a_small_limit) {
  EXPECT_EQ(overlay::reserved_descriptors(1'048'576), 64u);
  EXPECT_EQ(overlay::reserved_descriptors(128), 16u);
  EXPECT_EQ(overlay::reserved_descriptors(0), 0u);
}

TEST(DescriptorWatch, needs_one_descriptor_for_each_allocation_and_connection) {
  NodeConfig config;
  config.cores = 1;
  config.turn.emplace();
  const std::size_t before = needed_descriptors(config);

  config.turn->max_allocations += 1000;
  config.turn->max_connections += 500;

  EXPECT_EQ(needed_descriptors(config), before + 1500);
}

TEST(DescriptorWatch, needs_two_descriptors_for_an_allocation_that_may_have_both_families) {
  NodeConfig config;
  config.cores = 1;
  config.turn.emplace();
  config.turn->relay_addresses = {overlay::IpAddress::v4({192, 0, 2, 1}),
                                  overlay::IpAddress::parse("2001:db8::1").value()};
  const std::size_t before = needed_descriptors(config);

  config.turn->max_allocations += 1000;
  EXPECT_EQ(needed_descriptors(config), before + 2000);

  config.turn->shared_relay_ports = 10;
  EXPECT_EQ(needed_descriptors(config), descriptors_at_start(config) + 2 * 10 + config.turn->max_connections);
}

TEST(DescriptorWatch, needs_two_descriptors_for_a_connection_that_may_be_for_a_backend) {
  NodeConfig config;
  config.cores = 1;
  config.turn.emplace();
  config.turn->listeners.push_back({.address = overlay::Endpoint::parse("192.0.2.1:443").value(),
                                    .transports = {overlay::Transport::kTls},
                                    .proxy_protocol_from = {},
                                    .https_backend = overlay::Endpoint::parse("127.0.0.1:8443").value()});
  const std::size_t before = needed_descriptors(config);

  config.turn->max_connections += 500;

  EXPECT_EQ(needed_descriptors(config), before + 750);
}

TEST(DescriptorWatch, needs_descriptors_of_each_data_plane_at_the_start) {
  NodeConfig config;
  config.turn.emplace();
  config.turn->listen = {overlay::Endpoint::parse("192.0.2.1:3478").value()};
  config.packet_io.relay_ports = RelayPorts::kSockets;
  config.cores = 1;
  const std::size_t with_one = descriptors_at_start(config);

  config.cores = 64;

  EXPECT_EQ(descriptors_at_start(config), with_one + 63 * (8 + 1 + 2));
}

TEST(DescriptorWatch, is_over_only_after_five_seconds_without_scarcity) {
  DescriptorWatch watch;
  overlay::Instant now{1h};
  watch.note(true, now);
  EXPECT_TRUE(watch.is_exhausted());

  watch.note(false, now += 4s);
  EXPECT_TRUE(watch.is_exhausted());
  watch.note(true, now += 1s);
  watch.note(false, now += 4s);
  EXPECT_TRUE(watch.is_exhausted());

  watch.note(false, now += 1s);
  EXPECT_FALSE(watch.is_exhausted());
}

}  // namespace descriptor_watch_test
}  // namespace relay
