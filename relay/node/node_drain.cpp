#include "relay/node/node_drain.h"

#include "overlay/base/log.h"
#include "overlay/loop/system_clock.h"
#include "relay/config/alternatives.h"
#include "relay/node/plane_configs.h"

namespace relay {
namespace {

// A node advertises its relayed addresses but not its TURN ports: we assume that it uses ours.
std::vector<overlay::Endpoint> servers_of(const ControlPlane& control, const std::string& name,
                                          const std::vector<overlay::Endpoint>& own) {
  std::vector<overlay::Endpoint> servers;
  if (own.empty()) return servers;
  for (const auto& node : control.router().topology()->nodes()) {
    const auto* const record = control.link_state_db().find(node.id());
    if (node.attributes.name != name || record == nullptr) continue;
    for (const routing::RelayedAddress& relayed : record->relayed_addresses)
      servers.push_back({relayed.address, own.front().port});
  }
  return servers;
}

}  // namespace

overlay::Status NodeDrain::check(const std::string& node) const {
  if (node.empty() || node == own_name_) return control_.can_change();
  return overlay::failure("this is " + own_name_ + ", not " + node +
                          ": send the request to the admin socket of " + node);
}

overlay::Result<std::vector<overlay::Endpoint>> NodeDrain::alternatives(const std::string& to) const {
  const auto address = overlay::Endpoint::parse(to);
  auto servers =
      address ? std::vector{*address} : servers_of(control_.plane(), to, plain_listeners(*current_.turn));
  if (servers.empty())
    return overlay::failure("\"" + to + "\" is neither a node that relays nor an address with a port");
  for (const overlay::Endpoint& server : servers)
    if (const auto complaint = complaint_about_alternative(server, *current_.turn))
      return overlay::failure(complaint->what + "; " + complaint->remedy);
  return servers;
}

overlay::Result<DrainReport> NodeDrain::drain(const DrainRequest& request) {
  if (auto possible = check(request.node); !possible) return overlay::failure(possible.error().message);
  if (!current_.turn) return overlay::failure("this node serves no clients");
  DrainReport report{.alternatives = current_.turn->alternatives};
  Drain order{.deadline = overlay::system_now() + request.within, .alternatives = {}};
  // Without `to`, clients are sent to the configured alternatives, which may change until the deadline.
  if (!request.to.empty()) {
    auto named = alternatives(request.to);
    if (!named) return overlay::failure(named.error().message);
    order.alternatives = report.alternatives = std::move(named).value();
  }
  for (const DataPlaneReport& core : control_.plane().data_plane_reports())
    report.allocations += core.allocations;
  control_.drain(std::move(order));
  control_.when_applied([within = request.within, count = report.allocations](const ChangeOutcome& outcome) {
    if (!outcome.is_complete()) return log_incomplete("drain", outcome);
    overlay::log(overlay::Level::kInfo, "drain_started",
                 {{"deadline_s", overlay::to_s(within)}, {"allocations", count}});
  });
  return report;
}

overlay::Status NodeDrain::undrain(const std::string& node) {
  if (auto possible = check(node); !possible) return possible;
  control_.drain(std::nullopt);
  control_.when_applied([](const ChangeOutcome& outcome) {
    if (!outcome.is_complete()) return log_incomplete("undrain", outcome);
    overlay::log(overlay::Level::kInfo, "drain_ended", {});
  });
  return overlay::ok();
}

}  // namespace relay
