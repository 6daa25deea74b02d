// Node::drain() and undrain().
#include "overlay/base/log.h"
#include "overlay/loop/system_clock.h"
#include "relay/config/alternatives.h"
#include "relay/node/node.h"
#include "relay/node/plane_configs.h"

namespace relay {
namespace {

// A node advertises its relayed addresses and not its TURN ports: those are taken to be like ours.
std::vector<overlay::Endpoint> servers_of(const ControlPlane& control, const std::string& name,
                                          const std::vector<overlay::Endpoint>& own) {
  std::vector<overlay::Endpoint> servers;
  if (own.empty()) return servers;
  for (const auto& node : control.router().topology()->nodes()) {
    const auto* const record = control.link_state_db().find(node.id());
    if (node.attributes.name != name || record == nullptr) continue;
    for (const overlay::IpAddress& address : record->relayed_addresses)
      servers.push_back({address, own.front().port});
  }
  return servers;
}

}  // namespace

overlay::Status Node::check_change(const std::string& node) const {
  const std::string& own = credentials_.identity.certificate().name;
  if (node.empty() || node == own) return control_.can_change();
  return overlay::failure("this is " + own + ", not " + node + ": ask " + node +
                          " itself, through the admin socket on its machine");
}

overlay::Result<DrainReport> Node::drain(const DrainRequest& request) {
  if (auto possible = check_change(request.node); !possible)
    return overlay::failure(possible.error().message);
  if (!current_.turn) return overlay::failure("this node serves no clients");
  DrainReport report{.alternatives = current_.turn->alternatives};
  if (!request.to.empty()) {
    const auto address = overlay::Endpoint::parse(request.to);
    report.alternatives = address ? std::vector{*address}
                                  : servers_of(control_.plane(), request.to, plain_listeners(*current_.turn));
    if (report.alternatives.empty())
      return overlay::failure("\"" + request.to +
                              "\" is neither a node that relays nor an address with a port");
    for (const overlay::Endpoint& server : report.alternatives)
      if (const auto complaint = complaint_about_alternative(server, *current_.turn))
        return overlay::failure(complaint->what + "; " + complaint->remedy);
  }
  for (const DataPlaneReport& core : control_.plane().data_plane_reports())
    report.allocations += core.allocations;
  // Those of the configuration may change until the end of the drain.
  control_.drain(
      Drain{.deadline = overlay::system_now() + request.within,
            .alternatives = request.to.empty() ? std::vector<overlay::Endpoint>() : report.alternatives});
  control_.when_applied([within = request.within, count = report.allocations](const ChangeOutcome& outcome) {
    if (!outcome.is_complete()) return log_incomplete("drain", outcome);
    overlay::log(overlay::Level::kInfo, "drain_started",
                 {{"deadline_s", overlay::to_s(within)}, {"allocations", count}});
  });
  return report;
}

overlay::Status Node::undrain(const std::string& node) {
  if (auto possible = check_change(node); !possible) return possible;
  control_.drain(std::nullopt);
  control_.when_applied([](const ChangeOutcome& outcome) {
    if (!outcome.is_complete()) return log_incomplete("undrain", outcome);
    overlay::log(overlay::Level::kInfo, "drain_ended", {});
  });
  return overlay::ok();
}

}  // namespace relay
