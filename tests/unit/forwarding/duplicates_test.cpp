// Copies of media frames while links are suspect.
#include "tests/unit/forwarding/plane_mesh.h"

namespace overlay {
namespace duplicates_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

const InnerHeader kInner{.source = *Endpoint::parse("192.0.2.1:50000"),
                         .destination = *Endpoint::parse("198.51.100.2:60000")};

TEST(Duplicates, a_frame_over_a_chain_of_suspect_links_arrives_twice_at_most) {
  // Three hops, and a standby at each of them.
  PlaneMesh mesh{1, 2, 3, 4, 5, 9};
  const std::vector<std::pair<std::uint16_t, std::uint16_t>> links = {{1, 2}, {1, 3}, {2, 4}, {2, 5}, {3, 4},
                                                                      {3, 5}, {4, 9}, {5, 9}, {4, 5}};
  for (const auto& [a, b] : links)
    mesh.join(a, b);
  mesh.set_routes(1, 9, {{2, 4, 9}, {3, 4, 9}}, PlaneMesh::sealing_key(1, 9));
  mesh.set_routes(2, 9, {{4, 9}, {5, 9}});
  mesh.set_routes(3, 9, {{4, 9}, {5, 9}});
  mesh.set_routes(4, 9, {{9}, {5, 9}});
  mesh.run_for(seconds(1));
  const std::vector<std::pair<std::uint16_t, std::uint16_t>> suspects = {{1, 2}, {2, 4}, {3, 4}, {4, 9}};
  for (const auto& [a, b] : suspects)
    mesh.cut(a, b);
  while (mesh[1].plane.link_state(NodeId(2)) == LinkState::kUp ||
         mesh[2].plane.link_state(NodeId(4)) == LinkState::kUp ||
         mesh[4].plane.link_state(NodeId(9)) == LinkState::kUp)
    mesh.run_for(milliseconds(1));
  for (const auto& [a, b] : suspects) {
    ASSERT_EQ(mesh[a].plane.link_state(NodeId(b)), LinkState::kSuspect);
    mesh.mend(a, b);  // a suspicion may be wrong, then every copy arrives
  }

  const std::uint64_t dropped_before = mesh[9].plane.counters().dropped.total();
  PacketBuffer payload;
  ASSERT_TRUE(payload.assign(ByteVector(100, 7)));
  ASSERT_TRUE(mesh[1].plane.send_media(NodeId(9), 0, kInner, payload, mesh.now).has_value());
  mesh.run_for(milliseconds(1));

  // The egress has no key to open the frames, so each copy counts as dropped.
  EXPECT_EQ(mesh[9].plane.counters().dropped.total() - dropped_before, 2u);
  EXPECT_EQ(mesh[1].plane.counters().duplicated, 1u);
}

}  // namespace duplicates_test
}  // namespace overlay
