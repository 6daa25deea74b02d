// DSCP and ECN of what is relayed (RFC 8656 section 14): the same on both legs, in both directions.
#include <array>
#include <optional>

#include <gtest/gtest.h>

#include "tests/sim/turn_messages.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace traffic_class_test {

using namespace std::chrono_literals;

constexpr std::uint16_t kChannel = 0x4001;
constexpr overlay::TrafficClass kExpedited = 0xb9;  // EF, ECT(1)

// Two data planes of one node; a client that has an allocation at the first, with a channel to its peer.
class TrafficClassOfDataPlane : public ::testing::Test {
 protected:
  TrafficClassOfDataPlane() {
    for (std::size_t core = 0; core < planes_.size(); ++core) {
      planes_[core].emplace(edge_on_core(core, planes_.size()), io_, random_);
      planes_[core]->set_wall_clock({now_, overlay::UnixSeconds(1'700'000'000)});
    }
    const auto challenge = ask(sim::allocate_request(ids_.next(), nullptr));
    auth_ = {.credentials = {std::string(kUser), std::string(kPassword)},
             .realm = challenge.realm,
             .nonce = challenge.nonce};
    relayed_ = ask(sim::allocate_request(ids_.next(), &auth_)).relayed.value();
    EXPECT_EQ(ask(sim::channel_bind_request(ids_.next(), auth_, kChannel, peer_)).error, 0);
    io_.route = {};
  }

  void deliver(std::size_t core, const overlay::DatagramMeta& meta, overlay::Bytes datagram) {
    overlay::PacketBuffer buffer;
    ASSERT_TRUE(buffer.assign(datagram));
    planes_[core]->on_datagram(meta, buffer, now_);
    while (auto handoff = planes_[core]->poll_handoff())
      planes_[handoff->core]->on_message(std::move(handoff->message), now_);
  }
  sim::TurnAnswer ask(const overlay::ByteVector& request) {
    deliver(0, {.source = client_, .local = kListener}, request);
    return sim::read_answer(io_.payload).value_or(sim::TurnAnswer{.error = -1});
  }
  void send_from_peer(std::size_t core) {
    deliver(core, {.source = peer_, .local = relayed_, .traffic_class = kExpedited},
            overlay::as_bytes("media"));
  }

  const overlay::Endpoint client_ = endpoint("192.0.2.10:40000");
  const overlay::Endpoint peer_ = endpoint("8.8.8.8:5000");
  const overlay::Instant now_{1h};
  LastSent io_;
  overlay::SeededRandom random_{1};
  std::array<std::optional<DataPlane>, 2> planes_;
  overlay::Endpoint relayed_;
  sim::TurnAuth auth_;
  sim::TransactionIds ids_;
};

TEST_F(TrafficClassOfDataPlane, goes_from_the_client_to_the_peer) {
  deliver(0, {.source = client_, .local = kListener, .traffic_class = kExpedited},
          sim::channel_data(kChannel, overlay::as_bytes("media")));

  EXPECT_EQ(io_.route.destination, peer_);
  EXPECT_EQ(io_.route.traffic_class, kExpedited);
}

TEST_F(TrafficClassOfDataPlane, goes_from_the_peer_to_the_client) {
  send_from_peer(0);

  EXPECT_EQ(io_.route.destination, client_);
  EXPECT_EQ(io_.route.traffic_class, kExpedited);
}

TEST_F(TrafficClassOfDataPlane, goes_from_one_data_plane_to_another) {
  send_from_peer(1);

  EXPECT_EQ(io_.route.destination, client_);
  EXPECT_EQ(io_.route.traffic_class, kExpedited);
}

// The relayed addresses of two clients of one node: the way between them is inside of it.
TEST_F(TrafficClassOfDataPlane, goes_from_one_client_to_another_of_the_same_node) {
  EXPECT_EQ(ask(sim::channel_bind_request(ids_.next(), auth_, kChannel + 1, relayed_)).error, 0);
  auto table = std::make_shared<overlay::ForwardingTable>();
  table->add_relayed_address(relayed_.address, kSelf);
  planes_[0]->on_message(
      InstallForwarding{.table = std::move(table), .keyring = std::make_shared<overlay::MediaKeyring>()},
      now_);

  deliver(0, {.source = client_, .local = kListener, .traffic_class = kExpedited},
          sim::channel_data(kChannel + 1, overlay::as_bytes("to myself")));

  EXPECT_EQ(io_.route.destination, client_);
  EXPECT_EQ(io_.route.traffic_class, kExpedited);
}

}  // namespace traffic_class_test
}  // namespace relay
