// The rules of the sections node, overlay and metrics, and of the document as a whole.
#include <algorithm>

#include "relay/config/config_checks.h"
#include "routing/link_state.h"

namespace relay {
namespace {

void require_identity(MapReader& node) {
  node.require("roles", "write [edge], [hub] or [edge, hub]");
  node.require("identity", "name the node.key that causeway node enroll wrote");
  node.require("certificate", "name the node.cert that causeway node enroll wrote");
  node.require("cluster_ca", "name the ca.pub that causeway node enroll wrote");
}

// Without an overlay no other node asks for an identity.
void refuse_identity(MapReader& node, const NodeSection& section) {
  if (section.is_hub)
    node.complain("roles", {"a hub forwards between other nodes, and there is no overlay section",
                            "add an overlay section with listen, or write roles: [edge]"});
  for (const char* const key : {"identity", "certificate", "cluster_ca"})
    if (node.has(key))
      node.complain(key, {"is for nodes of an overlay, and there is no overlay section",
                          "add an overlay section with listen and seeds, or remove the key"});
}

}  // namespace

void check(MapReader& map, NodeSection& node, const NodeReading& reading) {
  if (reading.has_overlay) return require_identity(map);
  refuse_identity(map, node);
}

void check(MapReader& map, SeedConfig& seed, const NodeReading& reading) {
  for (const SeedConfig& other : reading.config.overlay->seeds)
    if (!seed.name.empty() && other.name == seed.name)
      map.complain("name", {"\"" + seed.name + "\" is a seed already", "remove one of the two"});
}

void check(MapReader& map, ProbeConfig& probe, const NodeReading& /*reading*/) {
  if (probe.idle < probe.fast)
    map.complain("idle", {"is shorter than fast (" + print_duration(probe.fast) + ")",
                          "idle links are probed no faster than links with flows"});
}

void check(MapReader& map, OverlaySection& overlay, const NodeReading& /*reading*/) {
  constexpr std::size_t kMost = routing::kMaxRecordEndpoints;
  if (overlay.advertise.size() > kMost)
    map.complain("advertise", {"has more than " + std::to_string(kMost) + " addresses",
                               "keep one IPv4 and one IPv6 address that neighbors can dial"});
  else if (overlay.advertise.empty() && overlay.listen.size() > kMost)
    map.complain("listen",
                 {"has more than " + std::to_string(kMost) + " addresses, and neighbors would learn all",
                  "remove some, or add overlay.advertise with the one or two that neighbors dial"});
  if (map.has("listen") && overlay.advertise.empty())
    for (const overlay::Endpoint& endpoint : overlay.listen)
      if (endpoint.address.is_unspecified())
        map.complain("listen", {endpoint.to_string() + " is not an address that neighbors can dial",
                                "listen on the node's own address, or add overlay.advertise"});
  for (const overlay::Endpoint& endpoint : overlay.advertise)
    if (endpoint.address.is_unspecified())
      map.complain("advertise", {endpoint.to_string() + " is not an address that neighbors can dial",
                                 "write the node's own address"});
  if (overlay.advertise.empty()) overlay.advertise = overlay.listen;
}

void check(MapReader& map, MetricsSection& metrics, const NodeReading& reading) {
  const auto& turn = reading.config.turn;
  if (!turn || !metrics.listen) return;
  for (const auto stream : {overlay::Transport::kTcp, overlay::Transport::kTls})
    if (std::ranges::count(turn->addresses_taking(stream), *metrics.listen) > 0)
      return map.complain("listen", {metrics.listen->to_string() + " is a port that TURN clients call",
                                     "write another port, for example 127.0.0.1:9641"});
}

void check(MapReader& map, NodeConfig& config, const NodeReading& reading) {
  NodeSection& node = config.node;
  if (reading.has_overlay)
    map.require("node", "add a node section with roles, identity, certificate and cluster_ca");
  else if (!node.is_edge && !node.is_hub)
    node.is_edge = true;
  // Each hop of a path would add the wait of its hub.
  if (node.is_hub && !map.has("packet_io", "coalescing")) config.packet_io.coalescing = {};
  if (node.is_edge && !map.has("turn"))
    map.require("turn", "an edge serves clients: add a turn section, or remove edge from node.roles");
  if (!node.is_edge && node.is_hub && reading.has_overlay && map.has("turn"))
    map.complain("turn", {"is for edges, and this node is only a hub",
                          "add edge to node.roles, or remove the section"});
  if (node.is_edge && !node.is_hub && config.overlay && config.overlay->seeds.empty())
    map.complain("overlay",
                 {"an edge without seeds finds no hub", "add overlay.seeds with at least one hub"});
}

}  // namespace relay
