#include "relay/views/counter_groups.h"

#include <algorithm>
#include <map>
#include <string>

namespace relay {
namespace {

using Counters = std::vector<std::pair<std::string, std::uint64_t>>;

void add_drops(Counters& counters, const std::string& prefix, const overlay::DropCounters& drops) {
  for (std::size_t i = 0; i < static_cast<std::size_t>(overlay::DropReason::kCount); ++i) {
    const auto reason = static_cast<overlay::DropReason>(i);
    counters.emplace_back(prefix + to_string(reason), drops[reason]);
  }
}

// The overlay runs on the first data plane only.
CounterGroup overlay_group(const overlay::OverlayCounters& of) {
  CounterGroup group{.name = "overlay",
                     .counters = {{"frames_in", of.frames_in},
                                  {"probes_in", of.probes_in},
                                  {"control_in", of.control_in},
                                  {"opened", of.opened},
                                  {"forwarded", of.forwarded},
                                  {"sealed", of.sealed},
                                  {"control_out", of.control_out},
                                  {"duplicated", of.duplicated},
                                  {"duplicates_lost", of.duplicates_lost},
                                  {"repaired", of.repaired},
                                  {"events_lost", of.events_lost},
                                  {"flows_unwatched", of.flows_unwatched}}};
  add_drops(group.counters, "dropped_", of.dropped);
  add_drops(group.counters, "refused_", of.refused);
  add_drops(group.counters, "control_refused_", of.control_refused);
  return group;
}

CounterGroup relay_group(const std::vector<DataPlaneReport>& reports) {
  RelayCounters sum;
  std::map<std::string, std::uint64_t> refused;
  for (const DataPlaneReport& report : reports) {
    sum += report.relay;
    for (const auto& [reason, count] : report.turn_drops)
      refused["turn_dropped_" + reason] += count;
    for (const auto& [fault, count] : report.refused_logins)
      refused["login_refused_" + fault] += count;
  }
  CounterGroup group{.name = "relay",
                     .counters = {{"client_in", sum.client_in},
                                  {"relay_in", sum.relay_in},
                                  {"to_client", sum.to_client},
                                  {"replies", sum.replies},
                                  {"to_internet", sum.to_internet},
                                  {"to_overlay", sum.to_overlay},
                                  {"hairpinned", sum.hairpinned},
                                  {"last_resort", sum.last_resort},
                                  {"from_overlay", sum.from_overlay},
                                  {"dropped", sum.dropped},
                                  {"by_fast_path", sum.by_fast_path},
                                  {"handoffs_lost", sum.handoffs_lost},
                                  {"messages_lost", sum.messages_lost},
                                  {"unserved", sum.unserved},
                                  {"closed_listener", sum.closed_listener},
                                  {"oversized", sum.oversized}}};
  group.counters.insert(group.counters.end(), refused.begin(), refused.end());
  return group;
}

// Of all data planes; none where the back end counts nothing.
CounterGroup packet_io_group(const std::vector<DataPlaneReport>& reports) {
  CounterGroup sum{.name = "packet_io", .counters = {}};
  for (const DataPlaneReport& report : reports) {
    if (sum.counters.empty()) sum.counters.resize(report.packet_io.size());
    for (std::size_t i = 0; i < std::min(sum.counters.size(), report.packet_io.size()); ++i) {
      sum.counters[i].first = report.packet_io[i].first;
      sum.counters[i].second += report.packet_io[i].second;
    }
  }
  return sum;
}

// The gate of the first data plane, then the handshakes of the control plane.
CounterGroup handshake_group(const HandshakeGateCounters& gate, const overlay::HandshakeCounters& of) {
  return {.name = "handshake",
          .counters = {{"received", gate.received},
                       {"passed", gate.passed},
                       {"cookies_demanded", gate.cookies_demanded},
                       {"limited", gate.limited},
                       {"malformed", gate.malformed + of.malformed},
                       {"bad_mac", gate.bad_mac + of.bad_mac},
                       {"unexpected", gate.unexpected + of.unexpected},
                       {"bad_noise", of.bad_noise},
                       {"refused", of.refused},
                       {"established", of.established},
                       {"commands_lost", of.commands_lost}}};
}

CounterGroup flood_group(const routing::FloodCounters& of) {
  return {.name = "flood",
          .counters = {{"messages_received", of.messages_received},
                       {"malformed", of.malformed},
                       {"from_strangers", of.from_strangers},
                       {"records_received", of.records_received},
                       {"stored", of.stored},
                       {"duplicates", of.duplicates},
                       {"stale", of.stale},
                       {"expired", of.expired},
                       {"own_from_before", of.own_from_before},
                       {"forged", of.forged},
                       {"refused_full", of.refused_full},
                       {"retransmissions", of.retransmissions},
                       {"outbox_overflows", of.outbox_overflows}}};
}

CounterGroup control_group(const ControlPlaneCounters& of) {
  return {.name = "control",
          .counters = {{"link_changes_missed", of.link_changes_missed},
                       {"messages_lost", of.messages_lost},
                       {"messages_undelivered", of.messages_undelivered}}};
}

}  // namespace

std::vector<CounterGroup> counter_groups(const ControlPlane& control) {
  return {overlay_group(control.data_plane_reports().front().overlay),
          relay_group(control.data_plane_reports()),
          packet_io_group(control.data_plane_reports()),
          handshake_group(control.data_plane_reports().front().handshakes, control.handshake_counters()),
          flood_group(control.flood_counters()),
          control_group(control.counters())};
}

}  // namespace relay
