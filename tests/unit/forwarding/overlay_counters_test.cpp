// Nothing is lost without a count: what a caller hands to the plane, copies, events, and flows beyond a
// bound.
#include <string>

#include "tests/unit/forwarding/plane_mesh.h"

namespace overlay {
namespace overlay_counters_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

const InnerHeader kInner{.source = *Endpoint::parse("192.0.2.1:50000"),
                         .destination = *Endpoint::parse("198.51.100.2:60000")};

Result<Success, DropReason> send(PlaneMesh& mesh, std::uint16_t from, std::uint16_t egress,
                                 std::size_t size) {
  PacketBuffer payload;
  EXPECT_TRUE(payload.assign(ByteVector(size, 7)));
  return mesh[from].plane.send_media(NodeId(egress), 0, kInner, payload, mesh.now);
}

TEST(OverlayCounters, control_payloads_are_sent_or_refused_with_a_reason) {
  PlaneMesh mesh{1, 2};
  mesh.join(1, 2);
  OverlayPlane& plane = mesh[1].plane;

  ASSERT_TRUE(plane.send_control(NodeId(2), as_bytes("hello"), mesh.now).has_value());
  EXPECT_EQ(plane.send_control(NodeId(3), as_bytes("hello"), mesh.now).error(), DropReason::kNoLink);
  const ByteVector large(PacketBuffer::kMaxDatagram + 1);
  EXPECT_EQ(plane.send_control(NodeId(2), large, mesh.now).error(), DropReason::kOversized);
  // The responder has to hear the initiator before it sends.
  EXPECT_EQ(mesh[2].plane.send_control(NodeId(1), as_bytes("hello"), mesh.now).error(),
            DropReason::kNoSession);

  EXPECT_EQ(plane.counters().control_out, 1u);
  EXPECT_EQ(plane.counters().control_refused.total(), 2u);
  EXPECT_EQ(mesh[2].plane.counters().control_refused[DropReason::kNoSession], 1u);
}

TEST(OverlayCounters, a_second_copy_that_does_not_fit_a_buffer_is_counted) {
  PlaneMesh mesh{1, 2, 3, 9};
  mesh.join(1, 2);
  mesh.join(1, 3);
  mesh.set_routes(1, 9, {{2, 9}, {3, 9}}, PlaneMesh::sealing_key(1, 9));
  mesh.run_for(seconds(1));
  mesh.cut(1, 2);
  while (mesh[1].plane.link_state(NodeId(2)) == LinkState::kUp)
    mesh.run_for(milliseconds(1));
  ASSERT_EQ(mesh[1].plane.link_state(NodeId(2)), LinkState::kSuspect);

  ASSERT_TRUE(send(mesh, 1, 9, 1200).has_value());
  ASSERT_TRUE(send(mesh, 1, 9, PacketBuffer::kMaxDatagram - 20).has_value());

  EXPECT_EQ(mesh[1].plane.counters().sealed, 2u);
  EXPECT_EQ(mesh[1].plane.counters().duplicated, 1u);
  EXPECT_EQ(mesh[1].plane.counters().duplicates_lost, 1u);
}

TEST(OverlayCounters, events_that_nobody_polls_are_bounded_and_counted) {
  PlaneMesh mesh{1, 2, 3};
  mesh.join(1, 2);
  auto table = std::make_shared<ForwardingTable>(Generation(1));
  constexpr std::uint16_t kFirst = 10;
  constexpr std::uint16_t kLast = 1500;
  MediaKeyring keyring;
  for (std::uint16_t egress = kFirst; egress < kLast; ++egress) {
    table->set_routes(NodeId(egress), std::vector{ExplicitRoute(std::vector{NodeId(2), NodeId(egress)})});
    keyring.merge(PlaneMesh::sealing_key(1, egress));
  }
  OverlayPlane& plane = mesh[1].plane;
  plane.set_forwarding(table, std::make_shared<MediaKeyring>(keyring));
  mesh.run_for(seconds(1));
  for (std::uint16_t egress = kFirst; egress < kLast; ++egress)
    ASSERT_TRUE(send(mesh, 1, egress, 10).has_value());
  std::uint64_t polled = 0;
  while (plane.poll_event())
    ++polled;

  mesh.cut(1, 2);
  mesh.run_for(milliseconds(700));

  while (plane.poll_event())
    ++polled;
  // Up, suspect and down, and one move of traffic for each egress.
  EXPECT_EQ(polled + plane.counters().events_lost, 3u + kLast - kFirst);
  EXPECT_GT(plane.counters().events_lost, 0u);
}

TEST(OverlayCounters, flows_beyond_the_table_of_watched_flows_are_counted) {
  PlaneMesh mesh{1, 2};
  mesh.join(1, 2);
  auto table = std::make_shared<ForwardingTable>(Generation(1));
  constexpr std::uint16_t kFlows = 5000;
  MediaKeyring keyring;
  for (std::uint16_t egress = 10; egress < 10 + kFlows; ++egress) {
    table->set_routes(NodeId(egress), std::vector{ExplicitRoute(std::vector{NodeId(2), NodeId(egress)})});
    keyring.merge(PlaneMesh::sealing_key(1, egress));
  }
  OverlayPlane& plane = mesh[1].plane;
  plane.set_forwarding(table, std::make_shared<MediaKeyring>(keyring));
  mesh.run_for(seconds(1));

  for (std::uint16_t egress = 10; egress < 10 + kFlows; ++egress)
    ASSERT_TRUE(send(mesh, 1, egress, 10).has_value());

  EXPECT_EQ(plane.counters().sealed, kFlows);
  EXPECT_EQ(plane.counters().flows_unwatched, kFlows - plane.flow_count());
  EXPECT_GT(plane.counters().flows_unwatched, 0u);
}

}  // namespace overlay_counters_test
}  // namespace overlay
