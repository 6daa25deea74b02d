#include "routing/label_search.h"

#include <algorithm>

#include "overlay/base/check.h"

namespace routing {

LabelSearch::LabelSearch(const Topology& topology, NodeIndex source, std::span<const float> cost_by_link,
                         const std::vector<bool>& transit_allowed, LabelSearchParameters parameters)
    : topology_(&topology), source_(source), parameters_(parameters) {
  CHECK(cost_by_link.size() == topology.links().size());
  CHECK(transit_allowed.size() == topology.nodes().size());
  const std::size_t nodes = topology.nodes().size();
  levels_.resize(parameters_.max_hops);
  for (Level& level : levels_) {
    level.labels.resize(nodes * parameters_.labels_per_node);
    level.counts.resize(nodes);
  }
  start(cost_by_link);
  for (std::size_t hops = 1; hops < parameters_.max_hops; ++hops)
    extend(hops, cost_by_link, transit_allowed);
}

void LabelSearch::start(std::span<const float> cost_by_link) {
  const TopologyLink* const base = topology_->links().data();
  for (const TopologyLink& link : topology_->links_from(source_)) {
    const auto position = static_cast<std::uint32_t>(&link - base);
    if (cost_by_link[position] == kForbidden) continue;
    insert(levels_.front(), link.to, Label{.cost = cost_by_link[position], .link = position});
  }
}

// Lengthens every path of `hops` hops by one link.
void LabelSearch::extend(std::size_t hops, std::span<const float> cost_by_link,
                         const std::vector<bool>& transit_allowed) {
  const TopologyLink* const base = topology_->links().data();
  const Level& shorter = levels_[hops - 1];
  Level& longer = levels_[hops];
  const auto nodes = static_cast<NodeIndex>(shorter.counts.size());
  for (NodeIndex via = 0; via < nodes; ++via) {
    if (shorter.counts[via] == 0 || !transit_allowed[via]) continue;
    const auto labels = labels_at(shorter, via);
    const auto first_label = static_cast<std::uint32_t>(labels.data() - shorter.labels.data());
    for (const TopologyLink& link : topology_->links_from(via)) {
      const auto position = static_cast<std::uint32_t>(&link - base);
      if (cost_by_link[position] == kForbidden || link.to == source_) continue;
      for (std::uint32_t i = 0; i < labels.size(); ++i) {
        if (visits(labels[i], hops, link.to)) continue;
        insert(longer, link.to,
               Label{.cost = labels[i].cost + cost_by_link[position],
                     .link = position,
                     .parent = first_label + i});
      }
    }
  }
}

bool LabelSearch::visits(const Label& label, std::size_t hops, NodeIndex node) const {
  const Label* at = &label;
  while (at->parent != Label::kNoParent) {
    at = &levels_[--hops - 1].labels[at->parent];
    if (topology_->links()[at->link].to == node) return true;
  }
  return false;
}

void LabelSearch::insert(Level& level, NodeIndex node, const Label& label) const {
  const std::size_t capacity = parameters_.labels_per_node;
  Label* const slots = level.labels.data() + node * capacity;
  std::size_t position = level.counts[node];
  if (position == capacity) {
    if (!(label.cost < slots[capacity - 1].cost)) return;
    --position;
  } else {
    ++level.counts[node];
  }
  for (; position > 0 && label.cost < slots[position - 1].cost; --position)
    slots[position] = slots[position - 1];
  slots[position] = label;
}

std::span<const Label> LabelSearch::labels_at(const Level& level, NodeIndex node) const {
  return std::span(level.labels).subspan(node * parameters_.labels_per_node, level.counts[node]);
}

std::vector<LabelSearch::Found> LabelSearch::cheapest(NodeIndex node, std::size_t count) const {
  std::vector<Found> found;
  for (std::size_t hops = 1; hops <= levels_.size(); ++hops)
    for (const Label& label : labels_at(levels_[hops - 1], node))
      found.push_back({label, hops});
  std::ranges::stable_sort(found, {}, [](const Found& f) { return f.label.cost; });
  if (found.size() > count) found.resize(count);
  return found;
}

std::vector<const TopologyLink*> LabelSearch::links_of(const Found& found) const {
  std::vector<const TopologyLink*> links(found.hops);
  Label at = found.label;
  for (std::size_t hops = found.hops; hops > 0; --hops) {
    links[hops - 1] = &topology_->links()[at.link];
    if (hops > 1) at = levels_[hops - 2].labels[at.parent];
  }
  return links;
}

}  // namespace routing
