#include "relay/views/node_documents.h"

#include "overlay/base/random.h"
#include "relay/views/admin_view.h"
#include "relay/views/counter_groups.h"
#include "routing/router.h"

namespace relay {

using nlohmann::json;

NodeDocuments::NodeDocuments(const ControlPlane& control, overlay::Instant now)
    : control_(control),
      topology_(*control.router().topology()),
      now_(now),
      self_(control.config().identity->node()) {}

std::vector<LinkReport> NodeDocuments::link_reports() const {
  return control_.neighbors().reports(self_, control_.config().suspect_after, now_);
}

json NodeDocuments::nodes() const {
  return nodes_view(control_.link_state_db(), topology_, *control_.router().table(), now_);
}

json NodeDocuments::links() const {
  return links_view(topology_, self_, link_reports());
}

json NodeDocuments::status() const {
  const auto& certificate = control_.config().identity->certificate();
  StatusReport report{.version = control_.config().version,
                      .has_overlay = control_.config().has_overlay,
                      .up = now_ - control_.started_at(),
                      .generation = control_.router().table()->generation,
                      .records = control_.link_state_db().size(),
                      .fingerprint = control_.link_state_db().fingerprint(),
                      .certificate_left = certificate.not_after - control_.wall_time(now_)};
  if (const auto& drain = control_.draining()) report.drain_left = drain->deadline - now_;
  for (const DataPlaneReport& core : control_.data_plane_reports()) {
    report.allocations += core.allocations;
    report.flows += core.flows;
    report.packets_per_second += core.packets_per_second;
  }
  const auto* self = topology_.find(self_);
  return status_view(
      self == nullptr ? routing::NodeAttributes{.id = self_, .name = certificate.name} : self->attributes,
      report, link_reports());
}

overlay::Result<overlay::NodeId> NodeDocuments::find(const std::string& name) const {
  for (const auto& node : topology_.nodes())
    if (node.attributes.name == name) return node.id();
  return overlay::failure("no node \"" + name + "\" is known here; `causeway nodes` lists them");
}

overlay::Result<json> NodeDocuments::paths(const Pair& pair) const {
  return ranked(pair, Detail::kTable);
}

overlay::Result<json> NodeDocuments::explain(const Pair& pair) const {
  return ranked(pair, Detail::kExplained);
}

overlay::Result<json> NodeDocuments::ranked(const Pair& pair, Detail detail) const {
  const auto source = find(pair.source);
  if (!source) return overlay::failure(source.error().message);
  const auto destination = find(pair.destination);
  if (!destination) return overlay::failure(destination.error().message);
  if (*source == *destination) return overlay::failure("source and destination are the same node");

  overlay::SeededRandom random(1);
  std::optional<routing::Router> other;
  if (*source != self_) {
    other.emplace(*source, random);
    (void)other->update(control_.router().topology(), now_);
  }
  const routing::Router& router = other ? *other : control_.router();
  PairPaths found{
      .source = *source, .destination = *destination, .generation = router.table()->generation, .paths = {}};
  if (detail == Detail::kExplained) {
    const routing::PathExplanation explanation = router.explain(*destination, now_);
    found.paths = explanation.paths;
    return explain_view(topology_, found, now_);
  }
  if (const auto* of_table = router.table()->find(*destination)) found.paths = of_table->paths;
  return paths_view(topology_, found, now_);
}

overlay::Result<json> NodeDocuments::events(
    const std::optional<std::pair<std::string, std::string>>& pair) const {
  std::optional<EventPair> nodes;
  if (pair) {
    const auto a = find(pair->first);
    if (!a) return overlay::failure(a.error().message);
    const auto b = find(pair->second);
    if (!b) return overlay::failure(b.error().message);
    nodes.emplace(*a, *b);
  }
  return events_view(topology_, self_, control_.events(), nodes);
}

json NodeDocuments::counters() const {
  const auto groups = counter_groups(control_);
  return counters_view(node_name(topology_, self_), groups);
}

json NodeDocuments::validate() const {
  json findings = json::array();
  for (const routing::RelayedAddressOwner& entry : control_.relayed_address_owners()) {
    if (entry.rivals.empty()) continue;
    json nodes = json::array({node_name(topology_, entry.owner)});
    for (const overlay::NodeId rival : entry.rivals)
      nodes.push_back(node_name(topology_, rival));
    findings.push_back({{"kind", "relayed_address_conflict"},
                        {"address", entry.address.to_string()},
                        {"nodes", std::move(nodes)},
                        {"remedy", "keep the address in turn.relay_addresses of one node only; " +
                                       node_name(topology_, entry.owner) + " gets its traffic now"}});
  }
  return {{"node", node_name(topology_, self_)}, {"findings", std::move(findings)}};
}

}  // namespace relay
