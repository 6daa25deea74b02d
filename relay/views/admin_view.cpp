#include "relay/views/admin_view.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <ctime>

namespace relay {
namespace {

using nlohmann::json;
using overlay::NodeId;
using routing::Topology;

[[nodiscard]] json roles_of(const routing::NodeAttributes& node) {
  json roles = json::array();
  if (node.is(routing::Role::kEdge)) roles.push_back("edge");
  if (node.is(routing::Role::kHub)) roles.push_back("hub");
  if (node.is(routing::Role::kCenter)) roles.push_back("center");
  return roles;
}

[[nodiscard]] json identity_of(const routing::NodeAttributes& node) {
  return {{"node", node.name},         {"id", node.id.value()}, {"roles", roles_of(node)},
          {"provider", node.provider}, {"region", node.region}, {"zone", node.zone}};
}

// Microseconds are enough for people, and keep documents short.
[[nodiscard]] double rounded(double value) {
  return std::round(value * 1000) / 1000;
}

[[nodiscard]] json milliseconds(const std::optional<overlay::Duration>& duration) {
  return duration ? json(rounded(overlay::to_ms(*duration))) : json();
}

template <typename T>
[[nodiscard]] json or_null(const std::optional<T>& value) {
  return value ? json(*value) : json();
}

[[nodiscard]] const char* word_for(LinkCondition condition) {
  switch (condition) {
    case LinkCondition::kUp:
      return "up";
    case LinkCondition::kSuspect:
      return "suspect";
    case LinkCondition::kDown:
      return "down";
    case LinkCondition::kHold:
      return "hold";
  }
  return "down";
}

[[nodiscard]] const char* word_for(EventCause cause) {
  switch (cause) {
    case EventCause::kSilent:
      return "silent";
    case EventCause::kOneWay:
      return "one-way";
    case EventCause::kLoss:
      return "loss";
    case EventCause::kRtt:
      return "rtt";
    case EventCause::kDrain:
      return "drain";
    case EventCause::kAdmin:
      return "admin";
    case EventCause::kPeer:
      return "peer";
    case EventCause::kRestored:
      return "restored";
    case EventCause::kConflict:
      return "conflict";
    case EventCause::kBetter:
      return "better";
  }
  return "peer";
}

[[nodiscard]] json provider_of(const Topology& topology, NodeId id) {
  const auto* node = topology.find(id);
  return node != nullptr ? json(node->attributes.provider) : json("?");
}

[[nodiscard]] std::string detector_of(const LinkDetector& detector) {
  char words[64];
  std::snprintf(words, sizeof words, "%g ms x %u", overlay::to_ms(detector.interval), detector.multiplier);
  return words;
}

[[nodiscard]] json link_row(const Topology& topology, const LinkReport& link) {
  return {{"from", node_name(topology, link.from)},
          {"to", node_name(topology, link.to)},
          {"class", link.link_class},
          {"providers", {provider_of(topology, link.from), provider_of(topology, link.to)}},
          {"state", word_for(link.condition)},
          {"rtt_p50_ms", milliseconds(link.rtt_p50)},
          {"rtt_p95_ms", milliseconds(link.rtt_p95)},
          {"jitter_ms", milliseconds(link.jitter)},
          {"loss_fwd", or_null(link.loss_forward)},
          {"loss_rev", or_null(link.loss_reverse)},
          {"pps", rounded(link.packets_per_second)},
          {"last_heard_ms", milliseconds(link.last_heard)},
          {"detector", detector_of(link.detector)},
          {"flaps", link.flaps},
          {"hold_up_left_s", rounded(overlay::to_s(link.hold_up_left))}};
}

[[nodiscard]] json count_conditions(std::span<const LinkReport> links) {
  const auto count = [&](LinkCondition condition) {
    return std::count_if(links.begin(), links.end(),
                         [&](const LinkReport& link) { return link.condition == condition; });
  };
  return {{"up", count(LinkCondition::kUp)},
          {"suspect", count(LinkCondition::kSuspect)},
          {"down", count(LinkCondition::kDown)},
          {"hold", count(LinkCondition::kHold)}};
}

[[nodiscard]] std::string hexadecimal(std::uint64_t number) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(number));
  return digits;
}

[[nodiscard]] const char* state_of(const routing::TopologyNode& node, const routing::PathTable& table) {
  if (node.id() == table.self) return "self";
  if (table.find(node.id()) == nullptr) return "unreachable";
  return node.drained ? "draining" : "reachable";
}

// "2026-11-21T05:48:07.123Z"
[[nodiscard]] std::string civil_time(std::int64_t unix_ms) {
  const std::time_t seconds = static_cast<std::time_t>(unix_ms / 1000);
  std::tm civil{};
  gmtime_r(&seconds, &civil);
  char date[32];
  std::strftime(date, sizeof date, "%FT%T", &civil);
  char text[48];
  std::snprintf(text, sizeof text, "%s.%03dZ", date, static_cast<int>(unix_ms % 1000));
  return text;
}

// Ingress included.
[[nodiscard]] json path_names(const Topology& topology, NodeId source, const overlay::ExplicitRoute& route) {
  json names = json::array();
  if (route.empty()) return names;
  names.push_back(node_name(topology, source));
  for (const NodeId hop : route.hops())
    names.push_back(node_name(topology, hop));
  return names;
}

[[nodiscard]] json event_row(const Topology& topology, const Event& event) {
  const auto link = [&]() -> json {
    if (!event.link) return {};
    return node_name(topology, event.link->from) + "→" + node_name(topology, event.link->to);
  };
  return {{"sequence", event.sequence},
          {"time", civil_time(event.unix_ms)},
          {"unix_ms", event.unix_ms},
          {"at_ns", event.at.time_since_epoch().count()},
          {"cause", word_for(event.cause)},
          {"source", node_name(topology, event.source)},
          {"destination", node_name(topology, event.destination)},
          {"link", link()},
          {"detect_ms", milliseconds(event.detect)},
          {"switch_ms", milliseconds(event.switched)},
          {"lost", or_null(event.lost)},
          {"duplicated", or_null(event.duplicated)},
          {"old_path", path_names(topology, event.source, event.old_path)},
          {"new_path", path_names(topology, event.source, event.new_path)},
          {"false_alarm", event.is_false_alarm},
          {"note", event.note}};
}

[[nodiscard]] bool is_of_pair(const Event& event, const EventPair& pair) {
  return EventPair(event.source, event.destination) == pair ||
         EventPair(event.destination, event.source) == pair;
}

json allocation_row(const AllocationReport& allocation) {
  json row{{"id", allocation.id},
           {"client", allocation.client.to_string()},
           {"relayed", allocation.relayed.to_string()},
           {"transport", to_string(allocation.transport)},
           {"relayed_transport", to_string(allocation.relayed_transport)},
           {"username", allocation.username},
           {"age_s", allocation.age_s},
           {"expires_in_s", allocation.expires_in_s},
           {"packets_to_peer", allocation.packets_to_peer},
           {"bytes_to_peer", allocation.bytes_to_peer},
           {"packets_to_client", allocation.packets_to_client},
           {"bytes_to_client", allocation.bytes_to_client}};
  if (allocation.second_relayed) row["second_relayed"] = allocation.second_relayed->to_string();
  return row;
}

}  // namespace

std::string node_name(const Topology& topology, NodeId id) {
  const auto* node = topology.find(id);
  return node != nullptr ? node->attributes.name : "node " + std::to_string(id.value());
}

json status_view(const routing::NodeAttributes& self, const StatusReport& status,
                 std::span<const LinkReport> links) {
  json document = identity_of(self);
  document["version"] = status.version;
  document["up_s"] = rounded(overlay::to_s(status.up));
  document["peers"] = count_conditions(links);
  document["allocations"] = status.allocations;
  document["draining"] = status.drain_left.has_value();
  document["drain_left_s"] = status.drain_left ? json(rounded(overlay::to_s(*status.drain_left))) : json();
  document["flows"] = status.flows;
  document["pps"] = rounded(status.packets_per_second);
  document["generation"] = status.generation.value();
  document["lsdb"] = {{"records", status.records}, {"digest", hexadecimal(status.fingerprint)}};
  document["overlay"] = status.has_overlay;
  document["certificate_left_s"] = status.has_overlay ? json(status.certificate_left.count()) : json();
  return document;
}

json nodes_view(const routing::LinkStateDb& db, const Topology& topology, const routing::PathTable& table,
                overlay::Instant now) {
  json nodes = json::array();
  for (const auto& node : topology.nodes()) {
    json row = identity_of(node.attributes);
    row["state"] = state_of(node, table);
    if (db.find(node.id()) != nullptr) {
      const auto record = db.record_at(node.id(), now);
      row["links"] =
          std::count_if(record.adjacencies.begin(), record.adjacencies.end(),
                        [](const auto& link) { return link.state != routing::AdjacencyState::kDown; });
      row["sequence"] = record.key.sequence;
      row["age_s"] = record.age_s;
      row["relays_on"] = json::array();
      for (const auto& relayed : record.relayed_addresses)
        row["relays_on"].push_back(relayed.address.to_string());
    }
    nodes.push_back(std::move(row));
  }
  return {{"node", node_name(topology, table.self)}, {"nodes", std::move(nodes)}};
}

json links_view(const Topology& topology, NodeId self, std::span<const LinkReport> links) {
  json rows = json::array();
  for (const auto& link : links)
    rows.push_back(link_row(topology, link));
  return {{"node", node_name(topology, self)}, {"links", std::move(rows)}};
}

json events_view(const Topology& topology, NodeId self, const EventLog& log, std::optional<EventPair> pair) {
  json rows = json::array();
  for (const auto& event : log.events())
    if (!pair || is_of_pair(event, *pair)) rows.push_back(event_row(topology, event));
  return {{"node", node_name(topology, self)}, {"events", std::move(rows)}};
}

json allocations_view(const std::string& node, const AllocationList& list, bool is_complete) {
  json rows = json::array();
  for (const auto& allocation : list.listed)
    rows.push_back(allocation_row(allocation));
  return {{"node", node},
          {"total", list.total},
          {"matched", list.matched},
          {"complete", is_complete},
          {"allocations", std::move(rows)}};
}

json counters_view(const std::string& node, std::span<const CounterGroup> groups) {
  json counters = json::object();
  for (const auto& group : groups) {
    json& values = counters[group.name] = json::object();
    for (const auto& [name, value] : group.counters)
      values[name] = value;
  }
  return {{"node", node}, {"counters", std::move(counters)}};
}

}  // namespace relay
