#include "relay/views/metrics.h"

#include <map>
#include <sstream>

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

namespace relay {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<prometheus::ClientMetric::Label>;

class Families {
 public:
  void begin(const std::string& name, const std::string& help, MetricType type) {
    MetricFamily& family = families_.emplace_back();
    family.name = "causeway_" + name;
    family.help = help;
    family.type = type;
  }
  void counter(std::uint64_t value, Labels labels = {}) {
    add(std::move(labels)).counter.value = static_cast<double>(value);
  }
  void gauge(double value, Labels labels = {}) { add(std::move(labels)).gauge.value = value; }
  [[nodiscard]] std::string text() const {
    std::ostringstream out;
    prometheus::TextSerializer().Serialize(out, families_);
    return out.str();
  }

 private:
  prometheus::ClientMetric& add(Labels labels) {
    prometheus::ClientMetric& metric = families_.back().metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }

  std::vector<MetricFamily> families_;
};

constexpr std::array kTransports{overlay::Transport::kUdp, overlay::Transport::kTcp, overlay::Transport::kTls,
                                 overlay::Transport::kDtls};

RelayCounters sum_of(std::span<const DataPlaneReport> planes) {
  RelayCounters sum;
  for (const DataPlaneReport& plane : planes)
    sum += plane.relay;
  return sum;
}

void add_node(const NodeMetrics& metrics, Families& families) {
  families.begin("build_info", "The version of the daemon; always 1.", MetricType::Gauge);
  families.gauge(1, {{"version", metrics.version}});
  families.begin("node_info", "The name of the node; always 1.", MetricType::Gauge);
  families.gauge(1, {{"node", metrics.node}});
  families.begin("up_seconds", "Time since the process started.", MetricType::Gauge);
  families.gauge(overlay::to_s(metrics.up));
  families.begin("data_planes", "Data planes of the node.", MetricType::Gauge);
  families.gauge(static_cast<double>(metrics.planes.size()));
  families.begin("allocations", "Allocations that live now.", MetricType::Gauge);
  std::size_t allocations = 0;
  std::size_t max_allocations = 0;
  for (const DataPlaneReport& plane : metrics.planes) {
    allocations += plane.allocations;
    max_allocations += plane.max_allocations;
  }
  families.gauge(static_cast<double>(allocations));
  families.begin("max_allocations", "How many there may be: turn.max_allocations, shared out to data planes.",
                 MetricType::Gauge);
  families.gauge(static_cast<double>(max_allocations));
  families.begin("relayed_address_conflicts", "Relayed addresses that several nodes of the cluster claim.",
                 MetricType::Gauge);
  families.gauge(static_cast<double>(metrics.relayed_address_conflicts));
  if (!metrics.tls_certificate_not_after) return;
  families.begin("tls_certificate_not_after_seconds",
                 "Until when the certificate of turn.tls is valid that new clients are shown, as Unix time.",
                 MetricType::Gauge);
  families.gauge(static_cast<double>(metrics.tls_certificate_not_after->count()));
}

void add_clients(const RelayCounters& relay, Families& families) {
  const auto each = [&](auto value_of) {
    for (const overlay::Transport transport : kTransports) {
      const auto at = static_cast<std::size_t>(transport);
      families.counter(value_of(relay.from_clients[at]),
                       {{"direction", "in"}, {"transport", to_string(transport)}});
      families.counter(value_of(relay.to_clients[at]),
                       {{"direction", "out"}, {"transport", to_string(transport)}});
    }
  };
  families.begin("client_packets_total", "Messages from and to TURN clients.", MetricType::Counter);
  each([](const Traffic& traffic) { return traffic.packets; });
  families.begin("client_bytes_total", "Bytes of messages from and to TURN clients, with TURN's headers.",
                 MetricType::Counter);
  each([](const Traffic& traffic) { return traffic.bytes; });
}

void add_peers(const RelayCounters& relay, Families& families) {
  families.begin("peer_packets_total", "Payloads from and to peers.", MetricType::Counter);
  families.counter(relay.from_peers.packets, {{"direction", "in"}});
  families.counter(relay.to_peers.packets, {{"direction", "out"}});
  families.begin("peer_bytes_total", "Bytes of payloads from and to peers.", MetricType::Counter);
  families.counter(relay.from_peers.bytes, {{"direction", "in"}});
  families.counter(relay.to_peers.bytes, {{"direction", "out"}});
  families.begin("relayed_total", "Payloads to peers by the way that they took.", MetricType::Counter);
  families.counter(relay.to_internet, {{"via", "internet"}});
  families.counter(relay.to_overlay, {{"via", "overlay"}});
  families.counter(relay.hairpinned, {{"via", "hairpin"}});
}

void add_refusals(std::span<const DataPlaneReport> planes, Families& families) {
  std::map<std::string, std::uint64_t> drops;
  std::map<std::string, std::uint64_t> logins;
  std::map<int, std::uint64_t> errors;
  for (const DataPlaneReport& plane : planes) {
    for (const auto& [reason, count] : plane.turn_drops)
      drops[reason] += count;
    for (const auto& [fault, count] : plane.refused_logins)
      logins[fault] += count;
    for (const auto& [code, count] : plane.turn_errors)
      errors[code] += count;
  }
  families.begin("turn_dropped_total", "Messages of clients and peers that were dropped.",
                 MetricType::Counter);
  for (const auto& [reason, count] : drops)
    families.counter(count, {{"reason", reason}});
  families.begin("turn_errors_total", "Error responses to clients.", MetricType::Counter);
  for (const auto& [code, count] : errors)
    families.counter(count, {{"code", std::to_string(code)}});
  families.begin("turn_refused_logins_total", "Signed requests that failed to authenticate.",
                 MetricType::Counter);
  for (const auto& [fault, count] : logins)
    families.counter(count, {{"fault", fault}});
}

void add_neighbors(std::span<const NeighborMetrics> neighbors, Families& families) {
  const auto each = [&](const char* name, const char* help, auto value_of) {
    families.begin(name, help, MetricType::Gauge);
    for (const NeighborMetrics& neighbor : neighbors)
      if (const std::optional<double> value = value_of(neighbor.link))
        families.gauge(*value, {{"neighbor", neighbor.name}});
  };
  const auto seconds = [](const std::optional<overlay::Duration>& duration) {
    return duration ? std::optional(overlay::to_s(*duration)) : std::nullopt;
  };
  using Value = std::optional<double>;
  each("link_up", "1 while the link is up, 0 otherwise.",
       [](const LinkReport& link) { return Value(link.condition == LinkCondition::kUp ? 1 : 0); });
  each("link_rtt_seconds", "Round-trip time, median of the last probes.",
       [&](const LinkReport& link) { return seconds(link.rtt_p50); });
  each("link_jitter_seconds", "Jitter of the link.",
       [&](const LinkReport& link) { return seconds(link.jitter); });
  each("link_loss_forward_ratio", "Loss towards the neighbor, 0 to 1.",
       [](const LinkReport& link) { return Value(link.loss_forward); });
  each("link_loss_reverse_ratio", "Loss from the neighbor, 0 to 1.",
       [](const LinkReport& link) { return Value(link.loss_reverse); });
  families.begin("link_flaps_total", "How often the link went down.", MetricType::Counter);
  for (const NeighborMetrics& neighbor : neighbors)
    families.counter(neighbor.link.flaps, {{"neighbor", neighbor.name}});
}

// Counters whose names are the code's: as values of a label, so that a new one needs nothing here.
void add_group(const CounterGroup& group, Families& families) {
  families.begin(group.name + "_total",
                 "Counters of this part of the node, as `causeway counters` shows them.",
                 MetricType::Counter);
  for (const auto& [name, count] : group.counters)
    families.counter(count, {{"counter", name}});
}

}  // namespace

std::string metrics_text(const NodeMetrics& metrics) {
  Families families;
  const RelayCounters relay = sum_of(metrics.planes);
  add_node(metrics, families);
  add_clients(relay, families);
  add_peers(relay, families);
  add_refusals(metrics.planes, families);
  if (!metrics.neighbors.empty()) add_neighbors(metrics.neighbors, families);
  for (const CounterGroup& group : metrics.groups)
    add_group(group, families);
  return families.text();
}

Health health_of(const HealthFacts& facts) {
  for (std::size_t core = 0; core < facts.reported_at.size(); ++core)
    if (facts.reported_at[core] == overlay::Instant{} || facts.now - facts.reported_at[core] > kPlaneSilence)
      return {.reason = "data plane " + std::to_string(core) + " does not report"};
  if (facts.is_draining) return {.is_alive = true, .reason = "the node is draining"};
  if (facts.needs_links && facts.links_up == 0)
    return {.is_alive = true, .reason = "no link to another node is up"};
  return {.is_alive = true, .is_ready = true, .reason = {}};
}

}  // namespace relay
