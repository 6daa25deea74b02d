// A thread that stalled has not listened: it must not mistake that for silence of its neighbors.
#include <algorithm>
#include <vector>

#include "tests/unit/forwarding/plane_mesh.h"

namespace overlay {
namespace stalled_thread_test {

using std::chrono::milliseconds;
using std::chrono::seconds;

// A neighbor that does not mind silence, so that only the stalled node itself can suspect a link.
constexpr LinkConfig kPatient{.probe = {}, .liveness = {.suspect_after = 10'000}};

constexpr std::uint16_t kNeighbors[] = {2, 3};
constexpr std::uint16_t kAll[] = {1, 2, 3};

std::vector<LinkState> states(OverlayPlane& plane) {
  std::vector<LinkState> reported;
  while (const auto event = plane.poll_event())
    if (const auto* changed = std::get_if<LinkChanged>(&*event)) reported.push_back(changed->after);
  return reported;
}

class StalledThread : public testing::TestWithParam<Duration> {
 protected:
  // Node 1 has a link with each neighbor, and traffic, so that the links are watched closely.
  StalledThread() : mesh_{1} {
    for (const std::uint16_t neighbor : kNeighbors) {
      mesh_.add(neighbor, kPatient);
      mesh_.join(1, neighbor);
    }
    mesh_.set_routes(1, 9, {{2, 9}, {3, 9}}, PlaneMesh::sealing_key(1, 9));
    mesh_.run_for(seconds(1));
    send();
    mesh_.run_for(milliseconds(500));
    (void)states(mesh_[1].plane);
  }

  void send() {
    PacketBuffer payload;
    ASSERT_TRUE(payload.assign(ByteVector(100, 7)));
    ASSERT_TRUE(mesh_[1]
                    .plane
                    .send_media(NodeId(9), 0,
                                {.source = *Endpoint::parse("192.0.2.1:50000"),
                                 .destination = *Endpoint::parse("198.51.100.2:60000")},
                                payload, mesh_.now)
                    .has_value());
  }

  PlaneMesh mesh_;
};

INSTANTIATE_TEST_SUITE_P(, StalledThread,
                         testing::Values(milliseconds(20), milliseconds(80), milliseconds(300), seconds(5)));

TEST_P(StalledThread, suspects_no_link_when_frames_waited_for_it) {
  mesh_.stall(1);
  mesh_.run_for(GetParam());
  mesh_.resume(1);
  mesh_.run_for(seconds(1));

  EXPECT_TRUE(states(mesh_[1].plane).empty());
}

TEST_P(StalledThread, suspects_no_link_when_the_whole_machine_stood_still_with_its_neighbors) {
  for (const std::uint16_t node : kAll)
    mesh_.stall(node);
  mesh_.run_for(GetParam());
  for (const std::uint16_t node : kAll)
    mesh_.resume(node);
  mesh_.run_for(seconds(1));

  EXPECT_TRUE(states(mesh_[1].plane).empty());
}

TEST_P(StalledThread, waits_for_frames_that_the_kernel_delivers_after_the_timer) {
  mesh_.stall(1);
  mesh_.run_for(GetParam());
  mesh_[1].plane.on_timer(mesh_.now);
  mesh_.resume(1);
  mesh_.run_for(seconds(1));

  EXPECT_TRUE(states(mesh_[1].plane).empty());
}

// Other traffic is in the queue of the socket before the frames of the neighbors.
TEST_P(StalledThread, suspects_no_link_while_it_reads_what_has_waited) {
  mesh_.stall(1);
  mesh_.run_for(GetParam());
  for (int turn = 0; turn < 9; ++turn) {
    mesh_.stall(1);
    mesh_.run_for(milliseconds(15));
    mesh_.resume(1, 0);
  }
  mesh_.resume(1);
  mesh_.run_for(seconds(1));

  EXPECT_TRUE(states(mesh_[1].plane).empty());
}

TEST_P(StalledThread, notices_a_dead_neighbor_although_a_flood_never_lets_it_read_all) {
  mesh_.cut(1, 2);
  mesh_[1].plane.set_unread(true);

  mesh_.run_for(milliseconds(350));

  EXPECT_EQ(mesh_[1].plane.link_state(NodeId(2)), LinkState::kDown);
  EXPECT_EQ(mesh_[1].plane.link_state(NodeId(3)), LinkState::kUp);
}

TEST_P(StalledThread, notices_soon_that_a_neighbor_died_meanwhile) {
  mesh_.stall(1);
  mesh_.cut(1, 2);
  mesh_.run_for(GetParam());
  mesh_.resume(1);

  mesh_.run_for(milliseconds(120));

  EXPECT_EQ(mesh_[1].plane.link_state(NodeId(2)), LinkState::kDown);
  EXPECT_EQ(mesh_[1].plane.link_state(NodeId(3)), LinkState::kUp);
}

TEST_P(StalledThread, notices_soon_that_a_neighbor_dies_afterwards) {
  mesh_.stall(1);
  mesh_.run_for(GetParam());
  mesh_.resume(1);
  mesh_.cut(1, 2);

  mesh_.run_for(milliseconds(120));

  EXPECT_EQ(mesh_[1].plane.link_state(NodeId(2)), LinkState::kDown);
}

}  // namespace stalled_thread_test
}  // namespace overlay
