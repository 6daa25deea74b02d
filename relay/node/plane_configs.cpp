#include "relay/node/plane_configs.h"

#include <algorithm>
#include <memory>
#include <string>
#include <thread>

#include "overlay/base/check.h"
#include "overlay/base/version.h"
#include "relay/config/public_addresses.h"

namespace relay {
namespace {

std::size_t share(std::size_t whole, std::size_t cores) {
  DCHECK(cores > 0);
  return (whole + cores - 1) / cores;
}

overlay::LinkConfig link_config(const OverlaySection& section) {
  return {.probe = section.probe, .liveness = section.liveness};
}

std::vector<overlay::ByteArray<32>> nonce_keys(const TurnSection& section) {
  std::vector<overlay::ByteArray<32>> keys;
  for (const Secret& secret : section.nonce_keys) {
    overlay::ByteArray<32> key{};
    CHECK(secret.reveal().size() == key.size());
    std::ranges::copy(secret.reveal(), key.begin());
    keys.push_back(key);
  }
  return keys;
}

// Addresses of listeners and of relays, local and shown.
std::vector<overlay::IpAddress> turn_addresses(const TurnSection& section) {
  std::vector<overlay::IpAddress> found = shown_addresses(section);
  found.insert(found.end(), section.relay_addresses.begin(), section.relay_addresses.end());
  for (const ListenerConfig& listener : section.all_listeners())
    found.push_back(listener.address.address);
  return found;
}

// An address that is only for control is denied as a whole, because a firewall does not filter packets of the
// host to itself.
PeerPolicy peer_policy(const TurnSection& section, std::span<const overlay::Endpoint> control) {
  PeerPolicy policy;
  for (const overlay::IpPrefix& prefix : section.peers.allow)
    policy.allow(prefix);
  for (const overlay::IpPrefix& prefix : section.peers.deny)
    policy.deny(prefix);
  for (const overlay::IpAddress& relayed : shown_addresses(section))
    policy.allow_relayed(relayed);
  const auto for_clients = turn_addresses(section);
  for (const overlay::Endpoint& endpoint : control) {
    policy.reserve(endpoint);
    if (std::ranges::find(for_clients, endpoint.address) == for_clients.end())
      policy.deny_own(endpoint.address);
  }
  return policy;
}

RateLimit bandwidth(std::uint64_t bytes_per_second, overlay::Duration burst) {
  constexpr std::uint64_t kLargestPayload = 65'535;
  const auto burst_bytes = static_cast<double>(bytes_per_second) * overlay::to_s(burst);
  return {.per_second = bytes_per_second,
          .burst = std::max(static_cast<std::uint64_t>(burst_bytes), kLargestPayload)};
}

AdmissionLimits admission_limits(const TurnSection& section) {
  // A browser asks for permissions for all candidates of a peer at once.
  constexpr std::uint64_t kSecondsOfNewPeers = 10;
  const LimitsConfig& limits = section.limits;
  return {.allocations_per_user = section.max_allocations_per_user,
          .allocations_per_tenant = limits.allocations_per_tenant,
          .allocations_per_source = limits.allocations_per_source,
          .permissions = static_cast<std::uint16_t>(limits.permissions),
          .channels = static_cast<std::uint16_t>(limits.channels),
          .new_peers = {.per_second = limits.new_peers_per_second,
                        .burst = kSecondsOfNewPeers * limits.new_peers_per_second},
          .allocation_bandwidth = bandwidth(limits.bandwidth_per_allocation, limits.bandwidth_burst),
          .tenant_bandwidth = bandwidth(limits.bandwidth_per_tenant, limits.bandwidth_burst),
          .challenges = {.per_second = limits.challenges_per_second,
                         .burst = std::uint64_t{2} * limits.challenges_per_second}};
}

TcpRelayLimits tcp_relay_limits(const TcpRelayConfig& config, std::size_t cores) {
  return {.is_enabled = config.is_enabled,
          .connections = share(config.connections, cores),
          .connections_per_allocation = config.connections_per_allocation};
}

// Without port_offset, which differs from core to core.
TurnServerConfig turn_config(const TurnSection& section, std::size_t cores,
                             std::span<const overlay::Endpoint> control) {
  TurnServerConfig result{.realm = section.realm,
                          .software = section.software,
                          .rest = {.takes_sha256 = section.protocol.rest_sha256},
                          .nonce_keys = nonce_keys(section),
                          .relay_addresses = shown_addresses(section),
                          .defaults_to_ipv4 = section.default_family == DefaultFamily::kIpv4,
                          .relay_port_min = section.relay_ports.first,
                          .relay_port_max = section.relay_ports.last,
                          .port_stride = static_cast<std::uint16_t>(cores),
                          .shared_relay_ports = section.shared_relay_ports,
                          .peer_policy = peer_policy(section, control),
                          .default_lifetime = section.lifetime.initial,
                          .unasked_lifetime = section.lifetime.unasked,
                          .max_lifetime = section.lifetime.longest,
                          .strict_channel_range = section.protocol.strict_channel_range,
                          .mobility = section.protocol.mobility,
                          .discovery_places = section.protocol.nat_discovery
                                                  ? find_discovery_places(plain_listeners(section))
                                                  : std::vector<DiscoveryPlace>{},
                          .tcp_relay = tcp_relay_limits(section.tcp_relay, cores),
                          .max_allocations = share(section.max_allocations, cores),
                          .limits = admission_limits(section),
                          .alternatives = section.alternatives,
                          .tls_alternatives = section.tls_alternatives};
  for (const Secret& secret : section.rest_secrets)
    result.rest.secrets.push_back(secret.reveal());
  for (const TurnUser& user : section.users)
    result.users.push_back({.name = user.name,
                            .password = user.password.reveal(),
                            .key = LongTermKey(overlay::as_bytes(user.key.reveal()))});
  return result;
}

void join(const OverlaySection& section, ControlPlaneConfig& config) {
  config.listen = section.listen;
  config.advertise = section.advertise;
  config.homes = section.homes;
  config.suspect_after = section.liveness.suspect_after;
  for (const SeedConfig& seed : section.seeds)
    config.seeds.push_back({.endpoint = seed.endpoint,
                            .key = overlay::ExchangePublicKey(seed.exchange_key),
                            .expected = overlay::kNoNode});
}

}  // namespace

std::size_t count_cores(const NodeConfig& config) {
  if (config.cores) return *config.cores;
  const std::size_t cpus = std::max<std::size_t>(std::thread::hardware_concurrency(), 1);
  return config.turn ? std::min(cpus, relay_port_pairs(config.turn->relay_ports)) : cpus;
}

std::vector<overlay::IpAddress> own_addresses(const NodeConfig& config) {
  std::vector<overlay::IpAddress> own;
  const auto add = [&own](const overlay::IpAddress& address) {
    if (!address.is_unspecified() && std::ranges::find(own, address) == own.end()) own.push_back(address);
  };
  if (config.overlay)
    for (const overlay::Endpoint& local : config.overlay->listen)
      add(local.address);
  if (config.turn) {
    for (const ListenerConfig& listener : config.turn->all_listeners())
      add(listener.address.address);
    std::ranges::for_each(config.turn->relay_addresses, add);
  }
  if (config.metrics.listen) add(config.metrics.listen->address);
  return own;
}

std::vector<overlay::Endpoint> control_endpoints(const NodeConfig& config,
                                                 const std::optional<TurnSection>& reloaded) {
  std::vector<overlay::Endpoint> known;
  if (config.overlay) {
    known = config.overlay->listen;
    known.insert(known.end(), config.overlay->advertise.begin(), config.overlay->advertise.end());
  }
  if (config.metrics.listen) known.push_back(*config.metrics.listen);
  std::vector<overlay::IpAddress> own;
  for (const std::optional<TurnSection>* const turn : {&config.turn, &reloaded}) {
    if (!*turn) continue;
    for (const overlay::IpAddress& address : turn_addresses(**turn))
      if (std::ranges::find(own, address) == own.end()) own.push_back(address);
  }
  std::vector<overlay::Endpoint> reached;
  for (const overlay::Endpoint& endpoint : known) {
    reached.push_back(endpoint);
    if (!endpoint.address.is_unspecified()) continue;
    for (const overlay::IpAddress& address : own)
      reached.push_back({address, endpoint.port});
  }
  return reached;
}

std::vector<TurnServerConfig> turn_server_configs(const TurnSection& section, std::size_t cores,
                                                  std::span<const overlay::Endpoint> control) {
  TurnServerConfig shared = turn_config(section, cores, control);
  shared.ledger = std::make_shared<QuotaLedger>();
  shared.tcp_relay_ports = std::make_shared<TcpRelayPorts>();
  std::vector<TurnServerConfig> servers(cores, shared);
  for (std::size_t core = 0; core < cores; ++core)
    servers[core].port_offset = static_cast<std::uint16_t>(core);
  return servers;
}

std::vector<overlay::Endpoint> datagram_listeners(const TurnSection& section) {
  std::vector<overlay::Endpoint> listeners;
  for (const ListenerConfig& listener : section.all_listeners())
    if (listener.takes(overlay::Transport::kUdp) || listener.takes(overlay::Transport::kDtls))
      listeners.push_back(listener.address);
  return listeners;
}

std::vector<overlay::Endpoint> plain_listeners(const TurnSection& section) {
  return section.addresses_taking(overlay::Transport::kUdp);
}

std::optional<overlay::Duration> usage_interval(const NodeConfig& config) {
  return config.usage_log.to.empty() ? std::nullopt : std::optional(config.usage_log.interval);
}

std::vector<AddressMapping> address_mappings(const TurnSection& turn) {
  const std::vector<overlay::IpAddress> shown = shown_addresses(turn);
  std::vector<AddressMapping> mappings;
  for (std::size_t i = 0; i < shown.size(); ++i)
    if (shown[i] != turn.relay_addresses[i])
      mappings.push_back({.local = turn.relay_addresses[i], .shown = shown[i]});
  return mappings;
}

std::vector<DataPlaneConfig> data_plane_configs(const NodeConfig& config,
                                                const NodeCredentials& credentials) {
  const std::size_t cores = count_cores(config);
  DataPlaneConfig shared{
      .cores = cores,
      .coalescing = config.packet_io.coalescing,
      .relay_port_linger = config.packet_io.relay_port_linger,
      .overlay = {.self = credentials.identity.node(), .carries_transit = config.node.is_hub}};
  if (config.overlay) {
    shared.overlay_listen = config.overlay->listen;
    shared.exchange_key = credentials.identity.exchange().public_key();
    shared.overlay.link = link_config(*config.overlay);
  }
  if (config.turn) {
    shared.turn_listen = plain_listeners(*config.turn);
    shared.usage_interval = usage_interval(config);
    shared.address_mappings = address_mappings(*config.turn);
  }
  if (cores > 1) shared.guests = std::make_shared<GuestClients>();
  std::vector<DataPlaneConfig> planes(cores, shared);
  for (std::size_t core = 0; core < cores; ++core)
    planes[core].core = core;
  if (!config.turn) return planes;
  const auto servers = turn_server_configs(*config.turn, cores, control_endpoints(config));
  for (std::size_t core = 0; core < cores; ++core)
    planes[core].turn = servers[core];
  return planes;
}

StreamPolicy stream_policy(const NodeConfig& config) {
  if (!config.turn) return {};
  return {.limits = {.in_all = share(config.turn->max_connections, count_cores(config)),
                     .per_source = config.turn->max_connections_per_source},
          .handshakes_per_second = config.turn->limits.handshakes_per_second};
}

ControlPlaneConfig control_plane_config(const NodeConfig& config, const NodeCredentials& credentials,
                                        std::uint64_t epoch) {
  ControlPlaneConfig result{.identity = &credentials.identity,
                            .cluster_ca = credentials.cluster_ca,
                            .has_overlay = config.overlay.has_value(),
                            .epoch = epoch,
                            .cores = count_cores(config),
                            .version = std::string(overlay::version())};
  if (config.overlay) join(*config.overlay, result);
  if (config.turn) {
    result.relayed_addresses = shown_addresses(*config.turn);
    result.turn_listen = datagram_listeners(*config.turn);
  }
  return result;
}

}  // namespace relay
