// The network at one moment, from the view of one node: an immutable directed graph, shared between threads.
// Built from the link-state database and from the nodes' attributes (from their certificates).
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "routing/link_state_db.h"

namespace routing {

enum class Role : std::uint8_t { kEdge = 1, kHub = 2, kCenter = 4 };

struct NodeAttributes {
  NodeId id;
  std::string name;
  std::string provider;
  std::string region;
  std::string zone;
  std::uint8_t roles = 0;  // bit set of Role

  [[nodiscard]] bool is(Role role) const { return (roles & static_cast<std::uint8_t>(role)) != 0; }
  bool operator==(const NodeAttributes&) const = default;
};

// Position of a node in one topology: dense, ascending by NodeId.
using NodeIndex = std::uint16_t;
// Position of a provider's or region's name in one topology.
using TagIndex = std::uint16_t;

struct TopologyNode {
  NodeAttributes attributes;
  TagIndex provider = 0;
  TagIndex region = 0;
  bool drained = false;

  [[nodiscard]] NodeId id() const { return attributes.id; }
};

// One direction of a link.
struct TopologyLink {
  NodeIndex from = 0;
  NodeIndex to = 0;
  AdjacencyState state = AdjacencyState::kUp;
  std::uint8_t load = 0;
  bool usable = false;  // both ends advertise the link, and neither as down
  Duration rtt{};
  Duration jitter{};
  double loss = 0;  // from -> to
};

class Topology {
 public:
  // Nodes are the origins in `db` with an entry in `attributes`; other records are ignored.
  [[nodiscard]] static std::shared_ptr<const Topology> build(
      const LinkStateDb& db, const std::map<NodeId, NodeAttributes>& attributes);

  [[nodiscard]] std::span<const TopologyNode> nodes() const { return nodes_; }
  // Every advertised direction between two nodes, usable or not; ascending by (from, to).
  [[nodiscard]] std::span<const TopologyLink> links() const { return links_; }
  [[nodiscard]] std::span<const TopologyLink> links_from(NodeIndex from) const;
  // Null without a link.
  [[nodiscard]] const TopologyLink* find_link(NodeId from, NodeId to) const;
  [[nodiscard]] const TopologyLink* find_link(NodeIndex from, NodeIndex to) const;
  [[nodiscard]] const TopologyNode* find(NodeId id) const;
  // kNoIndex for an unknown node.
  [[nodiscard]] NodeIndex index_of(NodeId id) const;
  static constexpr NodeIndex kNoIndex = 0xffff;

  // Equal for topologies with the same nodes, drains and usable links (except with probability 2^-64);
  // metrics may differ.
  [[nodiscard]] std::uint64_t structure() const { return structure_; }

  [[nodiscard]] std::span<const std::string> providers() const { return providers_; }
  [[nodiscard]] std::span<const std::string> regions() const { return regions_; }

 private:
  Topology() = default;
  void add_node(const NodeAttributes& attributes, bool drained);
  void add_links(std::span<const LinkStateRecord* const> record_by_index);

  std::vector<TopologyNode> nodes_;
  std::vector<NodeIndex> index_by_id_;  // as long as the greatest id needs
  std::vector<TopologyLink> links_;
  std::vector<std::size_t> first_link_;  // nodes_.size() + 1 positions in links_
  std::vector<std::string> providers_;
  std::vector<std::string> regions_;
  std::uint64_t structure_ = 0;
};

}  // namespace routing
