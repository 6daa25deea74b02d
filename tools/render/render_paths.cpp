// paths, explain, events.
#include "tools/render/format.h"
#include "tools/render/render.h"
#include "tools/render/table.h"

namespace cli {
namespace {

using nlohmann::json;

constexpr std::string_view kArrow = " → ";

[[nodiscard]] std::string via(const json& path) {
  const std::string transit = joined(path, "via", ", ");
  return transit.empty() ? "(direct)" : transit;
}

// The links, nodes, regions and providers that the path shares with the active path.
[[nodiscard]] std::string shared(const json& path) {
  if (text(path, "role") == "active") return "";
  const std::string words = joined(path, "shared", ", ");
  return words.empty() ? "nothing" : words;
}

[[nodiscard]] std::string pair_line(const json& document) {
  return text(document, "source") + std::string(kArrow) + text(document, "destination") + ", generation " +
         text(document, "generation") + "\n";
}

// Fixed-width local facts of an event's time: the clock only, the date is in --json.
[[nodiscard]] std::string clock_of(const json& event) {
  const std::string time = text(event, "time");
  const auto separator = time.find('T');
  return separator == std::string::npos ? time : time.substr(separator + 1);
}

[[nodiscard]] std::string route(const json& event, std::string_view key) {
  const std::string nodes = joined(event, key, ">");
  return nodes.empty() ? "(none)" : nodes;
}

}  // namespace

std::string render_paths(const json& document) {
  Table table({"rank", "role", "hops", "via", "rtt_ms", "loss %", "R", "MOS", "stall %", "shared with active",
               "since", "why"});
  const json& paths = array(document, "paths");
  for (const auto& path : paths)
    table.add({text(path, "rank"), text(path, "role"), text(path, "hops"), via(path),
               number(path, "rtt_ms", 1), percent(path, "loss"), number(path, "r", 1), number(path, "mos", 2),
               percent(path, "stall"), shared(path), age(path, "since_s"), text(path, "why")});
  return pair_line(document) + (paths.empty() ? "no path is known\n" : table.to_string());
}

std::string render_explain(const json& document) {
  std::string rendered = pair_line(document) + "\n";
  for (const auto& sentence : array(document, "summary"))
    if (sentence.is_string()) rendered += sentence.get<std::string>() + "\n";

  Table table({"rank", "role", "via", "rtt_ms", "loss %", "R", "lost on", "behind by", "why"});
  const json& paths = array(document, "paths");
  for (const auto& path : paths)
    table.add({text(path, "rank"), text(path, "role"), via(path), number(path, "rtt_ms", 1),
               percent(path, "loss"), number(path, "r", 1), text(path, "lost_on"), text(path, "behind_by"),
               text(path, "why")});
  if (!paths.empty()) rendered += "\n" + table.to_string();
  return rendered;
}

std::string render_events(const json& document) {
  Table table({"t", "cause", "pair", "link", "detect ms", "switch ms", "lost", "duplicated", "old→new",
               "false alarm", "note"});
  const json& events = array(document, "events");
  for (const auto& event : events)
    table.add({clock_of(event), text(event, "cause"),
               text(event, "source") + std::string(kArrow) + text(event, "destination"), text(event, "link"),
               number(event, "detect_ms", 1), number(event, "switch_ms", 1), text(event, "lost"),
               text(event, "duplicated"),
               route(event, "old_path") + std::string(kArrow) + route(event, "new_path"),
               text(event, "false_alarm"), text(event, "note")});
  return events.empty() ? "nothing happened since this node started\n" : table.to_string();
}

}  // namespace cli
