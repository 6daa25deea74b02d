#include "relay/admin/admin_queries.h"

#include <algorithm>
#include <optional>

#include <nlohmann/json.hpp>

#include "overlay/base/random.h"
#include "relay/views/admin_view.h"
#include "relay/views/counter_groups.h"
#include "routing/router.h"

namespace relay {
namespace {

using nlohmann::json;

constexpr std::string_view kCommands = "status, nodes, links, paths, explain, events, sessions, counters";

json error(const std::string& message) {
  return {{"error", message}};
}

std::optional<overlay::NodeId> find_node(const routing::Topology& topology, std::string_view name) {
  for (const auto& node : topology.nodes())
    if (node.attributes.name == name) return node.id();
  return std::nullopt;
}

json unknown_node(const std::string& name) {
  return error("no node \"" + name + "\" is known here; `causeway nodes` lists them");
}

std::string text_of(const json& request, const char* key) {
  const auto found = request.find(key);
  return found != request.end() && found->is_string() ? found->get<std::string>() : std::string();
}

class Queries {
 public:
  Queries(const ControlPlane& control, overlay::Instant now)
      : control_(control),
        topology_(*control.router().topology()),
        now_(now),
        self_(control.config().identity->node()) {}

  json answer(const json& request) const {
    const std::string command = text_of(request, "command");
    if (command == "status") return status();
    if (command == "nodes")
      return nodes_view(control_.link_state_db(), topology_, *control_.router().table(), now_);
    if (command == "links") return links_view(topology_, self_, links());
    if (command == "paths" || command == "explain") return paths(request, command == "explain");
    if (command == "events") return events(request);
    if (command == "counters") return counters();
    return error("there is no command \"" + command + "\"; there are " + std::string(kCommands));
  }

 private:
  std::vector<LinkReport> links() const {
    return control_.neighbors().reports(self_, control_.config().suspect_after, now_);
  }

  json status() const {
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
        report, links());
  }

  // Another node's paths are computed as it would from what this node knows; its history (hold-ups,
  // hysteresis) stays its own.
  json paths(const json& request, bool explain) const {
    const std::string source_name = text_of(request, "source");
    const std::string destination_name = text_of(request, "destination");
    const auto source = find_node(topology_, source_name);
    const auto destination = find_node(topology_, destination_name);
    if (!source) return unknown_node(source_name);
    if (!destination) return unknown_node(destination_name);
    if (*source == *destination) return error("source and destination are the same node");

    overlay::SeededRandom random(1);
    std::optional<routing::Router> other;
    if (*source != self_) {
      other.emplace(*source, random);
      (void)other->update(control_.router().topology(), now_);
    }
    const routing::Router& router = other ? *other : control_.router();
    const routing::PathExplanation explanation = router.explain(*destination, now_);
    const auto* of_table = router.table()->find(*destination);
    PairPaths pair{.source = *source,
                   .destination = *destination,
                   .generation = router.table()->generation,
                   .paths = {}};
    if (explain) {
      pair.paths = explanation.paths;
      return explain_view(topology_, pair, now_);
    }
    if (of_table != nullptr) pair.paths = of_table->paths;
    return paths_view(topology_, pair, now_);
  }

  json events(const json& request) const {
    std::optional<EventPair> pair;
    if (const auto names = request.find("pair"); names != request.end()) {
      if (!names->is_array() || names->size() != 2 || !(*names)[0].is_string() || !(*names)[1].is_string())
        return error("\"pair\" takes the names of two nodes: [\"a\", \"b\"]");
      const auto a = find_node(topology_, (*names)[0].get<std::string>());
      const auto b = find_node(topology_, (*names)[1].get<std::string>());
      if (!a) return unknown_node((*names)[0]);
      if (!b) return unknown_node((*names)[1]);
      pair.emplace(*a, *b);
    }
    return events_view(topology_, self_, control_.events(), pair);
  }

  json counters() const {
    const auto groups = counter_groups(control_);
    return counters_view(node_name(topology_, self_), groups);
  }

  const ControlPlane& control_;
  const routing::Topology& topology_;
  overlay::Instant now_;
  overlay::NodeId self_;
};

// Names come from certificates and usernames from clients: what is not UTF-8 is replaced.
std::string dump(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

bool asks_for_sessions(std::string_view request) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  return parsed.is_object() && text_of(parsed, "command") == "sessions";
}

std::string sessions_answer(const ControlPlane& control, const AllocationList& list, bool is_complete) {
  return dump(sessions_view(node_name(*control.router().topology(), control.config().identity->node()), list,
                            is_complete));
}

std::string error_answer(const std::string& message) {
  return dump(error(message));
}

std::string answer_query(const ControlPlane& control, std::string_view request, overlay::Instant now) {
  const json parsed = json::parse(request, nullptr, /*allow_exceptions=*/false);
  if (!parsed.is_object())
    return error("a request is a JSON object on one line: {\"command\":\"status\"}").dump();
  return dump(Queries(control, now).answer(parsed));
}

}  // namespace relay
