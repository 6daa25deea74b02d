// No configuration that the check accepts stops a node: its planes start, speak, serve and change to another
// configuration.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "overlay/base/log.h"
#include "overlay/link/link_handshaker.h"
#include "relay/node/plane_configs.h"
#include "routing/flood_message.h"
#include "tests/unit/config/random_config.h"
#include "tests/unit/turn/turn_client.h"

namespace relay {
namespace random_node_test {

constexpr std::uint64_t kSeeds = 200;
constexpr overlay::NodeId kNeighbor{9};

// Takes every packet and every port.
class AnyPort final : public overlay::PacketIo {
 public:
  overlay::PacketBuffer& acquire() override { return buffer_; }
  void send(const overlay::DatagramRoute&, const overlay::PacketBuffer&) override { ++sent; }
  overlay::Status open_port(const overlay::Endpoint&) override { return overlay::ok(); }
  void close_port(const overlay::Endpoint&) override {}

  std::size_t sent = 0;

 private:
  overlay::PacketBuffer buffer_;
};

// The longest certificate that a CA issues.
NodeCredentials certified(const overlay::SigningKeyPair& ca, overlay::NodeId id, const NodeSection& node,
                          overlay::Random& random) {
  const auto keys = overlay::NodeKeys::generate(random);
  const std::string label(overlay::kMaxLabelSize, 'x');
  const auto role = [](bool has, overlay::NodeRole bit) { return has ? static_cast<unsigned>(bit) : 0u; };
  const auto roles =
      role(node.is_edge, overlay::NodeRole::kEdge) | role(node.is_hub, overlay::NodeRole::kHub);
  auto certificate = overlay::issue_certificate(ca, {.node = id,
                                                     .name = label,
                                                     .provider = label,
                                                     .region = label,
                                                     .zone = label,
                                                     .roles = static_cast<std::uint8_t>(roles),
                                                     .signing_key = keys.signing.public_key(),
                                                     .exchange_key = keys.exchange.public_key(),
                                                     .not_after = overlay::UnixSeconds(4'000'000'000)});
  auto identity = overlay::NodeIdentity::make(keys, std::move(certificate).value());
  return {.identity = std::move(identity).value(), .cluster_ca = ca.public_key()};
}

NodeConfig runnable(std::uint64_t seed) {
  NodeConfig config = random_config(seed).config;
  if (config.turn && config.turn->nonce_keys.empty())
    config.turn->nonce_keys.emplace_back(std::string(32, 'k'));
  return config;
}

class RandomNode : public ::testing::Test {
 protected:
  RandomNode() { overlay::set_log_level(overlay::Level::kError); }
  ~RandomNode() override { overlay::set_log_level(overlay::Level::kInfo); }

  static constexpr overlay::Instant kNow{std::chrono::hours(1)};

  const overlay::WallClock wall_clock_{kNow, overlay::UnixSeconds(1'700'000'000)};
};

// The records in the updates that the control plane sends.
std::vector<routing::LinkStateRecord> flooded(ControlPlane& control) {
  std::vector<routing::LinkStateRecord> records;
  while (const auto addressed = control.poll_message())
    if (const auto* sent = std::get_if<SendControl>(&addressed->message)) {
      const auto message = routing::decode_flood_message(sent->payload);
      EXPECT_TRUE(message.has_value());
      if (const auto* update = std::get_if<routing::FloodUpdate>(&*message))
        records.insert(records.end(), update->records.begin(), update->records.end());
    }
  return records;
}

// A neighbor whose initiation the control plane answers. Returns the index of the session.
overlay::SessionIndex answer_initiation(ControlPlane& control, const NodeCredentials& own,
                                        const overlay::NodeIdentity& neighbor, overlay::Random& random,
                                        overlay::Instant now, const overlay::WallClock& wall_clock) {
  const auto endpoint = overlay::Endpoint::parse("192.0.2.9:7000").value();
  overlay::LinkHandshaker initiator(neighbor, own.cluster_ca, {}, random);
  initiator.set_wall_clock(wall_clock);
  initiator.connect(
      {.endpoint = endpoint, .key = own.identity.certificate().exchange_key, .expected = own.identity.node()},
      now);
  initiator.on_timer(now);
  while (const auto command = initiator.poll_command())
    if (const auto* datagram = std::get_if<overlay::HandshakeDatagram>(&*command))
      control.on_message(0, HandshakeReceived{.from = endpoint, .local = endpoint, .bytes = datagram->bytes},
                         now);
  while (const auto addressed = control.poll_message())
    if (const auto* installed = std::get_if<InstallSession>(&addressed->message))
      return installed->session.local_index;
  ADD_FAILURE() << "the control plane did not answer";
  return {};
}

TEST_F(RandomNode, floods_a_signed_record_to_its_first_neighbor) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const NodeConfig config = runnable(seed);
    if (!config.overlay) continue;
    overlay::SeededRandom random(seed);
    const auto ca = overlay::SigningKeyPair::generate(random);
    const NodeCredentials credentials = certified(ca, overlay::NodeId(1), config.node, random);
    const NodeCredentials neighbor = certified(ca, kNeighbor, {.is_hub = true}, random);
    ControlPlane control(control_plane_config(config, credentials, 1), random, kNow, wall_clock_);

    const auto session =
        answer_initiation(control, credentials, neighbor.identity, random, kNow, wall_clock_);
    control.on_message(0,
                       overlay::OverlayEvent(overlay::LinkChanged{
                           .neighbor = kNeighbor, .session = session, .after = overlay::LinkState::kUp}),
                       kNow);

    const auto records = flooded(control);
    ASSERT_FALSE(records.empty());
    EXPECT_TRUE(overlay::verify_signature(credentials.identity.certificate().signing_key,
                                          routing::signed_part(records.back()), records.back().signature));
    EXPECT_FALSE(records.back().endpoints.empty());
    EXPECT_FALSE(routing::signed_part(records.back()).empty());
  }
}

TEST_F(RandomNode, serves_clients_and_changes_to_another_configuration) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const NodeConfig config = runnable(seed);
    const NodeConfig other = runnable(seed + 4);
    overlay::SeededRandom random(seed);
    const auto ca = overlay::SigningKeyPair::generate(random);
    const NodeCredentials credentials = certified(ca, overlay::NodeId(1), config.node, random);
    const std::vector<DataPlaneConfig> planes = data_plane_configs(config, credentials);
    ASSERT_EQ(planes.size(), count_cores(config));
    if (!config.turn) continue;
    AnyPort io;
    testing::PeerRecorder peers;
    DataPlane plane(planes.back(), io, random, &peers);
    ASSERT_FALSE(planes.back().turn_listen.empty());

    overlay::DatagramMeta meta{.source = testing::endpoint("8.8.8.8:40000"),
                               .local = planes.back().turn_listen[0]};
    overlay::PacketBuffer buffer;
    const overlay::ByteArray<kStunHeaderSize> binding{0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42};
    ASSERT_TRUE(buffer.assign(binding));
    plane.on_datagram(meta, buffer, kNow);
    const auto servers =
        turn_server_configs(*other.turn, planes.size(), control_endpoints(config, other.turn));
    plane.on_message(ReconfigureTurn{.generation = 1,
                                     .server = std::make_shared<const TurnServerConfig>(servers.back()),
                                     .listen = plain_listeners(*other.turn),
                                     .usage_interval = usage_interval(other)},
                     kNow);
    plane.on_timer(kNow + std::chrono::seconds(1));

    EXPECT_EQ(io.sent, 1u);
  }
}

TEST_F(RandomNode, gives_every_data_plane_a_relay_port) {
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    NodeConfig config = runnable(seed);
    if (!config.turn) continue;
    const std::size_t pairs = config.turn->relay_ports.last / 2U - config.turn->relay_ports.first / 2U + 1U;

    EXPECT_LE(count_cores(config), pairs);
  }
}

}  // namespace random_node_test
}  // namespace relay
