// A process stands still, while its neighbors do not, and goes on.
#include <algorithm>

#include "tests/sim/scenarios/scenario.h"

namespace sim {
namespace frozen_process_test {

class FrozenProcess : public Scenario {
 protected:
  // Freezes the first hub in transit of a call.
  std::string freeze_for(Duration duration) {
    settle(three_cloud());
    call("edge-aws-dub", "edge-gcp-fra");
    const std::string hub = route_of_call().at(0);
    began_ = net().now();
    net().node(hub).freeze();
    net().run_for(duration);
    net().node(hub).thaw();
    net().run_for(1s);
    return hub;
  }
  // Of links of a node since the freeze began. `own`: only for faults that the node has seen itself.
  [[nodiscard]] long changes(std::string_view node, overlay::LinkState after, bool own = false) {
    return std::ranges::count_if(net().node(node).observed(), [&](const ObservedEvent& observed) {
      const auto* const changed = std::get_if<overlay::LinkChanged>(&observed.event);
      return changed != nullptr && observed.at >= began_ && changed->after == after &&
             !(own && changed->fault == overlay::LinkFault::kPeerReported);
    });
  }

  SimTime began_{};
};

TEST_F(FrozenProcess, of_60_ms_takes_no_link_down_anywhere) {
  freeze_for(60ms);

  for (const NodeSpec& spec : net().layout().nodes())
    EXPECT_EQ(changes(spec.name, overlay::LinkState::kDown), 0) << spec.name;
}

class FrozenLonger : public FrozenProcess, public testing::WithParamInterface<Duration> {};
INSTANTIATE_TEST_SUITE_P(, FrozenLonger, testing::Values(85ms, 200ms, 1s, 5s));

TEST_P(FrozenLonger, does_not_make_the_process_itself_suspect_its_links) {
  const std::string hub = freeze_for(GetParam());

  EXPECT_EQ(changes(hub, overlay::LinkState::kDown, true), 0);
  EXPECT_EQ(changes(hub, overlay::LinkState::kSuspect, true), 0);
  EXPECT_TRUE(net().run_until([&] { return net().is_settled(); }, 10s));
}

}  // namespace frozen_process_test
}  // namespace sim
