#include "routing/topology.h"

#include <algorithm>

#include "overlay/base/check.h"

namespace routing {
namespace {

TagIndex tag_of(std::vector<std::string>& names, const std::string& name) {
  const auto found = std::ranges::find(names, name);
  if (found != names.end()) return static_cast<TagIndex>(found - names.begin());
  names.push_back(name);
  return static_cast<TagIndex>(names.size() - 1);
}

std::uint64_t hash_combine(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0x9e3779b97f4a7c15;
  return hash ^ (hash >> 29);
}

// The reverse direction is null when the other end does not advertise it.
TopologyLink make_link(const Adjacency& forward, const Adjacency* reverse) {
  TopologyLink link;
  link.state = reverse == nullptr ? AdjacencyState::kDown : std::max(forward.state, reverse->state);
  link.usable = link.state != AdjacencyState::kDown;
  link.load = forward.load;
  link.rtt = forward.rtt > Duration::zero() || reverse == nullptr ? forward.rtt : reverse->rtt;
  link.jitter = forward.jitter;
  link.loss = forward.loss;
  return link;
}

}  // namespace

std::shared_ptr<const Topology> Topology::build(const LinkStateDb& db,
                                                const std::map<NodeId, NodeAttributes>& attributes) {
  std::shared_ptr<Topology> topology(new Topology);
  const auto records = db.records();
  std::vector<const LinkStateRecord*> record_by_index;
  for (const auto& record : records) {
    const auto known = attributes.find(record->origin());
    if (known == attributes.end()) continue;
    topology->add_node(known->second, record->is_drained());
    record_by_index.push_back(record.get());
  }
  topology->add_links(record_by_index);
  return topology;
}

void Topology::add_node(const NodeAttributes& attributes, bool drained) {
  CHECK(nodes_.size() < kNoIndex);
  index_by_id_.resize(attributes.id.value() + 1U, kNoIndex);
  index_by_id_.back() = static_cast<NodeIndex>(nodes_.size());
  TopologyNode node{.attributes = attributes, .drained = drained};
  node.provider = tag_of(providers_, attributes.provider);
  node.region = tag_of(regions_, attributes.region);
  structure_ = hash_combine(structure_, attributes.id.value() * 2U + (drained ? 1 : 0));
  nodes_.push_back(std::move(node));
}

void Topology::add_links(std::span<const LinkStateRecord* const> record_by_index) {
  first_link_.push_back(0);
  const auto nodes = static_cast<NodeIndex>(record_by_index.size());
  for (NodeIndex from = 0; from < nodes; ++from) {
    for (const Adjacency& adjacency : record_by_index[from]->adjacencies) {
      const NodeIndex to = index_of(adjacency.neighbor);
      if (to == kNoIndex) continue;
      TopologyLink link = make_link(adjacency, record_by_index[to]->find_adjacency(nodes_[from].id()));
      link.from = from;
      link.to = to;
      if (link.usable) structure_ = hash_combine(structure_, static_cast<std::uint64_t>(from) << 16 | to);
      links_.push_back(link);
    }
    first_link_.push_back(links_.size());
  }
}

std::span<const TopologyLink> Topology::links_from(NodeIndex from) const {
  CHECK(from < nodes_.size());
  return std::span(links_).subspan(first_link_[from], first_link_[from + 1U] - first_link_[from]);
}

const TopologyLink* Topology::find_link(NodeId from, NodeId to) const {
  const NodeIndex from_index = index_of(from);
  const NodeIndex to_index = index_of(to);
  if (from_index == kNoIndex || to_index == kNoIndex) return nullptr;
  return find_link(from_index, to_index);
}

const TopologyLink* Topology::find_link(NodeIndex from, NodeIndex to) const {
  const auto links = links_from(from);
  const auto found = std::ranges::lower_bound(links, to, {}, &TopologyLink::to);
  return found != links.end() && found->to == to ? &*found : nullptr;
}

const TopologyNode* Topology::find(NodeId id) const {
  const NodeIndex index = index_of(id);
  return index == kNoIndex ? nullptr : &nodes_[index];
}

NodeIndex Topology::index_of(NodeId id) const {
  return id.value() < index_by_id_.size() ? index_by_id_[id.value()] : kNoIndex;
}

}  // namespace routing
