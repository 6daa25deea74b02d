// Two parts of a network that are apart for longer than records live, and find each other again.
//
// CAUSEWAY_SIM_LONG=1 lets the processes run through all hours of the longest partitions, which takes
// minutes. Otherwise they are off in between: nothing but the calls to lost neighbors happens then.
#include <cstdlib>

#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace partition_test {

using namespace std::chrono_literals;

bool runs_for_hours() {
  return std::getenv("CAUSEWAY_SIM_LONG") != nullptr;
}

// Two sites with two hubs and an edge each.
Layout two_sites() {
  Layout layout;
  layout.add_site("aws", "fra", 2, 1);
  layout.add_site("gcp", "lon", 2, 1);
  layout.set_rtt("aws:fra", "gcp:lon", 12ms);
  return layout;
}

// One hub and one edge each: little enough to simulate hours.
Layout two_small_sites() {
  Layout layout;
  layout.add_site("aws", "fra", 1, 1);
  layout.add_site("gcp", "lon", 1, 0);
  layout.set_rtt("aws:fra", "gcp:lon", 12ms);
  return layout;
}

enum class Seeds { kCross, kGone };

class Partition : public Scenario {
 protected:
  void part() {
    net().isolate(net().nodes_of_provider("gcp"));
    parted_ = net().now();
  }
  void restart_every_node(Seeds seeds) {
    for (const NodeSpec& spec : net().layout().nodes()) {
      SimNode& node = net().node(spec.name);
      if (node.is_running()) node.stop();
      if (seeds == Seeds::kGone) node.forget_seeds();
      node.start();
      net().run_for(100ms);
    }
  }
  void stop_every_node() {
    for (const NodeSpec& spec : net().layout().nodes())
      net().node(spec.name).stop();
  }
  void heal_and_expect_one_network() {
    EXPECT_FALSE(net().all_pairs_connected());
    net().isolate(net().nodes_of_provider("gcp"), false);
    const SimTime healed = net().now();
    EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 15s)) << net().describe();
    report("settled_after", net().now() - healed);
  }

  SimTime parted_{};
};

TEST_F(Partition, of_ten_minutes_heals_with_crossing_seeds) {
  settle(two_sites());
  part();
  net().run_for(5min);
  restart_every_node(Seeds::kCross);
  net().run_for(5min);
  heal_and_expect_one_network();
}

TEST_F(Partition, of_ten_minutes_heals_without_any_seed) {
  settle(two_sites());
  part();
  net().run_for(5min);
  restart_every_node(Seeds::kGone);
  net().run_for(5min);
  heal_and_expect_one_network();
}

TEST_F(Partition, of_ten_minutes_heals_without_a_restart) {
  settle(two_sites());
  for (const NodeSpec& spec : net().layout().nodes())
    net().node(spec.name).forget_seeds();
  part();
  net().run_for(10min);
  heal_and_expect_one_network();
}

TEST_F(Partition, of_six_hours_heals_without_any_seed) {
  settle(two_small_sites());
  part();
  net().run_for(20min);
  restart_every_node(Seeds::kGone);
  if (runs_for_hours()) {
    net().run_for(6h - 20min);
  } else {
    net().run_for(30min);
    stop_every_node();
    net().run_for(6h - 60min);
    restart_every_node(Seeds::kGone);
    net().run_for(10min);
  }
  heal_and_expect_one_network();
}

TEST_F(Partition, of_72_hours_heals_without_any_seed) {
  settle(two_small_sites());
  part();
  net().run_for(10min);
  if (runs_for_hours()) {
    restart_every_node(Seeds::kGone);
    net().run_for(72h - 10min);
  } else {
    stop_every_node();
    net().run_for(72h - 20min);
    restart_every_node(Seeds::kGone);
    net().run_for(10min);
  }
  heal_and_expect_one_network();
}

// The hub has no seed: others called it, and it calls them after its restart.
TEST_F(Partition, a_first_hub_without_seeds_comes_back) {
  settle(two_sites());
  SimNode& first = net().node("hub-aws-fra-1");
  first.forget_seeds();
  net().isolate({"hub-aws-fra-1"});
  net().run_for(6min);
  first.stop();
  for (const NodeSpec& spec : net().layout().nodes())
    net().node(spec.name).forget_seeds();
  first.start();
  net().run_for(1min);
  net().isolate({"hub-aws-fra-1"}, false);

  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 15s)) << net().describe();
}

TEST_F(Partition, a_node_whose_clock_was_past_its_certificate_for_an_hour_comes_back) {
  settle(two_small_sites());
  SimNode& node = net().node("hub-gcp-lon");

  node.jump_calendar(overlay::UnixSeconds(10L * 365 * 24 * 3600));
  net().run_for(1h);
  EXPECT_FALSE(net().all_pairs_connected());
  node.jump_calendar(overlay::UnixSeconds(-10L * 365 * 24 * 3600));

  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 15s)) << net().describe();
}

TEST_F(Partition, a_control_plane_that_was_frozen_for_longer_than_a_record_lives_comes_back) {
  settle(two_small_sites());
  SimNode& node = net().node("hub-gcp-lon");

  node.freeze_control();
  net().run_for(400s);
  node.thaw_control();

  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 15s)) << net().describe();
}

}  // namespace partition_test
}  // namespace sim
