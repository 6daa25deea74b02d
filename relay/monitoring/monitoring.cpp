#include "relay/monitoring/monitoring.h"

#include <algorithm>
#include <string>
#include <utility>

#include "relay/views/admin_view.h"
#include "relay/views/counter_groups.h"
#include "relay/views/metrics.h"

namespace relay {
namespace {

std::vector<LinkReport> links_of(const ControlPlane& control, overlay::Instant now) {
  return control.neighbors().reports(control.config().identity->node(), control.config().suspect_after, now);
}

NodeMetrics metrics_of(const Monitored& node, overlay::Instant now) {
  const ControlPlane& control = node.control;
  const auto& topology = *control.router().topology();
  NodeMetrics metrics{.node = control.config().identity->certificate().name,
                      .version = control.config().version,
                      .up = now - control.started_at(),
                      .planes = control.data_plane_reports()};
  if (node.tls != nullptr) metrics.tls_certificate_not_after = node.tls->current()->not_after();
  metrics.relayed_address_conflicts = static_cast<std::size_t>(std::ranges::count_if(
      control.relayed_address_owners(), [](const auto& entry) { return !entry.rivals.empty(); }));
  for (LinkReport& link : links_of(control, now))
    metrics.neighbors.push_back({.name = node_name(topology, link.to), .link = std::move(link)});
  // Traffic of clients and peers has its own metric families.
  for (CounterGroup& group : counter_groups(control))
    if (group.name != "relay") metrics.groups.push_back(std::move(group));
  return metrics;
}

Health health(const ControlPlane& control, overlay::Instant now) {
  const auto links = links_of(control, now);
  // The first hub of a cluster waits for others to call.
  const bool has_others = !control.config().seeds.empty() || !links.empty();
  return health_of({.reported_at = control.reported_at(),
                    .now = now,
                    .is_draining = control.draining().has_value(),
                    .needs_links = control.config().has_overlay && has_others,
                    .links_up = static_cast<std::size_t>(
                        std::ranges::count(links, LinkCondition::kUp, &LinkReport::condition))});
}

HttpAnswer verdict(bool is_good, const Health& health) {
  return {.status = is_good ? 200 : 503, .body = is_good ? "ok\n" : health.reason + "\n"};
}

}  // namespace

HttpAnswer answer_monitoring(const Monitored& node, std::string_view path, overlay::Instant now) {
  if (path == "/metrics")
    return {.content_type = kMetricsContentType, .body = metrics_text(metrics_of(node, now))};
  const Health found = health(node.control, now);
  if (path == "/healthz") return verdict(found.is_alive, found);
  if (path == "/readyz") return verdict(found.is_ready, found);
  return {.status = 404, .body = "there are /metrics, /healthz and /readyz\n"};
}

}  // namespace relay
