// paths and explain: which path is used, which stands by, what they share, and why each other one lost.
#include <cmath>

#include <fmt/format.h>

#include "relay/node/admin_view.h"
#include "routing/path_quality.h"

namespace relay {
namespace {

using nlohmann::json;
using overlay::NodeId;
using routing::PathRole;
using routing::PathVerdict;
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

[[nodiscard]] std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " and " : ", ";
    list += names[i];
  }
  return list;
}

[[nodiscard]] std::string via(const Topology& topology, const RankedPath& path) {
  const auto names = transit_names(topology, path);
  return names.empty() ? "directly" : "via " + listed(names);
}

[[nodiscard]] std::vector<std::string> shared_words(const Topology& topology,
                                                    const routing::SharedRisk& shared) {
  std::vector<std::string> list;
  for (const auto& link : shared.links)
    list.push_back("link " + node_name(topology, link.low) + "-" + node_name(topology, link.high));
  for (const NodeId node : shared.nodes)
    list.push_back("node " + node_name(topology, node));
  for (const auto& provider : shared.providers)
    list.push_back("provider " + provider);
  for (const auto& region : shared.regions)
    list.push_back("region " + region);
  return list;
}

// ---- the term that lost ----

struct Term {
  const char* name;
  double cost = 0;  // what the path would gain, in R, with the active path's value in place of its own
};

[[nodiscard]] routing::PathMetric metric_of(const RankedPath& path) {
  return {.rtt = path.quality.rtt,
          .jitter = path.quality.jitter,
          .loss = path.quality.loss,
          .load = path.quality.load,
          .hops = static_cast<std::uint8_t>(path.route.size())};
}

[[nodiscard]] Term dearest_term(const RankedPath& path, const RankedPath& active) {
  const auto own = metric_of(path);
  const auto other = metric_of(active);
  const double score = routing::assess(own).score;
  const auto cost = [&](auto member) {
    auto mended = own;
    mended.*member = other.*member;
    return routing::assess(mended).score - score;
  };
  Term dearest{"rtt", cost(&routing::PathMetric::rtt)};
  for (const Term& term :
       {Term{"loss", cost(&routing::PathMetric::loss)}, Term{"jitter", cost(&routing::PathMetric::jitter)},
        Term{"load", cost(&routing::PathMetric::load)}, Term{"hops", cost(&routing::PathMetric::hops)}})
    if (term.cost > dearest.cost) dearest = term;
  return dearest;
}

[[nodiscard]] std::string term_words(const Term& term, const RankedPath& path, const RankedPath& active) {
  const std::string name = term.name;
  if (name == "loss")
    return fmt::format("loss {:.2f} % against {:.2f} %", path.quality.loss * 100, active.quality.loss * 100);
  if (name == "jitter")
    return fmt::format("jitter {:.1f} ms against {:.1f} ms", overlay::to_ms(path.quality.jitter),
                       overlay::to_ms(active.quality.jitter));
  if (name == "load")
    return fmt::format("its fullest link is {:.0f} % full, against {:.0f} %", path.quality.load / 2.55,
                       active.quality.load / 2.55);
  if (name == "hops") return fmt::format("{} hops against {}", path.route.size(), active.route.size());
  return fmt::format("RTT {:.1f} ms against {:.1f} ms", overlay::to_ms(path.quality.rtt),
                     overlay::to_ms(active.quality.rtt));
}

// ---- why ----

// "hub-a-hub-b", the first link of the path that is suspect; empty if none is.
[[nodiscard]] std::string suspect_link(const Topology& topology, NodeId source, const RankedPath& path) {
  NodeId from = source;
  for (const NodeId to : path.route.hops()) {
    const auto* link = topology.find_link(from, to);
    if (link != nullptr && link->state != routing::AdjacencyState::kUp)
      return node_name(topology, from) + "→" + node_name(topology, to);
    from = to;
  }
  return {};
}

[[nodiscard]] std::string drained_node(const Topology& topology, const RankedPath& path) {
  for (const NodeId hop : path.route.hops())
    if (const auto* node = topology.find(hop); node != nullptr && node->drained) return node->attributes.name;
  return "a node of it";
}

[[nodiscard]] std::string lost_on(const RankedPath& path, const RankedPath& active) {
  switch (path.reason.verdict) {
    case PathVerdict::kChosen:
      return "";
    case PathVerdict::kLowerScore:
      return dearest_term(path, active).name;
    case PathVerdict::kHysteresis:
      return "hysteresis";
    case PathVerdict::kPendingMove:
      return "pending move";
    case PathVerdict::kHoldUp:
      return "hold-up";
    case PathVerdict::kSuspect:
      return "suspect";
    case PathVerdict::kLoad:
      return "load";
    case PathVerdict::kPinned:
      return "pin";
    case PathVerdict::kSharedRisk:
      return "shared risk";
    case PathVerdict::kPolicy:
      return "policy";
    case PathVerdict::kDrained:
      return "drain";
  }
  return "";
}

[[nodiscard]] std::string lower_score_words(const RankedPath& path, const RankedPath& active) {
  const Term term = dearest_term(path, active);
  return fmt::format("{:.1f} R worse, mostly by ", path.reason.score_gap) + term_words(term, path, active);
}

[[nodiscard]] std::string why_not(const Topology& topology, NodeId source, const RankedPath& path,
                                  const RankedPath& active) {
  const auto& reason = path.reason;
  switch (reason.verdict) {
    case PathVerdict::kChosen:
      return "best score of all that policy allows";
    case PathVerdict::kLowerScore:
      return lower_score_words(path, active);
    case PathVerdict::kHysteresis:
      return fmt::format("{:.1f} R and {:.1f} ms better, but a move needs {:.1f} R or {:.0f} ms",
                         -reason.score_gap, -overlay::to_ms(reason.rtt_gap), reason.margin,
                         overlay::to_ms(reason.rtt_margin));
    case PathVerdict::kPendingMove:
      return fmt::format("clearly better by {:.1f} R: the move is due in {:.1f} s", -reason.score_gap,
                         overlay::to_s(reason.wait_left));
    case PathVerdict::kHoldUp:
      return fmt::format("a link of it came back too recently: it is trusted in {:.1f} s",
                         overlay::to_s(reason.wait_left));
    case PathVerdict::kSuspect: {
      const std::string link = suspect_link(topology, source, path);
      return link.empty() ? "a link of it is suspect" : "its link " + link + " is suspect";
    }
    case PathVerdict::kLoad:
      return fmt::format("{:.1f} R worse, and only because of load: ", reason.score_gap) +
             term_words({"load"}, path, active);
    case PathVerdict::kPinned:
      return "a pinned path goes before it";
    case PathVerdict::kSharedRisk:
      return "not the standby: it shares more with the active path (" +
             listed(shared_words(topology, path.shared_with_active)) + ")";
    case PathVerdict::kPolicy:
      return "an avoid rule excludes it";
    case PathVerdict::kDrained:
      return drained_node(topology, path) + " is drained";
  }
  return "";
}

// What the standby is there for comes before what it lacks.
[[nodiscard]] std::string why(const Topology& topology, NodeId source, const RankedPath& path,
                              const RankedPath& active) {
  if (path.role != PathRole::kStandby) return why_not(topology, source, path, active);
  const auto shared = shared_words(topology, path.shared_with_active);
  const std::string duty = shared.empty() ? "shares nothing with the active path"
                                          : "shares least with the active path (" + listed(shared) + ")";
  return duty + "; " + why_not(topology, source, path, active);
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
