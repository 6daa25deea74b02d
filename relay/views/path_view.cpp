// paths and explain: which path is used, which stands by, what they share, and why each other one lost.
#include <cmath>

#include <fmt/format.h>

#include "relay/views/admin_view.h"
#include "relay/views/path_reason.h"

namespace relay {
namespace {

using nlohmann::json;
using overlay::NodeId;
using routing::PathRole;
using routing::RankedPath;
using routing::Topology;

[[nodiscard]] double rounded(double value) {
  return std::round(value * 10000) / 10000;
}

[[nodiscard]] std::vector<std::string> transit_names(const Topology& topology, const RankedPath& path) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i + 1 < path.route.size(); ++i)
    names.push_back(node_name(topology, path.route[i]));
  return names;
}

[[nodiscard]] std::string via(const Topology& topology, const RankedPath& path) {
  const auto names = transit_names(topology, path);
  return names.empty() ? "directly" : "via " + listed(names);
}

[[nodiscard]] std::string behind_by(const RankedPath& path) {
  if (path.role == PathRole::kActive) return "";
  return fmt::format("{:+.1f} R, {:+.1f} ms", path.reason.score_gap, overlay::to_ms(path.reason.rtt_gap));
}

[[nodiscard]] json path_row(const Topology& topology, NodeId source, std::size_t rank, const RankedPath& path,
                            const RankedPath& active, overlay::Instant now) {
  json nodes = json::array({node_name(topology, source)});
  for (const NodeId hop : path.route.hops())
    nodes.push_back(node_name(topology, hop));
  return {{"rank", rank},
          {"role", routing::to_string(path.role)},
          {"hops", path.route.size()},
          {"via", transit_names(topology, path)},
          {"nodes", std::move(nodes)},
          {"rtt_ms", rounded(overlay::to_ms(path.quality.rtt))},
          {"loss", rounded(path.quality.loss)},
          {"r", rounded(path.quality.r_factor)},
          {"mos", rounded(path.quality.mos)},
          {"stall", rounded(path.quality.stall)},
          {"score", rounded(path.quality.score)},
          {"shared", shared_words(topology, path.shared_with_active)},
          {"since_s", rounded(overlay::to_s(now - path.since))},
          {"why", why(topology, source, path, active)}};
}

// ---- sentences ----

[[nodiscard]] std::string quality_words(const RankedPath& path) {
  return fmt::format("RTT {:.1f} ms, loss {:.2f} %, R {:.1f} (MOS {:.2f})", overlay::to_ms(path.quality.rtt),
                     path.quality.loss * 100, path.quality.r_factor, path.quality.mos);
}

// Against the active path.
[[nodiscard]] std::string gap_words(const routing::PathReason& reason) {
  const double rtt = overlay::to_ms(reason.rtt_gap);
  return fmt::format("{:.1f} ms {} and {:.1f} R {}", std::abs(rtt), rtt < 0 ? "shorter" : "longer",
                     std::abs(reason.score_gap), reason.score_gap < 0 ? "better" : "worse");
}

[[nodiscard]] std::string active_sentence(const Topology& topology, const PairPaths& pair,
                                          overlay::Instant now) {
  const RankedPath& active = pair.paths.front();
  return node_name(topology, pair.source) + " sends to " + node_name(topology, pair.destination) + " " +
         via(topology, active) + ": " + quality_words(active) +
         fmt::format(", since {:.1f} s. ", overlay::to_s(now - active.since)) +
         fmt::format("It is used out of {} paths: ", pair.paths.size()) +
         why_not(topology, pair.source, active, active) + ".";
}

[[nodiscard]] std::string standby_sentence(const Topology& topology, const PairPaths& pair) {
  const RankedPath* standby = nullptr;
  for (const auto& path : pair.paths)
    if (path.role == PathRole::kStandby) standby = &path;
  if (standby == nullptr)
    return "Nothing stands by: no second path is known, so the loss of this one is an outage.";
  const auto shared = shared_words(topology, standby->shared_with_active);
  return "Stands by: " + via(topology, *standby) + ", " + quality_words(*standby) + ", " +
         gap_words(standby->reason) + ". " +
         (shared.empty() ? "The two share no link, transit node, provider or region."
                         : "The two share " + listed(shared) + ": what fails there takes both.");
}

[[nodiscard]] std::string loser_sentence(const Topology& topology, const PairPaths& pair,
                                         const RankedPath& path) {
  return "Not " + via(topology, path) + ": " + why_not(topology, pair.source, path, pair.paths.front()) + ".";
}

[[nodiscard]] json summary(const Topology& topology, const PairPaths& pair, overlay::Instant now) {
  if (pair.paths.empty())
    return json::array({node_name(topology, pair.source) + " has no path to " +
                        node_name(topology, pair.destination) +
                        ": no chain of usable links joins them. See `causeway links` on both."});
  json sentences = json::array({active_sentence(topology, pair, now), standby_sentence(topology, pair)});
  for (const auto& path : pair.paths)
    if (path.role == PathRole::kCandidate) sentences.push_back(loser_sentence(topology, pair, path));
  return sentences;
}

[[nodiscard]] json pair_document(const Topology& topology, const PairPaths& pair) {
  return {{"source", node_name(topology, pair.source)},
          {"destination", node_name(topology, pair.destination)},
          {"generation", pair.generation.value()},
          {"paths", json::array()}};
}

}  // namespace

json paths_view(const Topology& topology, const PairPaths& pair, overlay::Instant now) {
  json document = pair_document(topology, pair);
  for (std::size_t i = 0; i < pair.paths.size(); ++i)
    document["paths"].push_back(
        path_row(topology, pair.source, i + 1, pair.paths[i], pair.paths.front(), now));
  return document;
}

json explain_view(const Topology& topology, const PairPaths& pair, overlay::Instant now) {
  json document = paths_view(topology, pair, now);
  document["summary"] = summary(topology, pair, now);
  for (std::size_t i = 0; i < pair.paths.size(); ++i) {
    document["paths"][i]["lost_on"] = lost_on(pair.paths[i], pair.paths.front());
    document["paths"][i]["behind_by"] = behind_by(pair.paths[i]);
  }
  return document;
}

}  // namespace relay
