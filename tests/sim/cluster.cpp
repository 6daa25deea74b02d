#include "tests/sim/cluster.h"

#include <algorithm>
#include <string>
#include <utility>

#include "overlay/base/ip_prefix.h"
#include "relay/admission/credentials.h"

namespace sim {
namespace {

constexpr std::uint16_t kOverlayPort = 4700;
constexpr std::uint16_t kTurnPort = 3478;
constexpr const char* kRestSecret = "the simulation's secret";
constexpr overlay::UnixSeconds kYear = std::chrono::hours(24 * 365);

overlay::Endpoint overlay_address(const NodeSpec& spec) {
  return {.address = spec.address, .port = kOverlayPort};
}

}  // namespace

Cluster::Cluster(const Layout& layout, std::uint64_t seed, overlay::UnixSeconds calendar,
                 ClusterOptions options)
    : layout_(layout), options_(std::move(options)), random_(seed) {
  overlay::crypto_init();
  random_.fill(nonce_key_);
  credentials_.username = std::to_string((calendar + std::chrono::hours(24)).count()) + ":caller";
  credentials_.password = relay::rest_password(kRestSecret, credentials_.username);
  const auto ca = overlay::SigningKeyPair::generate(random_);
  const auto another_ca = overlay::SigningKeyPair::generate(random_);
  ca_ = ca.public_key();
  for (const NodeSpec& spec : layout.nodes())
    enroll(spec, std::ranges::count(options_.impostors, spec.name) > 0 ? another_ca : ca, calendar);
}

void Cluster::enroll(const NodeSpec& spec, const overlay::SigningKeyPair& ca, overlay::UnixSeconds calendar) {
  const auto keys = overlay::NodeKeys::generate(random_);
  const auto role = spec.is_hub() ? overlay::NodeRole::kHub : overlay::NodeRole::kEdge;
  auto certificate = overlay::issue_certificate(ca, {.node = spec.id,
                                                     .name = spec.name,
                                                     .provider = spec.provider,
                                                     .region = spec.region,
                                                     .zone = "a",
                                                     .roles = static_cast<std::uint8_t>(role),
                                                     .signing_key = keys.signing.public_key(),
                                                     .exchange_key = keys.exchange.public_key(),
                                                     .not_before = calendar - kYear,
                                                     .not_after = calendar + kYear});
  identities_.emplace(spec.id, overlay::NodeIdentity::make(keys, std::move(certificate.value())).value());
}

std::vector<overlay::NeighborAddress> Cluster::seeds_of(const NodeSpec& spec) const {
  std::map<std::string, const NodeSpec*> hubs_by_provider;
  for (const NodeSpec& hub : layout_.nodes()) {
    if (!hub.is_hub() || hub.id == spec.id) continue;
    const auto [chosen, is_first] = hubs_by_provider.emplace(hub.provider, &hub);
    const bool is_nearer = layout_.rtt(spec, hub) < layout_.rtt(spec, *chosen->second);
    if (!is_first && is_nearer && options_.seed_hubs == SeedHubs::kNearest) chosen->second = &hub;
  }
  std::vector<overlay::NeighborAddress> seeds;
  for (const auto& [provider, hub] : hubs_by_provider)
    seeds.push_back({.endpoint = overlay_address(*hub),
                     .key = identities_.at(hub->id).exchange().public_key(),
                     .expected = hub->id});
  return seeds;
}

relay::ControlPlaneConfig Cluster::control_config(const NodeSpec& spec) const {
  relay::ControlPlaneConfig config;
  config.identity = &identities_.at(spec.id);
  config.cluster_ca = ca_;
  config.listen = config.advertise = {overlay_address(spec)};
  config.seeds = seeds_of(spec);
  if (!spec.is_hub()) config.relayed_addresses = {spec.address};
  return config;
}

relay::DataPlaneConfig Cluster::data_config(const NodeSpec& spec) const {
  relay::DataPlaneConfig config;
  config.overlay_listen = {overlay_address(spec)};
  config.overlay.self = spec.id;
  config.exchange_key = identities_.at(spec.id).exchange().public_key();
  config.overlay.carries_transit = spec.is_hub();
  if (spec.is_hub()) return config;
  config.turn_listen = {turn_address(spec)};
  config.turn.emplace();
  config.turn->rest.secrets = {kRestSecret};
  config.turn->nonce_keys = {nonce_key_};
  config.turn->relay_addresses = {spec.address};
  // Simulated nodes have documentation addresses, which no real peer has.
  config.turn->peer_policy.allow(overlay::IpPrefix::parse("198.51.100.0/24").value());
  return config;
}

overlay::Endpoint Cluster::turn_address(const NodeSpec& spec) const {
  return {.address = spec.address, .port = kTurnPort};
}

}  // namespace sim
