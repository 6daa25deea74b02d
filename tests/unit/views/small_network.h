// Two edges and two hubs, each edge linked with both hubs:
//
//                 hub-aws-fra (2)
//   edge-aws-fra (1) <       > edge-gcp-lon (4)
//                 hub-gcp-lon (3)
#pragma once

#include <map>
#include <memory>

#include "routing/link_state_db.h"
#include "routing/path_quality.h"
#include "routing/path_table.h"
#include "routing/topology.h"

namespace relay {

inline constexpr overlay::NodeId kEdgeAws{1};
inline constexpr overlay::NodeId kHubAws{2};
inline constexpr overlay::NodeId kHubGcp{3};
inline constexpr overlay::NodeId kEdgeGcp{4};

struct SmallNetwork {
  routing::LinkStateDb db{kEdgeAws, 16};
  std::shared_ptr<const routing::Topology> topology;

  SmallNetwork() {
    add(kEdgeAws, {{kHubAws, 4}, {kHubGcp, 18}});
    add(kHubAws, {{kEdgeAws, 4}, {kEdgeGcp, 20}});
    add(kHubGcp, {{kEdgeAws, 18}, {kEdgeGcp, 3}});
    add(kEdgeGcp, {{kHubAws, 20}, {kHubGcp, 3}});
    topology = routing::Topology::build(db, attributes());
  }

  static std::map<overlay::NodeId, routing::NodeAttributes> attributes() {
    constexpr auto kEdgeRole = static_cast<std::uint8_t>(routing::Role::kEdge);
    constexpr auto kHubRole = static_cast<std::uint8_t>(routing::Role::kHub);
    return {{kEdgeAws, {kEdgeAws, "edge-aws-fra", "aws", "fra", "a", kEdgeRole}},
            {kHubAws, {kHubAws, "hub-aws-fra", "aws", "fra", "a", kHubRole}},
            {kHubGcp, {kHubGcp, "hub-gcp-lon", "gcp", "lon", "b", kHubRole}},
            {kEdgeGcp, {kEdgeGcp, "edge-gcp-lon", "gcp", "lon", "b", kEdgeRole}}};
  }

  // To edge-gcp-lon: by hub-gcp-lon, with hub-aws-fra standing by.
  [[nodiscard]] static std::vector<routing::RankedPath> paths() {
    auto active = path({kHubGcp, kEdgeGcp}, std::chrono::milliseconds(21), 0);
    active.role = routing::PathRole::kActive;
    auto standby = path({kHubAws, kEdgeGcp}, std::chrono::milliseconds(24), 0.02);
    standby.role = routing::PathRole::kStandby;
    standby.reason = {.verdict = routing::PathVerdict::kLowerScore,
                      .score_gap = active.quality.score - standby.quality.score,
                      .rtt_gap = std::chrono::milliseconds(3)};
    return {active, standby};
  }

  [[nodiscard]] static routing::RankedPath path(std::vector<overlay::NodeId> hops, overlay::Duration rtt,
                                                double loss) {
    routing::RankedPath ranked;
    ranked.route = overlay::ExplicitRoute(hops);
    ranked.quality =
        routing::assess({.rtt = rtt, .loss = loss, .hops = static_cast<std::uint8_t>(hops.size())});
    return ranked;
  }

 private:
  struct Link {
    overlay::NodeId neighbor;
    int rtt_ms;
  };
  void add(overlay::NodeId origin, const std::vector<Link>& links) {
    routing::LinkStateRecord record;
    record.key = {origin, 1, 40u + origin.value()};
    record.lifetime_s = 60;
    record.relayed_addresses = {
        {.address = overlay::IpAddress::v4({10, 78, 0, static_cast<std::uint8_t>(origin.value())})}};
    for (const auto& link : links)
      record.adjacencies.push_back(
          {.neighbor = link.neighbor, .rtt = std::chrono::milliseconds(link.rtt_ms)});
    if (origin == kEdgeAws)
      db.originate(record, overlay::Instant{});
    else
      db.insert(record, overlay::Instant{});
  }
};

}  // namespace relay
