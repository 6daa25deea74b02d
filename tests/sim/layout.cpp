#include "tests/sim/layout.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include "overlay/base/check.h"
#include "overlay/base/random.h"

namespace sim {
namespace {

using namespace std::chrono_literals;

constexpr Duration kRttWithinSite = 600us;

std::pair<std::string, std::string> ordered(const std::string& a, const std::string& b) {
  return std::minmax(a, b);
}

Duration from_ms(double ms) {
  return std::chrono::round<std::chrono::microseconds>(std::chrono::duration<double, std::milli>(ms));
}

struct MeasuredRtt {
  const char* a;
  const char* b;
  double ms;
};

// Averages of pings between virtual machines of the regions (Skyplane's published profile, Apache-2.0, and
// Google's public dashboard): eu-central-1 and eu-west-1, germanywestcentral and northeurope, europe-west3
// and europe-west2.
constexpr std::array<MeasuredRtt, 15> kThreeCloudRtts{{
    {"aws:fra", "aws:dub", 22.3},
    {"aws:fra", "azure:fra", 2.4},
    {"aws:fra", "azure:dub", 23.1},
    {"aws:fra", "gcp:fra", 1.8},
    {"aws:fra", "gcp:lon", 14.1},
    {"aws:dub", "azure:fra", 23.4},
    {"aws:dub", "azure:dub", 1.6},
    {"aws:dub", "gcp:fra", 23.6},
    {"aws:dub", "gcp:lon", 13.0},
    {"azure:fra", "azure:dub", 23.2},
    {"azure:fra", "gcp:fra", 2.7},
    {"azure:fra", "gcp:lon", 15.0},
    {"azure:dub", "gcp:fra", 23.1},
    {"azure:dub", "gcp:lon", 12.1},
    {"gcp:fra", "gcp:lon", 12.5},
}};

struct Place {
  double latitude;
  double longitude;
};

// Great circle at the speed of light in fibre, plus a detour of one half, as measured for cloud backbones.
Duration rtt_between(Place a, Place b) {
  constexpr double kEarthRadiusKm = 6371;
  constexpr double kFibreKmPerMs = 200;
  constexpr double kDetour = 1.5;
  const double to_radians = std::numbers::pi / 180;
  const double phi_a = a.latitude * to_radians;
  const double phi_b = b.latitude * to_radians;
  const double delta = (a.longitude - b.longitude) * to_radians;
  const double cosine =
      std::sin(phi_a) * std::sin(phi_b) + std::cos(phi_a) * std::cos(phi_b) * std::cos(delta);
  const double km = kEarthRadiusKm * std::acos(std::clamp(cosine, -1.0, 1.0));
  return from_ms(1 + 2 * kDetour * km / kFibreKmPerMs);
}

}  // namespace

void Layout::add_site(const std::string& provider, const std::string& region, int hubs, int edges) {
  for (int i = 0; i < hubs; ++i)
    add_node(provider, region, SimRole::kHub, hubs > 1 ? i + 1 : 0);
  for (int i = 0; i < edges; ++i)
    add_node(provider, region, SimRole::kEdge, edges > 1 ? i + 1 : 0);
}

void Layout::add_node(const std::string& provider, const std::string& region, SimRole role, int number) {
  const auto index = static_cast<std::uint8_t>(nodes_.size() + 1);
  NodeSpec spec{.id = overlay::NodeId(index),
                .name = (role == SimRole::kHub ? "hub-" : "edge-") + provider + "-" + region,
                .role = role,
                .provider = provider,
                .region = region,
                .address = overlay::IpAddress::v4({198, 51, 100, index})};
  if (number > 0) spec.name += "-" + std::to_string(number);
  nodes_.push_back(std::move(spec));
}

void Layout::set_rtt(const std::string& site_a, const std::string& site_b, Duration rtt) {
  rtt_by_sites_[ordered(site_a, site_b)] = rtt;
}

const NodeSpec& Layout::node(std::string_view name) const {
  const auto found = std::ranges::find(nodes_, name, &NodeSpec::name);
  CHECK(found != nodes_.end());
  return *found;
}

const std::string& Layout::name_of(overlay::NodeId id) const {
  const auto found = std::ranges::find(nodes_, id, &NodeSpec::id);
  CHECK(found != nodes_.end());
  return found->name;
}

std::vector<std::string> Layout::hubs() const {
  std::vector<std::string> names;
  for (const NodeSpec& node : nodes_)
    if (node.is_hub()) names.push_back(node.name);
  return names;
}

std::vector<std::string> Layout::edges() const {
  std::vector<std::string> names;
  for (const NodeSpec& node : nodes_)
    if (!node.is_hub()) names.push_back(node.name);
  return names;
}

Duration Layout::rtt(const NodeSpec& a, const NodeSpec& b) const {
  if (a.site() == b.site()) return kRttWithinSite;
  const auto found = rtt_by_sites_.find(ordered(a.site(), b.site()));
  CHECK(found != rtt_by_sites_.end());
  return found->second;
}

Layout three_cloud() {
  Layout layout;
  for (const auto& [provider, region] : {std::pair{"aws", "fra"},
                                         {"aws", "dub"},
                                         {"azure", "fra"},
                                         {"azure", "dub"},
                                         {"gcp", "fra"},
                                         {"gcp", "lon"}})
    layout.add_site(provider, region, 1, 1);
  for (const MeasuredRtt& rtt : kThreeCloudRtts)
    layout.set_rtt(rtt.a, rtt.b, from_ms(rtt.ms));
  return layout;
}

Layout scattered(std::uint64_t seed) {
  overlay::SeededRandom random(seed);
  constexpr std::array<const char*, 3> kProviders{"aws", "azure", "gcp"};
  const std::size_t providers = 2 + random.below(2);
  const std::size_t sites = 3 + random.below(3);
  Layout layout;
  std::vector<std::pair<std::string, Place>> placed;
  for (std::size_t i = 0; i < sites; ++i) {
    const std::string provider = kProviders[i % providers];
    const std::string region = "r" + std::to_string(i + 1);
    layout.add_site(provider, region, 1, i < 2 || random.below(2) == 0 ? 1 : 0);
    const Place place{.latitude = random.unit() * 100 - 40, .longitude = random.unit() * 360 - 180};
    for (const auto& [other, there] : placed)
      layout.set_rtt(other, provider + ":" + region, rtt_between(place, there));
    placed.emplace_back(provider + ":" + region, place);
  }
  return layout;
}

}  // namespace sim
