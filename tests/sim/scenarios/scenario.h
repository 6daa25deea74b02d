// The base of all scenarios: a seed, a network, a call. A scenario that fails prints the seed, the simulated
// time and the command that replays it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "tests/sim/network.h"

namespace sim {

using namespace std::chrono_literals;

class Scenario : public testing::Test {
 protected:
  // Detection takes this long beyond the link's RTT (the bar in the project's README).
  static constexpr Duration kReaction = 40ms;

  void SetUp() override;
  void TearDown() override;

  // CAUSEWAY_SIM_SEED, or 1.
  [[nodiscard]] std::uint64_t seed() const { return seed_; }
  void use_seed(std::uint64_t seed) { seed_ = seed; }

  // A network whose nodes have just been switched on.
  Network& begin(Layout layout, const NetworkOptions& options = {});
  // A network in which all nodes agree and all pairs have paths.
  Network& settle(Layout layout, const NetworkOptions& options = {});
  [[nodiscard]] Network& net() { return *network_; }
  // Destroys the network. No call is going on.
  void end() { network_.reset(); }

  // Two clients of the named edges, connected, with `flow` running both ways for a second already.
  void call(std::string_view edge_a, std::string_view edge_b, FlowConfig flow = {.interval = 5ms});
  [[nodiscard]] SimClient& alice() { return net().client("alice"); }
  [[nodiscard]] SimClient& bob() { return net().client("bob"); }
  // The packets of alice that bob received, and of bob that alice received.
  [[nodiscard]] const FlowRecord& heard_by_bob() { return bob().record_from(alice()); }
  [[nodiscard]] const FlowRecord& heard_by_alice() { return alice().record_from(bob()); }
  // Ends the call and waits for packets on their way. Fails if either side heard nothing in the last second
  // before.
  void hang_up();
  // Silence beyond the flow's own spacing.
  [[nodiscard]] Duration gap(const FlowRecord& record, Window window) const;

  // The last hub on the way between two nodes, and the node before it, which has to notice when it dies.
  struct LinkInUse {
    std::string upstream;
    std::string downstream;
  };
  // The `index`-th link of the route from alice's edge to bob's.
  [[nodiscard]] LinkInUse link_in_use(std::size_t index);
  // The gap that the death of `link` may leave: its RTT, the reaction, and what the new way is longer.
  [[nodiscard]] Duration bound(const LinkInUse& link, const std::vector<std::string>& route_before);
  [[nodiscard]] std::vector<std::string> route_of_call() { return net().route(edge_a_, edge_b_); }
  // Times that the active route of the call was changed by its source, either way.
  [[nodiscard]] int moves_of_call();

  // A figure for the report: printed, and recorded in the XML.
  void report(std::string_view what, Duration value);
  void report(std::string_view what, std::uint64_t value);

  std::string edge_a_;
  std::string edge_b_;

 private:
  [[nodiscard]] std::string name() const;

  std::uint64_t seed_ = 1;
  bool is_calling_ = false;
  FlowConfig flow_;
  std::unique_ptr<Network> network_;
};

}  // namespace sim
