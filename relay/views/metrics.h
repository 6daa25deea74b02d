// The metrics for Prometheus. Labels are bounded: transports, directions, reasons, error codes and neighbors,
// never users or addresses of clients (`causeway allocations` shows those). Pure.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "overlay/base/time.h"
#include "relay/messages/link_report.h"
#include "relay/messages/plane_messages.h"
#include "relay/views/status_report.h"

namespace relay {

struct NeighborMetrics {
  std::string name;
  LinkReport link;
};

struct NodeMetrics {
  std::string node;
  std::string version;
  overlay::Duration up{};
  // Of the certificate that clients are shown; none without TLS.
  std::optional<overlay::UnixSeconds> tls_certificate_not_after;
  std::span<const DataPlaneReport> planes;
  std::size_t relayed_address_conflicts = 0;
  std::vector<NeighborMetrics> neighbors;
  std::vector<CounterGroup> groups;  // of the node's parts, told as they are
};

// In the text format of Prometheus, version 0.0.4.
[[nodiscard]] std::string metrics_text(const NodeMetrics& metrics);
inline constexpr const char* kMetricsContentType = "text/plain; version=0.0.4; charset=utf-8";

// One data plane that says nothing for this long is taken for dead.
inline constexpr overlay::Duration kPlaneSilence = std::chrono::seconds(10);

struct Health {
  bool is_alive = false;  // every data plane reports
  bool is_ready = false;  // and the node can take new clients
  std::string reason;     // why not
};

struct HealthFacts {
  std::span<const overlay::Instant> reported_at;  // by data plane; the clock's beginning: never
  overlay::Instant now{};
  bool is_draining = false;
  bool needs_links = false;  // its overlay has other nodes
  std::size_t links_up = 0;
};
[[nodiscard]] Health health_of(const HealthFacts& facts);

}  // namespace relay
