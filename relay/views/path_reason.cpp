#include "relay/views/path_reason.h"

#include <fmt/format.h>

#include "relay/views/admin_view.h"
#include "routing/path_quality.h"

namespace relay {
namespace {

using overlay::NodeId;
using routing::PathRole;
using routing::PathVerdict;
using routing::RankedPath;
using routing::Topology;

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

[[nodiscard]] std::string lower_score_words(const RankedPath& path, const RankedPath& active) {
  const Term term = dearest_term(path, active);
  return fmt::format("{:.1f} R worse, mostly by ", path.reason.score_gap) + term_words(term, path, active);
}

}  // namespace

std::string listed(const std::vector<std::string>& names) {
  std::string list;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) list += i + 1 == names.size() ? " and " : ", ";
    list += names[i];
  }
  return list;
}

std::vector<std::string> shared_words(const Topology& topology, const routing::SharedRisk& shared) {
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

std::string lost_on(const RankedPath& path, const RankedPath& active) {
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

std::string why_not(const Topology& topology, NodeId source, const RankedPath& path,
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

std::string why(const Topology& topology, NodeId source, const RankedPath& path, const RankedPath& active) {
  if (path.role != PathRole::kStandby) return why_not(topology, source, path, active);
  const auto shared = shared_words(topology, path.shared_with_active);
  const std::string duty = shared.empty() ? "shares nothing with the active path"
                                          : "shares least with the active path (" + listed(shared) + ")";
  return duty + "; " + why_not(topology, source, path, active);
}

}  // namespace relay
