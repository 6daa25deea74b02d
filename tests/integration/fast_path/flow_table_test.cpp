// The flow table: expiry, removal, traffic counts and slots of flows. The program in the kernel shows the
// effect.
#include <gmock/gmock.h>

#include "overlay/loop/system_clock.h"
#include "tests/integration/fast_path/flow_relay.h"

namespace relay {
namespace flow_table_test {

using testing::ElementsAre;

class FlowTableTest : public FlowRelay {};

TEST_P(FlowTableTest, leaves_a_flow_to_the_sockets_when_its_time_is_over) {
  RelayFlow over = flow();
  over.until = overlay::system_now() - std::chrono::milliseconds(1);
  enter(over);
  expect_left_to_sockets(from_client(channel_data("late")));
  expect_left_to_sockets(from_peer("late"));

  enter(flow());

  (void)run(from_client(channel_data("again")));
  expect_relayed_to_client(from_peer("again"), channel_data("again"));
}

TEST_P(FlowTableTest, leaves_a_flow_to_the_sockets_when_its_client_left) {
  enter_and_hear();

  table_->leave(flow().client, overlay::system_now());

  expect_left_to_sockets(from_client(channel_data("gone")));
  expect_left_to_sockets(from_peer("gone"));
  EXPECT_EQ(table_->size(), 0u);
}

TEST_P(FlowTableTest, keeps_a_peer_for_the_client_that_took_it_over_on_a_shared_port) {
  RelayFlow before = flow();
  before.client.client.port = 1;
  before.until = overlay::system_now() - std::chrono::milliseconds(1);
  enter(before);
  enter_and_hear();

  table_->leave(before.client, overlay::system_now());

  expect_relayed_to_client(from_peer("still"), channel_data("still"));
}

TEST_P(FlowTableTest, removes_only_the_flows_that_are_chosen) {
  enter_and_hear();

  table_->leave_if([&](const RelayFlow& flow) { return flow.peer != peer_; }, overlay::system_now());
  expect_relayed_to_peer(from_client(channel_data("still")), "still");
  table_->leave_if([&](const RelayFlow& flow) { return flow.peer == peer_; }, overlay::system_now());

  expect_left_to_sockets(from_client(channel_data("no more")));
}

TEST_P(FlowTableTest, tells_the_traffic_of_each_flow_once) {
  enter_and_hear();  // one datagram of the peer is relayed
  (void)run(from_client(channel_data("12345")));
  (void)run(from_client(channel_data("123")));

  table_->tell_traffic();
  table_->tell_traffic();
  EXPECT_THAT(told_flows_, ElementsAre(kChannel));
  EXPECT_EQ(told_.packets_to_peer, 2u);
  EXPECT_EQ(told_.bytes_to_peer, 8u);
  EXPECT_EQ(told_.packets_to_client, 1u);
  EXPECT_EQ(told_.bytes_to_client, std::string_view("here is the peer").size());

  (void)run(from_client(channel_data("last words")));
  table_->leave(flow().client, overlay::system_now());
  EXPECT_EQ(told_.packets_to_peer, 3u);
}

TEST_P(FlowTableTest, takes_no_flow_whose_client_is_not_on_udp) {
  RelayFlow on_tcp = flow();
  on_tcp.client.transport = overlay::Transport::kTcp;

  enter(on_tcp);

  EXPECT_EQ(table_->size(), 0u);
}

TEST_P(FlowTableTest, has_room_again_a_second_after_flows_left) {
  constexpr std::uint32_t kPlanes = 1'024;
  constexpr std::uint16_t kRoom = FLOW_SLOTS / kPlanes / 2;
  FlowTable table(*xdp_, 7, kPlanes);
  overlay::Instant now = overlay::system_now();
  std::uint64_t declined = 0;
  for (int round = 0; round < 3; ++round) {
    for (std::uint16_t i = 0; i <= kRoom; ++i) {
      RelayFlow each = flow();
      each.client.client.port = i;
      each.relayed.port = i;
      table.enter(each, now);
    }
    EXPECT_EQ(table.size(), kRoom);
    EXPECT_EQ(table.declined(), ++declined);

    table.leave_if([](const RelayFlow&) { return true; }, now);
    table.enter(flow(), now);
    EXPECT_EQ(table.size(), 0u) << "the program may still be at work with those that left";
    EXPECT_EQ(table.declined(), ++declined);
    now += std::chrono::seconds(1);
  }
}

INSTANTIATE_TEST_SUITE_P(Families, FlowTableTest, testing::Values(kAddressesV4, kAddressesV6), family_of);

}  // namespace flow_table_test
}  // namespace relay
