// Addresses of the host, and relayed addresses of the node, as peers of its data planes.
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/random.h"
#include "tests/sim/turn_messages.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace host_peers_test {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr std::uint16_t kChannel = 0x4001;
const overlay::Endpoint kPeer = endpoint("8.8.8.8:5000");
const overlay::Endpoint kAlice = endpoint("192.0.2.10:40000");
const overlay::Endpoint kBob = endpoint("192.0.2.11:40000");
const overlay::Endpoint kPrivateListener = endpoint("10.0.0.5:3478");

class HostPeers : public ::testing::Test {
 protected:
  void start(const TurnServerConfig& turn, std::size_t core = 0, std::size_t cores = 1) {
    DataPlaneConfig config = edge_with(turn);
    config.core = core;
    config.cores = cores;
    plane_.emplace(std::move(config), io_, random_);
    plane_->set_wall_clock({now_, overlay::UnixSeconds(1'700'000'000)});
  }
  void set_host(const std::vector<std::string>& addresses) {
    auto list = std::make_shared<HostAddressList>();
    for (const std::string& address : addresses)
      list->addresses.push_back(overlay::IpAddress::parse(address).value());
    plane_->on_message(HostAddressesChanged{std::move(list)}, now_);
  }
  void reload(const TurnServerConfig& turn, bool with_grace, std::vector<overlay::Endpoint> retired = {}) {
    plane_->on_message(ReconfigureTurn{.generation = ++generation_,
                                       .server = std::make_shared<const TurnServerConfig>(turn),
                                       .listen = {kListener},
                                       .retired_addresses = std::move(retired),
                                       .ends_disallowed = !with_grace},
                       now_);
  }
  void finish_due() {
    for (int round = 0; round < 10 && plane_->next_timeout() <= now_; ++round)
      plane_->on_timer(now_);
  }
  void send(const overlay::Endpoint& client, overlay::Bytes datagram) {
    overlay::PacketBuffer buffer;
    ASSERT_TRUE(buffer.assign(datagram));
    io_.route = {};
    plane_->on_datagram({.source = client, .local = kListener}, buffer, now_);
  }
  sim::TurnAnswer ask(const overlay::Endpoint& client, const overlay::ByteVector& request) {
    send(client, request);
    return sim::read_answer(io_.payload).value_or(sim::TurnAnswer{.error = -1});
  }
  overlay::Endpoint allocate(const overlay::Endpoint& client) {
    const auto challenge = ask(client, sim::allocate_request(ids_.next(), nullptr));
    auth_ = {.credentials = {std::string(kUser), std::string(kPassword)},
             .realm = challenge.realm,
             .nonce = challenge.nonce};
    nonces_.push_back({client, auth_});
    return ask(client, sim::allocate_request(ids_.next(), &auth_)).relayed.value();
  }
  [[nodiscard]] int bind(const overlay::Endpoint& client, const overlay::Endpoint& peer) {
    for (const auto& [known, auth] : nonces_)
      if (known == client)
        return ask(client, sim::channel_bind_request(ids_.next(), auth, kChannel, peer)).error;
    return -1;
  }
  // Where the data of the client's channel went, or an empty endpoint.
  [[nodiscard]] overlay::Endpoint send_media(const overlay::Endpoint& client) {
    send(client, sim::channel_data(kChannel, overlay::as_bytes("media")));
    return io_.route.destination;
  }

  overlay::Instant now_{1h};
  LastSent io_;
  overlay::SeededRandom random_{1};
  std::optional<DataPlane> plane_;
  sim::TransactionIds ids_;
  sim::TurnAuth auth_;
  std::vector<std::pair<overlay::Endpoint, sim::TurnAuth>> nonces_;
  std::uint64_t generation_ = 0;
};

TEST_F(HostPeers, stop_with_the_next_datagram_when_an_address_becomes_the_hosts) {
  start(turn_config());
  (void)allocate(kAlice);
  ASSERT_EQ(bind(kAlice, kPeer), 0);
  ASSERT_EQ(send_media(kAlice), kPeer);

  set_host({"8.8.8.8"});

  EXPECT_EQ(send_media(kAlice), overlay::Endpoint{});
  EXPECT_EQ(bind(kAlice, kPeer), 403);
}

TEST_F(HostPeers, stop_although_a_reload_with_grace_comes_next) {
  start(turn_config());
  (void)allocate(kAlice);
  ASSERT_EQ(bind(kAlice, kPeer), 0);

  set_host({"8.8.8.8"});
  reload(turn_config(), true);
  finish_due();

  EXPECT_EQ(send_media(kAlice), overlay::Endpoint{});
}

TEST_F(HostPeers, change_without_an_end_to_the_grace_of_a_reload) {
  start(turn_config());
  (void)allocate(kAlice);
  ASSERT_EQ(bind(kAlice, kPeer), 0);
  TurnServerConfig denying = turn_config();
  denying.peer_policy.deny(overlay::IpPrefix::parse("8.8.8.0/24").value());
  reload(denying, true);
  finish_due();

  set_host({"9.9.9.1"});
  finish_due();

  EXPECT_EQ(send_media(kAlice), kPeer);
}

// Two clients of one edge in a private network.
class MeetingClients : public HostPeers {
 protected:
  [[nodiscard]] static TurnServerConfig config() {
    TurnServerConfig turn = turn_config();
    turn.relay_addresses = {kPrivateListener.address};
    turn.peer_policy.allow_relayed(kPrivateListener.address);
    return turn;
  }
  [[nodiscard]] static TurnServerConfig renumbered() {
    TurnServerConfig turn = turn_config();
    turn.peer_policy.allow_relayed(kListener.address);
    return turn;
  }
  void meet() {
    start(config());
    set_host({"10.0.0.5"});
    alices_ = allocate(kAlice);
    bobs_ = allocate(kBob);
    ASSERT_EQ(bind(kAlice, bobs_), 0);
    ASSERT_EQ(bind(kBob, alices_), 0);
  }

  overlay::Endpoint alices_;
  overlay::Endpoint bobs_;
};

// The forwarding table arrives after the start, and the kernel delivers a datagram to the host's own address
// to any program there.
TEST_F(MeetingClients, meet_inside_the_data_plane_before_it_has_a_forwarding_table) {
  meet();

  EXPECT_EQ(send_media(kAlice), kBob);
  EXPECT_EQ(plane_->relay_counters().hairpinned, 1u);
  EXPECT_EQ(plane_->relay_counters().to_internet, 0u);
}

TEST_F(MeetingClients, send_nothing_to_ports_without_an_allocation) {
  start(config());
  set_host({"10.0.0.5"});
  (void)allocate(kAlice);

  for (const char* const service : {"10.0.0.5:22", "10.0.0.5:3478", "10.0.0.5:50001"}) {
    nonces_.clear();
    plane_->on_client_closed({.client = kAlice, .server = kListener}, now_);
    (void)allocate(kAlice);
    ASSERT_EQ(bind(kAlice, endpoint(service)), 0);
    EXPECT_EQ(send_media(kAlice), overlay::Endpoint{}) << service;
  }
  EXPECT_EQ(plane_->relay_counters().to_internet, 0u);
}

TEST_F(MeetingClients, reach_the_data_plane_of_the_other_client) {
  start(config(), 0, 2);
  set_host({"10.0.0.5"});
  (void)allocate(kAlice);
  const auto of_core_1 = endpoint("10.0.0.5:50002");
  ASSERT_EQ(bind(kAlice, of_core_1), 0);

  EXPECT_EQ(send_media(kAlice), overlay::Endpoint{});

  const auto handoff = plane_->poll_handoff();
  ASSERT_TRUE(handoff);
  EXPECT_EQ(handoff->core, 1u);
  EXPECT_EQ(std::get<MediaForAllocation>(handoff->message).leg.relayed, of_core_1);
}

TEST_F(MeetingClients, go_on_after_a_reload_drops_their_relayed_address) {
  meet();

  reload(renumbered(), false, {{kPrivateListener.address, 0}});
  finish_due();

  EXPECT_EQ(send_media(kAlice), kBob);
  EXPECT_EQ(bind(kBob, alices_), 0) << "permissions are refreshed";
}

TEST_F(MeetingClients, find_a_relayed_address_closed_when_it_is_withdrawn) {
  meet();
  reload(renumbered(), false, {{kPrivateListener.address, 0}});
  finish_due();
  plane_->on_client_closed({.client = kBob, .server = kListener}, now_);

  plane_->on_message(WithdrawRelayed{kPrivateListener.address}, now_);

  EXPECT_EQ(send_media(kAlice), overlay::Endpoint{});
  EXPECT_EQ(bind(kAlice, bobs_), 403);
}

}  // namespace host_peers_test
}  // namespace relay
