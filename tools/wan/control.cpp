#include "tools/wan/control.h"

#include <map>

#include <nlohmann/json.hpp>

#include "tools/wan/wan_json.h"

namespace wan {
namespace {

using nlohmann::json;
using overlay::failure;
using overlay::Result;
using overlay::Unexpected;

using Answer = Result<json>;

// The two sets of hosts that a command selects.
struct Ends {
  std::string a;
  std::string b;
  HostSet from;
  HostSet to;
  bool one_way = false;
};

[[nodiscard]] Result<Ends> parse_ends(const Network& network, const json& command) {
  Ends ends{
      .a = command.value("a", "*"), .b = command.value("b", "*"), .one_way = command.value("one_way", false)};
  auto from = select_hosts(network.hosts(), ends.a);
  if (!from) return Unexpected(from.error());
  auto to = select_hosts(network.hosts(), ends.b);
  if (!to) return Unexpected(to.error());
  ends.from = *std::move(from);
  ends.to = *std::move(to);
  return ends;
}

template <typename Visit>
void for_each_link(const Network& network, const Ends& ends, Visit visit) {
  const Fault area{.from = ends.from, .to = ends.to, .one_way = ends.one_way};
  const auto count = static_cast<std::uint16_t>(network.hosts().size());
  for (std::uint16_t from = 0; from < count; ++from)
    for (std::uint16_t to = 0; to < count; ++to)
      if (from != to && area.touches(HostIndex(from), HostIndex(to))) visit(HostIndex(from), HostIndex(to));
}

[[nodiscard]] Answer add(Network& network, std::vector<Fault> faults) {
  auto added = network.add_faults(std::move(faults));
  if (!added) return Unexpected(added.error());
  return json{{"faults", network.faults().size()}};
}

[[nodiscard]] Answer impair(Network& network, const json& command, const Impairment& effect) {
  if (!command.contains("a")) return failure("\"a\" is missing: name a host or a label");
  auto ends = parse_ends(network, command);
  if (!ends) return Unexpected(ends.error());
  return add(network, {Fault{.a = ends->a,
                             .b = ends->b,
                             .from = ends->from,
                             .to = ends->to,
                             .one_way = ends->one_way,
                             .effect = effect}});
}

[[nodiscard]] Answer cut(Network& network, const json& command) {
  return impair(network, command, {.cut = true});
}

[[nodiscard]] Answer degrade(Network& network, const json& command) {
  auto effect = parse_impairment(command, {"command", "a", "b", "one_way"});
  if (!effect) return Unexpected(effect.error());
  if (*effect == Impairment{})
    return failure("degrade has no effect: give loss, burst_loss, delay_ms, jitter_ms or rate_bps");
  return impair(network, command, *effect);
}

[[nodiscard]] Result<std::vector<HostSet>> parse_groups(const Network& network, const json& groups) {
  std::vector<HostSet> sets;
  HostSet rest(network.hosts().size(), true);
  for (const auto& group : groups) {
    HostSet set(network.hosts().size());
    for (const auto& selector : group) {
      auto selected = select_hosts(network.hosts(), selector.get<std::string>());
      if (!selected) return Unexpected(selected.error());
      for (std::size_t i = 0; i < set.size(); ++i)
        if ((*selected)[i]) {
          if (!rest[i] && !set[i]) return failure(network.hosts()[i].name + " is in two groups");
          set[i] = true;
          rest[i] = false;
        }
    }
    sets.push_back(std::move(set));
  }
  sets.push_back(std::move(rest));
  return sets;
}

[[nodiscard]] Answer partition(Network& network, const json& command) {
  auto sets = parse_groups(network, command.at("groups"));
  if (!sets) return Unexpected(sets.error());
  std::vector<Fault> faults;
  for (std::size_t i = 0; i < sets->size(); ++i)
    for (std::size_t j = i + 1; j < sets->size(); ++j)
      faults.push_back(
          {.a = "partition", .b = "*", .from = (*sets)[i], .to = (*sets)[j], .effect = {.cut = true}});
  return add(network, std::move(faults));
}

[[nodiscard]] Answer heal(Network& network, const json& command) {
  if (!command.contains("a")) return json{{"healed", network.heal_all()}};
  const std::string a = command.at("a");
  const std::string b = command.value("b", "*");
  const auto healed = network.heal(a, b);
  if (healed == 0)
    return failure("there is no fault of " + a + (b == "*" ? "" : " " + b) + "; see \"faults\"");
  return json{{"healed", healed}};
}

[[nodiscard]] Answer set_shape(Network& network, const json& command) {
  auto ends = parse_ends(network, command);
  if (!ends) return Unexpected(ends.error());
  auto parsed = parse_shape(command, {}, {"command", "a", "b", "one_way"});
  if (!parsed) return Unexpected(parsed.error());
  std::size_t count = 0;
  for_each_link(network, *ends, [&](HostIndex from, HostIndex to) {
    LinkShape onto = network.link(from, to).base;
    onto.is_cut = false;
    network.set_base(from, to, *parse_shape(command, onto, {"command", "a", "b", "one_way"}));
    ++count;
  });
  return json{{"links", count}};
}

[[nodiscard]] json link_to_json(const Network& network, HostIndex from, HostIndex to) {
  return {{"from", network.hosts()[from.value()].name}, {"to", network.hosts()[to.value()].name}};
}

[[nodiscard]] Answer stats(Network& network, const json& command) {
  auto ends = parse_ends(network, command);
  if (!ends) return Unexpected(ends.error());
  json links = json::array();
  for_each_link(network, *ends, [&](HostIndex from, HostIndex to) {
    const auto& counters = network.link(from, to).counters;
    if (counters == LinkCounters{}) return;
    json row = link_to_json(network, from, to);
    row.update(counters_to_json(counters));
    links.push_back(std::move(row));
  });
  return json{{"links", links}, {"stray", counters_to_json(network.stray())}};
}

[[nodiscard]] Answer show_links(Network& network, const json& command) {
  auto ends = parse_ends(network, command);
  if (!ends) return Unexpected(ends.error());
  json links = json::array();
  for_each_link(network, *ends, [&](HostIndex from, HostIndex to) {
    json row = link_to_json(network, from, to);
    row.update(shape_to_json(network.link(from, to).model.shape()));
    links.push_back(std::move(row));
  });
  return json{{"links", links}};
}

[[nodiscard]] Answer show_faults(Network& network, const json& /*command*/) {
  json faults = json::array();
  for (const auto& fault : network.faults())
    faults.push_back({{"a", fault.a},
                      {"b", fault.b},
                      {"one_way", fault.one_way},
                      {"effect", impairment_to_json(fault.effect)}});
  return json{{"faults", faults}};
}

[[nodiscard]] Answer show_hosts(Network& network, const json& /*command*/) {
  json hosts = json::array();
  for (const auto& host : network.hosts()) {
    json row{{"name", host.name}, {"labels", host.labels}, {"addresses", json::array()}};
    for (const auto& address : host.addresses)
      row["addresses"].push_back(address.to_string());
    hosts.push_back(std::move(row));
  }
  return json{{"hosts", hosts}};
}

[[nodiscard]] Answer ping(Network& /*network*/, const json& /*command*/) {
  return json::object();
}

[[nodiscard]] Answer dispatch(Network& network, const json& command) {
  static const std::map<std::string, Answer (*)(Network&, const json&), std::less<>> kCommands{
      {"cut", cut},          {"degrade", degrade}, {"partition", partition}, {"heal", heal},
      {"set", set_shape},    {"stats", stats},     {"link", show_links},     {"faults", show_faults},
      {"hosts", show_hosts}, {"ping", ping}};
  const std::string name = command.at("command");
  const auto found = kCommands.find(name);
  if (found == kCommands.end()) return failure("\"" + name + "\" is not a command of the WAN");
  return found->second(network, command);
}

}  // namespace

std::string execute(Network& network, std::string_view line, overlay::Instant now) {
  json reply{{"at_ns", now.time_since_epoch().count()}};
  try {
    Answer answer = dispatch(network, json::parse(line));
    reply["ok"] = answer.has_value();
    if (answer)
      reply.update(*answer);
    else
      reply["error"] = answer.error().message;
  } catch (const json::exception& exception) {
    reply["ok"] = false;
    reply["error"] = std::string("not a command: ") + exception.what();
  }
  return reply.dump();
}

}  // namespace wan
