// A link that was down waits for its hold-up, unless nothing else leads to its neighbor.
#include "tests/unit/forwarding/plane_mesh.h"

namespace overlay {
namespace hold_up_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Node 1 has links with 2 and 3, which have one with each other.
class HoldUp : public testing::Test {
 protected:
  HoldUp() : mesh_{1, 2, 3} {
    mesh_.join(1, 2);
    mesh_.join(1, 3);
    mesh_.join(2, 3);
    mesh_.run_for(seconds(1));
  }

  void wait_until(std::uint16_t neighbor, LinkState state) {
    const Instant begin = mesh_.now;
    while (state_of(neighbor) != state && mesh_.now - begin < seconds(10))
      mesh_.run_for(milliseconds(1));
    ASSERT_EQ(state_of(neighbor), state);
  }
  [[nodiscard]] LinkState state_of(std::uint16_t neighbor) {
    return mesh_[1].plane.link_state(NodeId(neighbor));
  }

  // Longer than two probes need, shorter than the hold-up.
  static constexpr Duration kTwoWays = milliseconds(400);
  PlaneMesh mesh_;
};

TEST_F(HoldUp, keeps_a_link_down_while_another_way_leads_to_its_neighbor) {
  mesh_.set_routes(1, 2, {{2}, {3, 2}});
  mesh_.cut(1, 2);
  wait_until(2, LinkState::kDown);

  mesh_.mend(1, 2);
  mesh_.run_for(kTwoWays);

  EXPECT_EQ(state_of(2), LinkState::kDown);
}

TEST_F(HoldUp, does_not_apply_to_a_link_without_alternative) {
  mesh_.cut(1, 2);
  wait_until(2, LinkState::kDown);

  mesh_.mend(1, 2);
  mesh_.run_for(kTwoWays);

  EXPECT_EQ(state_of(2), LinkState::kUp);
}

TEST_F(HoldUp, ends_when_the_link_of_the_alternative_is_suspect) {
  mesh_.set_routes(1, 2, {{2}, {3, 2}});
  mesh_.cut(1, 2);
  wait_until(2, LinkState::kDown);
  mesh_.cut(1, 3);
  mesh_.run_for(milliseconds(200));  // silent, but not yet suspect
  ASSERT_EQ(state_of(3), LinkState::kUp);
  mesh_.mend(1, 2);

  wait_until(3, LinkState::kSuspect);
  mesh_.run_for(milliseconds(1));

  EXPECT_EQ(state_of(2), LinkState::kUp);
}

}  // namespace hold_up_test
}  // namespace overlay
