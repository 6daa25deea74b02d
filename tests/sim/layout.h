// Which nodes a simulated cluster has, where they stand, and how far apart.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/ids.h"
#include "tests/sim/sim_time.h"

namespace sim {

enum class SimRole : std::uint8_t { kHub, kEdge };

struct NodeSpec {
  overlay::NodeId id;
  std::string name;
  SimRole role = SimRole::kHub;
  std::string provider;
  std::string region;  // unique within its provider
  overlay::IpAddress address;

  [[nodiscard]] bool is_hub() const { return role == SimRole::kHub; }
  [[nodiscard]] std::string site() const { return provider + ":" + region; }
};

class Layout {
 public:
  // Every provider's region gets hubs and edges named hub-<provider>-<region>, edge-<provider>-<region>, with
  // a number behind when there are several.
  void add_site(const std::string& provider, const std::string& region, int hubs, int edges);
  void set_rtt(const std::string& site_a, const std::string& site_b, Duration rtt);

  [[nodiscard]] const std::vector<NodeSpec>& nodes() const { return nodes_; }
  [[nodiscard]] const NodeSpec& node(std::string_view name) const;
  [[nodiscard]] const std::string& name_of(overlay::NodeId id) const;
  [[nodiscard]] std::vector<std::string> hubs() const;
  [[nodiscard]] std::vector<std::string> edges() const;
  // Without faults. Between machines of one site: 0.6 ms.
  [[nodiscard]] Duration rtt(const NodeSpec& a, const NodeSpec& b) const;

 private:
  void add_node(const std::string& provider, const std::string& region, SimRole role, int number);

  std::vector<NodeSpec> nodes_;
  std::map<std::pair<std::string, std::string>, Duration> rtt_by_sites_;
};

// Three providers, two regions each, a hub and an edge in each, with RTTs measured between the real regions.
[[nodiscard]] Layout three_cloud();

// Three to five sites of two or three providers, scattered over the globe by the seed; an edge in at least
// two.
[[nodiscard]] Layout scattered(std::uint64_t seed);

}  // namespace sim
