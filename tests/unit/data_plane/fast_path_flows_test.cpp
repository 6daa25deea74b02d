// The flows that a data plane enters into a fast path and removes from it.
#include <memory>
#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/sim/turn_messages.h"
#include "tests/unit/data_plane/lone_edge.h"

namespace relay {
namespace fast_path_flows_test {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint16_t kChannel = 0x4001;
constexpr overlay::NodeId kOther{2};

// Remembers which flows it has; relays nothing.
class FlowRecorder final : public FastPath {
 public:
  void set_traffic_sink(TrafficSink sink) override { sink_ = std::move(sink); }
  void enter(const RelayFlow& flow, overlay::Instant) override { flows.push_back(flow); }
  void leave(const FiveTuple& client, overlay::Instant now) override {
    leave_if([&](const RelayFlow& flow) { return flow.client == client; }, now);
  }
  void leave_if(const Choice& is_chosen, overlay::Instant now) override {
    tell_traffic();
    left_at = now;
    std::erase_if(flows, is_chosen);
  }
  void tell_traffic() override {
    for (const RelayFlow& flow : flows)
      sink_(flow, std::exchange(traffic, {}));
  }

  std::vector<RelayFlow> flows;
  FlowTraffic traffic;  // of the first flow
  overlay::Instant left_at{};

 private:
  TrafficSink sink_;
};

DataPlaneConfig edge(std::vector<AddressMapping> mappings = {}) {
  DataPlaneConfig config = edge_with(turn_config());
  config.address_mappings = std::move(mappings);
  return config;
}

// A client with an allocation and a channel to a peer.
class FastPathOfDataPlane : public ::testing::Test {
 protected:
  void start(DataPlaneConfig config) {
    plane_.emplace(std::move(config), io_, random_);
    plane_->set_wall_clock({now_, overlay::UnixSeconds(1'700'000'000)});
    plane_->set_fast_path(fast_path_);
    const auto challenge = ask(sim::allocate_request(ids_.next(), nullptr));
    auth_ = {.credentials = {std::string(kUser), std::string(kPassword)},
             .realm = challenge.realm,
             .nonce = challenge.nonce};
    relayed_ = ask(sim::allocate_request(ids_.next(), &auth_)).relayed.value();
    EXPECT_EQ(ask(sim::channel_bind_request(ids_.next(), auth_, kChannel, peer_)).error, 0);
  }

  void send(overlay::Bytes datagram) {
    overlay::PacketBuffer buffer;
    ASSERT_TRUE(buffer.assign(datagram));
    plane_->on_datagram({.source = client_, .local = kListener}, buffer, now_);
  }
  sim::TurnAnswer ask(const overlay::ByteVector& request) {
    send(request);
    return sim::read_answer(io_.payload).value_or(sim::TurnAnswer{.error = -1});
  }
  void send_from_peer() {
    overlay::PacketBuffer buffer;
    ASSERT_TRUE(buffer.assign(overlay::as_bytes("media")));
    plane_->on_datagram({.source = peer_, .local = relayed_}, buffer, now_);
  }
  void send_media() { send(sim::channel_data(kChannel, overlay::as_bytes("media"))); }
  // A node of this network relays from that address, and nothing leads there yet.
  void advertise(const overlay::IpAddress& address, overlay::NodeId owner) {
    auto table = std::make_shared<overlay::ForwardingTable>();
    table->add_relayed_address(address, owner);
    plane_->on_message(
        InstallForwarding{.table = std::move(table), .keyring = std::make_shared<overlay::MediaKeyring>()},
        now_);
  }
  [[nodiscard]] AllocationReport session() {
    plane_->on_message(ListAllocations{.limit = 10}, now_);
    while (auto message = plane_->poll_message())
      if (const auto* const list = std::get_if<AllocationsListed>(&*message)) return list->list.listed.at(0);
    return {};
  }

  const overlay::Endpoint client_ = endpoint("192.0.2.10:40000");
  const overlay::Endpoint peer_ = endpoint("8.8.8.8:5000");
  overlay::Instant now_{1h};
  LastSent io_;
  FlowRecorder fast_path_;
  overlay::SeededRandom random_{1};
  std::optional<DataPlane> plane_;
  overlay::Endpoint relayed_;
  sim::TurnAuth auth_;
  sim::TransactionIds ids_;
};

TEST_F(FastPathOfDataPlane, gets_a_flow_with_its_first_channel_data) {
  start(edge());
  EXPECT_THAT(fast_path_.flows, IsEmpty());

  send_media();

  ASSERT_EQ(fast_path_.flows.size(), 1u);
  const RelayFlow& flow = fast_path_.flows.front();
  EXPECT_EQ(flow.client, (FiveTuple{.client = client_, .server = kListener}));
  EXPECT_EQ(flow.channel, ChannelNumber(kChannel));
  EXPECT_EQ(flow.relayed, relayed_);
  EXPECT_EQ(flow.peer, peer_);
  EXPECT_EQ(flow.until, now_ + Allocation::kPermissionLifetime);
  EXPECT_EQ(io_.route.destination, peer_) << "the data plane relays what it sees";
}

TEST_F(FastPathOfDataPlane, knows_relayed_addresses_as_the_host_does) {
  start(edge({{.local = overlay::IpAddress::parse("10.0.0.5").value(), .shown = kListener.address}}));

  send_media();

  ASSERT_EQ(fast_path_.flows.size(), 1u);
  EXPECT_EQ(fast_path_.flows.front().relayed.address.to_string(), "10.0.0.5");
  EXPECT_EQ(fast_path_.flows.front().relayed.port, relayed_.port);
}

TEST_F(FastPathOfDataPlane, gets_no_flow_to_a_peer_of_this_network) {
  start(edge());
  for (const overlay::NodeId owner : {kSelf, kOther}) {
    advertise(peer_.address, owner);

    send_media();

    EXPECT_THAT(fast_path_.flows, IsEmpty());
  }
}

// The operator has said that clients may get there: firewalls do not look between the two.
TEST_F(FastPathOfDataPlane, gets_no_flow_to_a_media_server_beside_the_relay_which_the_sockets_reach) {
  DataPlaneConfig config = edge();
  config.turn->peer_policy.allow(overlay::IpPrefix{.address = peer_.address, .length = 32});
  start(std::move(config));
  advertise(peer_.address, kSelf);
  io_.route = {};

  send_media();

  EXPECT_EQ(io_.route.destination, peer_) << "its port is none of relayed addresses";
  EXPECT_THAT(fast_path_.flows, IsEmpty());
}

TEST_F(FastPathOfDataPlane, sends_nothing_to_other_programs_of_its_host_unless_the_operator_allows_it) {
  start(edge());
  advertise(peer_.address, kSelf);
  io_.route = {};

  send_media();

  EXPECT_EQ(io_.route.destination, overlay::Endpoint{});
}

TEST_F(FastPathOfDataPlane, sends_nothing_to_our_own_ports_for_other_nodes) {
  DataPlaneConfig config = edge();
  config.overlay_listen = {peer_};
  config.turn->peer_policy.allow(overlay::IpPrefix{.address = peer_.address, .length = 32});
  start(std::move(config));
  advertise(peer_.address, kSelf);
  io_.route = {};

  send_media();

  EXPECT_EQ(io_.route.destination, overlay::Endpoint{});
}

TEST_F(FastPathOfDataPlane, loses_flows_to_a_peer_that_joins_this_network) {
  start(edge());
  send_media();

  advertise(endpoint("8.8.4.4:0").address, kOther);
  EXPECT_EQ(fast_path_.flows.size(), 1u);
  advertise(peer_.address, kOther);

  EXPECT_THAT(fast_path_.flows, IsEmpty());
}

TEST_F(FastPathOfDataPlane, loses_flows_to_a_peer_whose_address_becomes_the_hosts_and_no_other) {
  const auto host = [](const char* address) {
    return HostAddressesChanged{
        std::make_shared<const HostAddressList>(HostAddressList{{endpoint(address).address}, {}})};
  };
  start(edge());
  send_media();

  plane_->on_message(host("8.8.4.4:0"), now_);
  EXPECT_EQ(fast_path_.flows.size(), 1u);
  plane_->on_message(host("8.8.8.8:0"), now_);
  EXPECT_THAT(fast_path_.flows, IsEmpty());
  send_media();

  EXPECT_THAT(fast_path_.flows, IsEmpty()) << "the flow does not come back";
}

TEST_F(FastPathOfDataPlane, loses_the_flows_of_an_allocation_that_ends) {
  start(edge());
  send_media();

  now_ += 11min;
  plane_->on_timer(now_);

  EXPECT_THAT(fast_path_.flows, IsEmpty());
}

// Slots rest from then on, before others get them.
TEST_F(FastPathOfDataPlane, loses_flows_at_the_time_at_which_their_allocation_ends) {
  start(edge());
  send_media();

  now_ += 5s;
  plane_->on_client_closed({.client = client_, .server = kListener}, now_);

  EXPECT_THAT(fast_path_.flows, IsEmpty());
  EXPECT_EQ(fast_path_.left_at, now_);
}

TEST_F(FastPathOfDataPlane, loses_flows_when_a_peer_finds_that_their_allocation_has_expired) {
  start(edge());
  send_media();

  now_ += 11min;
  send_from_peer();

  EXPECT_THAT(fast_path_.flows, IsEmpty());
  EXPECT_EQ(fast_path_.left_at, now_);
}

TEST_F(FastPathOfDataPlane, loses_all_flows_when_the_configuration_changes) {
  start(edge());
  send_media();

  plane_->on_message(ReconfigureTurn{.server = std::make_shared<const TurnServerConfig>(turn_config()),
                                     .listen = {kListener}},
                     now_);

  EXPECT_THAT(fast_path_.flows, IsEmpty());
}

TEST_F(FastPathOfDataPlane, counts_as_if_the_data_plane_had_relayed) {
  start(edge());
  send_media();
  const RelayCounters before = plane_->relay_counters();
  fast_path_.traffic = {
      .packets_to_peer = 10, .bytes_to_peer = 1'000, .packets_to_client = 20, .bytes_to_client = 4'000};

  const AllocationReport report = session();

  EXPECT_EQ(report.packets_to_peer, 11u);
  EXPECT_EQ(report.bytes_to_peer, 1'005u);
  EXPECT_EQ(report.packets_to_client, 20u);
  EXPECT_EQ(report.bytes_to_client, 4'000u);
  const RelayCounters& after = plane_->relay_counters();
  EXPECT_EQ(after.client_in - before.client_in, 10u);
  EXPECT_EQ(after.to_internet - before.to_internet, 10u);
  EXPECT_EQ(after.relay_in - before.relay_in, 20u);
  EXPECT_EQ(after.to_client - before.to_client, 20u);
  EXPECT_EQ(after.from_clients[0].bytes - before.from_clients[0].bytes, 1'040u);
  EXPECT_EQ(after.to_clients[0].bytes - before.to_clients[0].bytes, 4'080u);
  EXPECT_EQ(after.by_fast_path, 30u);
}

TEST_F(FastPathOfDataPlane, tells_its_last_traffic_before_an_allocation_ends) {
  DataPlaneConfig config = edge();
  config.usage_interval = 1h;
  start(std::move(config));
  send_media();
  fast_path_.traffic = {.packets_to_peer = 10, .bytes_to_peer = 1'000};

  now_ += 11min;
  plane_->on_timer(now_);

  std::vector<std::uint64_t> bytes;
  while (auto message = plane_->poll_message())
    if (const auto* const batch = std::get_if<UsageBatch>(&*message))
      for (const UsageRecord& record : batch->records)
        bytes.push_back(record.allocation.bytes_to_peer);
  EXPECT_THAT(bytes, ElementsAre(1'005u));
}

}  // namespace fast_path_flows_test
}  // namespace relay
