// The answers to admin queries: pure functions from state to JSON documents. tools/cli/README.md lists the
// fields, which are a contract with every program that reads them.
#pragma once

#include <optional>
#include <span>
#include <utility>

#include <nlohmann/json.hpp>

#include "relay/history/event_log.h"
#include "relay/messages/allocation_report.h"
#include "relay/messages/link_report.h"
#include "relay/views/status_report.h"
#include "routing/link_state_db.h"
#include "routing/path_table.h"
#include "routing/topology.h"

namespace relay {

// A node's name; "node 17" if the topology does not know it.
[[nodiscard]] std::string node_name(const routing::Topology& topology, overlay::NodeId id);

[[nodiscard]] nlohmann::json status_view(const routing::NodeAttributes& self, const StatusReport& status,
                                         std::span<const LinkReport> links);
// A node without a path in `table` is unreachable.
[[nodiscard]] nlohmann::json nodes_view(const routing::LinkStateDb& db, const routing::Topology& topology,
                                        const routing::PathTable& table, overlay::Instant now);
[[nodiscard]] nlohmann::json links_view(const routing::Topology& topology, overlay::NodeId self,
                                        std::span<const LinkReport> links);

// The paths of one pair, as its source ranks them.
struct PairPaths {
  overlay::NodeId source;
  overlay::NodeId destination;
  overlay::Generation generation;
  std::span<const routing::RankedPath> paths;  // the active one first; empty: it cannot be reached
};
[[nodiscard]] nlohmann::json paths_view(const routing::Topology& topology, const PairPaths& pair,
                                        overlay::Instant now);
// With a sentence for the active path, the standby, and each path that lost.
[[nodiscard]] nlohmann::json explain_view(const routing::Topology& topology, const PairPaths& pair,
                                          overlay::Instant now);

// All of them, or those of one pair of nodes, either way.
using EventPair = std::pair<overlay::NodeId, overlay::NodeId>;
[[nodiscard]] nlohmann::json events_view(const routing::Topology& topology, overlay::NodeId self,
                                         const EventLog& log, std::optional<EventPair> pair);
// `list` may be cut short; it is not complete when a data plane did not answer.
[[nodiscard]] nlohmann::json allocations_view(const std::string& node, const AllocationList& list,
                                              bool is_complete);
[[nodiscard]] nlohmann::json counters_view(const std::string& node, std::span<const CounterGroup> groups);

}  // namespace relay
