// status, nodes, links, sessions, counters.
#include <algorithm>

#include "tools/render/format.h"
#include "tools/render/render.h"
#include "tools/render/table.h"

namespace cli {
namespace {

using nlohmann::json;

[[nodiscard]] std::string location(const json& node) {
  const std::string zone = text(node, "zone");
  return text(node, "provider") + "/" + text(node, "region") + (zone.empty() ? "" : "/" + zone);
}

// "label:   value" lines, the values below each other.
class Facts {
 public:
  void add(std::string label, std::string value) {
    if (value.empty()) return;
    widest_ = std::max(widest_, label.size());
    lines_.emplace_back(std::move(label), std::move(value));
  }
  [[nodiscard]] std::string to_string() const {
    std::string text;
    for (const auto& [label, value] : lines_)
      text += label + std::string(widest_ + 2 - label.size(), ' ') + value + "\n";
    return text;
  }

 private:
  std::size_t widest_ = 0;
  std::vector<std::pair<std::string, std::string>> lines_;
};

[[nodiscard]] std::string peers_line(const json& status) {
  const json peers = status.value("peers", json::object());
  return text(peers, "up") + " up, " + text(peers, "suspect") + " suspect, " + text(peers, "down") +
         " down, " + text(peers, "hold") + " in hold-up";
}

[[nodiscard]] std::string drain_line(const json& status) {
  const std::string remaining = text(status, "allocations") + " allocations remain";
  const bool is_over = status.value("drain_left_s", 0.0) <= 0;
  return is_over ? "the deadline has passed, " + remaining
                 : age(status, "drain_left_s") + " left, " + remaining;
}

void add_overlay_facts(const json& status, Facts& facts) {
  facts.add("paths", "generation " + text(status, "generation"));
  const json lsdb = status.value("lsdb", json::object());
  facts.add("lsdb", text(lsdb, "records") + " records, digest " + text(lsdb, "digest"));
  facts.add("certificate", age(status, "certificate_left_s") + " left");
}

void flatten(const std::string& prefix, const json& value, Table& table) {
  if (!value.is_object()) {
    table.add({prefix, value.is_string() ? value.get<std::string>() : value.dump()});
    return;
  }
  for (const auto& [key, inner] : value.items())
    flatten(prefix.empty() ? key : prefix + "." + key, inner, table);
}

// A signed name whole: ten digits of time, a colon, a UUID. A client chooses up to 512 bytes.
constexpr std::size_t kNameColumns = 48;

// A dual allocation has two.
std::string relayed_of(const json& allocation) {
  const std::string second = text(allocation, "second_relayed");
  return text(allocation, "relayed") + (second.empty() ? "" : ", " + second);
}

}  // namespace

std::string render_status(const json& document) {
  Facts facts;
  facts.add("node", text(document, "node") + " (id " + text(document, "id") + ")");
  facts.add("role", joined(document, "roles", ", "));
  const bool has_overlay = document.value("overlay", true);
  facts.add("where", has_overlay ? location(document) : "on its own, without an overlay");
  facts.add("up", age(document, "up_s"));
  if (has_overlay) facts.add("peers", peers_line(document));
  facts.add("allocations", text(document, "allocations"));
  if (document.value("draining", false)) facts.add("draining", drain_line(document));
  facts.add("flows", text(document, "flows"));
  facts.add("pps", number(document, "pps", 0));
  if (has_overlay) add_overlay_facts(document, facts);
  facts.add("version", text(document, "version"));
  return facts.to_string();
}

std::string render_nodes(const json& document) {
  Table table(
      {"node", "id", "role", "provider", "region", "zone", "state", "links", "seq", "age", "relays on"});
  for (const auto& node : array(document, "nodes"))
    table.add({text(node, "node"), text(node, "id"), joined(node, "roles", ","), text(node, "provider"),
               text(node, "region"), text(node, "zone"), text(node, "state"), text(node, "links"),
               text(node, "sequence"), age(node, "age_s"), joined(node, "relays_on", ", ")});
  return table.to_string();
}

std::string render_links(const json& document) {
  Table table({"from", "to", "class", "prov→prov", "state", "rtt p50", "p95", "jitter", "loss fwd %",
               "loss rev %", "pps", "last heard", "detector", "flaps", "hold-up left"});
  for (const auto& link : array(document, "links"))
    table.add({text(link, "from"), text(link, "to"), text(link, "class"), joined(link, "providers", "→"),
               text(link, "state"), number(link, "rtt_p50_ms", 1), number(link, "rtt_p95_ms", 1),
               number(link, "jitter_ms", 1), percent(link, "loss_fwd"), percent(link, "loss_rev"),
               number(link, "pps", 0), number(link, "last_heard_ms", 0), text(link, "detector"),
               text(link, "flaps"), age(link, "hold_up_left_s")});
  return table.to_string() + "times in ms; last heard: ago\n";
}

std::string render_allocations(const json& document) {
  Table table({"id", "client", "transport", "relayed", "by", "username", "age", "expires in", "to peer",
               "bytes", "to client", "bytes"});
  const json& allocations = array(document, "allocations");
  for (const auto& allocation : allocations)
    table.add({text(allocation, "id"), text(allocation, "client"), text(allocation, "transport"),
               relayed_of(allocation), text(allocation, "relayed_transport"),
               start_of_text(allocation, "username", kNameColumns), age(allocation, "age_s"),
               age(allocation, "expires_in_s"), text(allocation, "packets_to_peer"),
               text(allocation, "bytes_to_peer"), text(allocation, "packets_to_client"),
               text(allocation, "bytes_to_client")});
  std::string rendered = table.to_string();
  const std::string listed = std::to_string(allocations.size());
  const std::string matched = text(document, "matched");
  if (!matched.empty() && matched != listed)
    rendered += listed + " of " + matched + " allocations that match; --limit lists more\n";
  else if (const std::string total = text(document, "total"); !total.empty() && total != listed)
    rendered += listed + " of " + total + " allocations match\n";
  if (!document.value("complete", true))
    rendered += "a data plane did not answer in time: its allocations are missing\n";
  return rendered;
}

std::string render_ended(const json& document) {
  const std::string ended = text(document, "matched") + " allocations ended\n";
  return document.value("complete", false) ? ended
                                           : ended + "a data plane did not answer in time: ask again\n";
}

std::string render_counters(const json& document) {
  Table table({"counter", "value"});
  flatten("", document.value("counters", json::object()), table);
  return table.to_string();
}

std::string render_validate(const json& document) {
  std::string lines;
  for (const auto& finding : array(document, "findings")) {
    lines += text(finding, "kind") + " " + text(finding, "address") + ":";
    for (const auto& node : array(finding, "nodes"))
      lines += " " + (node.is_string() ? node.get<std::string>() : node.dump());
    lines += "\n  " + text(finding, "remedy") + "\n";
  }
  return lines.empty() ? "no findings\n" : lines;
}

}  // namespace cli
