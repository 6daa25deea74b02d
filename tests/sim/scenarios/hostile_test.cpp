// Somebody means harm: replays, garbage, foreign certificates.
#include <array>
#include <deque>
#include <functional>

#include <gmock/gmock.h>

#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace hostile_test {

class Hostile : public Scenario {
 protected:
  static constexpr std::uint16_t kOverlayPort = 4700;
  const overlay::IpAddress kAttacker = overlay::IpAddress::v4({192, 0, 2, 66});

  // Links between hubs that left `up` after `when`. Edges measure other hubs and drop those links again.
  [[nodiscard]] int hub_links_lost_since(SimTime when) {
    int lost = 0;
    for (const std::string& hub : net().layout().hubs()) {
      for (const ObservedEvent& observed : net().node(hub).observed()) {
        const auto* changed = std::get_if<overlay::LinkChanged>(&observed.event);
        if (changed == nullptr || observed.at <= when || changed->after == overlay::LinkState::kUp) continue;
        if (net().layout().name_of(changed->neighbor).starts_with("hub-")) ++lost;
      }
    }
    return lost;
  }

  static constexpr Duration kStep = 100us;
  // The time that a hub needs to rejoin after a restart, while `at_each_step` runs.
  Duration rejoin(const std::string& hub, const std::function<void()>& at_each_step) {
    net().node(hub).stop();
    for (const SimTime stopped = net().now(); net().now() - stopped < 1s; net().run_for(kStep))
      at_each_step();
    net().node(hub).start();
    const SimTime started = net().now();
    while (!net().is_settled() && net().now() - started < 20s) {
      at_each_step();
      net().run_for(kStep);
    }
    EXPECT_TRUE(net().is_settled());
    return net().now() - started;
  }

  // Sends what was recorded again, one datagram each half millisecond.
  void send_again(std::deque<Datagram> recorded) {
    net().tap(nullptr);
    for (Datagram& datagram : recorded) {
      datagram.visited.clear();
      net().attack(std::move(datagram));
      net().run_for(500us);
    }
  }
};

TEST_F(Hostile, everything_between_the_nodes_is_replayed_and_nothing_arrives_twice) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub", {.interval = 10ms});
  std::deque<Datagram> recorded;
  net().tap([&](const Datagram& datagram) {
    if (datagram.destination.port == kOverlayPort) recorded.push_back(datagram);
  });

  net().run_for(500ms);
  const std::size_t count = recorded.size();
  send_again(std::move(recorded));
  hang_up();

  EXPECT_GT(count, 500u);
  EXPECT_EQ(heard_by_bob().lost(), 0u);
  EXPECT_EQ(heard_by_alice().lost(), 0u);
  const auto& dropped = net().node("edge-azure-dub").overlay_counters().dropped;
  EXPECT_GT(dropped[overlay::DropReason::kReplayedFrame], 20u);
}

TEST_F(Hostile, frames_that_were_changed_on_the_way_are_dropped_and_their_copies_on_other_links_are_not) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub", {.interval = 10ms});
  overlay::SeededRandom random(seed());
  std::deque<Datagram> altered;
  net().tap([&](const Datagram& datagram) {
    if (datagram.destination.port != kOverlayPort) return;
    Datagram& copy = altered.emplace_back(datagram);
    copy.bytes[random.below(copy.bytes.size())] ^= static_cast<std::uint8_t>(1 + random.below(255));
  });

  net().run_for(500ms);
  send_again(std::move(altered));
  hang_up();

  EXPECT_EQ(heard_by_bob().lost(), 0u);
  EXPECT_EQ(heard_by_alice().lost(), 0u);
  EXPECT_TRUE(net().is_settled());
}

TEST_F(Hostile, garbage_on_every_port_disturbs_no_call) {
  settle(three_cloud());
  call("edge-aws-fra", "edge-azure-dub", {.interval = 10ms});
  overlay::SeededRandom random(seed());

  for (int i = 0; i < 5'000; ++i) {
    const auto& nodes = net().layout().nodes();
    const NodeSpec& target = nodes[random.below(nodes.size())];
    Datagram garbage;
    garbage.source = {.address = overlay::IpAddress::v4({192, 0, 2, 66}), .port = 666};
    garbage.destination = {.address = target.address,
                           .port = static_cast<std::uint16_t>(random.below(2) == 0 ? kOverlayPort : 3478)};
    garbage.bytes.resize(1 + random.below(200));
    random.fill(garbage.bytes);
    // Half of it gets as far as a handshake, a cookie or a link frame.
    constexpr std::array<std::uint8_t, 4> kTypes{0x01, 0x02, 0x03, 0x10};
    if (random.below(2) == 0) garbage.bytes[0] = kTypes[random.below(kTypes.size())];
    net().attack(std::move(garbage));
    net().run_for(200us);
  }
  hang_up();

  EXPECT_EQ(heard_by_bob().lost(), 0u);
  EXPECT_EQ(heard_by_alice().lost(), 0u);
}

TEST_F(Hostile, a_flood_of_garbage_delays_the_rejoin_of_a_hub_by_less_than_a_second) {
  settle(three_cloud());
  const std::string hub = "hub-gcp-lon";
  overlay::SeededRandom random(seed());
  const auto flood = [&](std::string_view target) {
    for (int i = 0; i < 5; ++i) {  // 50,000 a second
      Datagram garbage;
      garbage.source = {.address = overlay::IpAddress::v4({203, 0, 113, 9}), .port = 666};
      garbage.destination = {.address = net().layout().node(target).address, .port = kOverlayPort};
      garbage.bytes.resize(150 + random.below(150));
      garbage.bytes[0] = static_cast<std::uint8_t>(1 + i % 3);
      net().attack(std::move(garbage));
    }
  };

  const Duration undisturbed = rejoin(hub, [] {});
  const Duration flooded = rejoin(hub, [&] {
    flood(hub);
    flood("hub-aws-fra");
  });

  report("undisturbed", undisturbed);
  report("flooded", flooded);
  EXPECT_LE(flooded, undisturbed + 1s);
}

TEST_F(Hostile, recorded_initiations_from_another_address_change_nothing_even_after_a_restart) {
  std::vector<Datagram> recorded;
  begin(three_cloud());
  net().tap([&](const Datagram& datagram) {
    if (datagram.destination.port == kOverlayPort && datagram.bytes[0] == 0x01) recorded.push_back(datagram);
  });
  ASSERT_TRUE(net().run_until([&] { return net().is_settled(); }, 15s));
  net().run_for(3s);
  call("edge-aws-fra", "edge-azure-dub", {.interval = 10ms});
  const std::string hub = "hub-gcp-lon";
  net().node(hub).stop();
  net().run_for(2s);

  std::size_t redirected = 0;
  net().tap([&](const Datagram& datagram) {
    if (datagram.destination.address == kAttacker && datagram.bytes[0] == 0x10) ++redirected;
  });
  net().node(hub).start();
  const SimTime restarted = net().now();
  for (int round = 0; round < 40; ++round) {
    for (Datagram datagram : recorded) {
      datagram.visited.clear();
      datagram.source = {.address = kAttacker, .port = 666};
      net().attack(std::move(datagram));
    }
    net().run_for(250ms);
  }

  EXPECT_GT(recorded.size(), 10u);
  EXPECT_EQ(redirected, 0u);
  EXPECT_TRUE(net().is_settled());
  for (const auto& [neighbor, link] : net().node(hub).links()) {
    const std::string& name = net().layout().name_of(neighbor);
    EXPECT_TRUE(link.state == overlay::LinkState::kUp || name.starts_with("edge-")) << name;
  }
  EXPECT_EQ(hub_links_lost_since(restarted + 3s), 0);
  EXPECT_GT(net().node(hub).control_plane().handshake_counters().stale, 0u);
  hang_up();
  // The hub may have been on the path of the call when it stopped.
  EXPECT_EQ(heard_by_bob().lost({.from = restarted}), 0u);
}

TEST_F(Hostile, a_hub_with_a_certificate_of_another_ca_is_let_in_by_nobody) {
  settle(three_cloud(), {.impostors = {"hub-gcp-fra"}, .absent = {"hub-gcp-fra"}});
  call("edge-aws-fra", "edge-azure-dub");

  net().node("hub-gcp-fra").start();
  net().run_for(5s);
  hang_up();

  for (const NodeSpec& node : net().layout().nodes()) {
    if (node.name == "hub-gcp-fra") continue;
    EXPECT_THAT(net().neighbors(node.name), testing::Not(testing::Contains("hub-gcp-fra"))) << node.name;
  }
  EXPECT_TRUE(net().routes("edge-aws-fra", "hub-gcp-fra").empty());
  EXPECT_GT(net().node("hub-aws-fra").control_plane().handshake_counters().refused, 0u);
  EXPECT_EQ(heard_by_bob().lost(), 0u);
}

}  // namespace hostile_test
}  // namespace sim
