// The documents of one node: status, nodes, links, paths, explain, events, counters, validate. Pure functions
// of the control plane's state, so that the admin socket, an HTTP API and a console give the same answers.
// tools/cli/README.md lists the fields. Belongs to the control thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include <nlohmann/json.hpp>

#include "overlay/base/result.h"
#include "overlay/base/time.h"
#include "relay/control_plane/control_plane.h"

namespace relay {

class NodeDocuments {
 public:
  // `control` outlives this.
  NodeDocuments(const ControlPlane& control, overlay::Instant now);

  [[nodiscard]] nlohmann::json status() const;
  [[nodiscard]] nlohmann::json nodes() const;
  [[nodiscard]] nlohmann::json links() const;
  [[nodiscard]] nlohmann::json counters() const;
  // Faults of the cluster's configuration that one node's file cannot show, each with its remedy.
  [[nodiscard]] nlohmann::json validate() const;

  // The paths from one node to another. The paths of another source are computed from this node's topology;
  // that node's hold-ups and hysteresis are unknown here. Errors: an unknown node, twice the same node.
  struct Pair {
    std::string source;
    std::string destination;
  };
  [[nodiscard]] overlay::Result<nlohmann::json> paths(const Pair& pair) const;
  // With the reason for each path.
  [[nodiscard]] overlay::Result<nlohmann::json> explain(const Pair& pair) const;

  // All events, or those of a pair of nodes in either direction. Errors: an unknown node.
  [[nodiscard]] overlay::Result<nlohmann::json> events(
      const std::optional<std::pair<std::string, std::string>>& pair) const;

 private:
  enum class Detail : std::uint8_t { kTable, kExplained };
  [[nodiscard]] overlay::Result<nlohmann::json> ranked(const Pair& pair, Detail detail) const;
  [[nodiscard]] overlay::Result<overlay::NodeId> find(const std::string& name) const;
  [[nodiscard]] std::vector<LinkReport> link_reports() const;

  const ControlPlane& control_;
  const routing::Topology& topology_;
  overlay::Instant now_;
  overlay::NodeId self_;
};

}  // namespace relay
