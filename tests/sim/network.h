// A whole simulated cluster: builds it from a layout and a seed, advances time, injects and repairs faults,
// and checks the rules after every step. All names are node or client names.
//
// Rules: no copy of a media frame visits a node twice; no media are opened or delivered twice, or delivered
// to another client; the counters of every node balance; no buffer changes between send and flush; no timer
// spins.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <ostream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "tests/sim/cluster.h"
#include "tests/sim/layout.h"
#include "tests/sim/sim_client.h"
#include "tests/sim/sim_node.h"

namespace sim {

// A rule was broken. The message says when and which.
class RuleBroken : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

struct NetworkOptions {
  Duration message_delay{};  // between the planes of a node
  SeedHubs seed_hubs = SeedHubs::kNearest;
  std::vector<std::string> impostors;          // nodes whose certificates another CA signed
  std::vector<std::string> absent;             // nodes that start() does not start
  std::function<void(PathConfig&)> each_path;  // changes every path at the beginning
};

struct DeafSink final : DatagramSink {
  void receive(Datagram&&) override {}
};

class Network {
 public:
  Network(Layout layout, std::uint64_t seed, const NetworkOptions& options = {});

  // ---- life -------------------------------------------------------------------------------------
  // Starts every node except those of the option `absent`, at slightly different times.
  void start();
  void run_for(Duration duration);
  // True as soon as `condition` holds; the condition is checked every 10 ms. False after `limit`.
  [[nodiscard]] bool run_until(const std::function<bool()>& condition, Duration limit);
  [[nodiscard]] SimTime now() const { return world_.events.now(); }

  // ---- nodes and clients ------------------------------------------------------------------------
  [[nodiscard]] SimNode& node(std::string_view name);
  [[nodiscard]] const Layout& layout() const { return layout_; }
  // A TURN client at distance `rtt` from an edge. It talks to this edge only.
  SimClient& add_client(const std::string& name, std::string_view edge,
                        Duration rtt = std::chrono::milliseconds(4));
  [[nodiscard]] SimClient& client(std::string_view name);
  // Creates allocations, permissions and channels for both clients. False when that does not succeed within
  // `limit`.
  [[nodiscard]] bool connect(std::string_view client_a, std::string_view client_b,
                             Duration limit = std::chrono::seconds(3));

  // ---- an attacker, who sees all datagrams and can send from any address
  // -------------------------------------
  void tap(std::function<void(const Datagram&)> see) { world_.underlay.set_tap(std::move(see)); }
  void attack(const Datagram& datagram) { world_.underlay.send(attacker_, datagram); }

  // ---- faults -----------------------------------------------------------------------------------
  [[nodiscard]] PathConfig& path(std::string_view from, std::string_view to);
  void for_each_path_between(std::string_view a, std::string_view b,
                             const std::function<void(PathConfig&)>& change);
  void cut(std::string_view a, std::string_view b, bool is_cut = true);
  // Cuts, or mends, every path between a node of `names` and all others.
  void isolate(const std::vector<std::string>& names, bool is_isolated = true);
  [[nodiscard]] std::vector<std::string> nodes_of_region(std::string_view provider,
                                                         std::string_view region) const;
  [[nodiscard]] std::vector<std::string> nodes_of_provider(std::string_view provider) const;
  // Repairs every path, starts every stopped node and thaws every control plane.
  void heal();

  // ---- observations -----------------------------------------------------------------------------
  // The routes of a source: the active one first, then the standby. Names of the nodes after the ingress.
  [[nodiscard]] std::vector<std::vector<std::string>> routes(std::string_view source,
                                                             std::string_view destination);
  // The active route; empty without a route.
  [[nodiscard]] std::vector<std::string> route(std::string_view source, std::string_view destination);
  // The nodes that a node has links with.
  [[nodiscard]] std::vector<std::string> neighbors(std::string_view name);
  // Every running node knows the same link-state records.
  [[nodiscard]] bool nodes_agree();
  // Every running node has a route to every other.
  [[nodiscard]] bool all_pairs_connected();
  [[nodiscard]] bool is_settled() { return all_pairs_connected() && nodes_agree(); }
  // For the report of a failure: links, drops, routes and moves of every running node.
  [[nodiscard]] std::string describe();
  [[nodiscard]] std::uint64_t digest() const { return world_.underlay.digest(); }
  [[nodiscard]] const UnderlayCounters& underlay_counters() const { return world_.underlay.counters(); }
  // The underlay's RTT of a pair of nodes, without faults.
  [[nodiscard]] Duration rtt(std::string_view a, std::string_view b) const;
  // One way, along a route, without faults.
  [[nodiscard]] Duration delay(std::string_view source, const std::vector<std::string>& route) const;

 private:
  void build_nodes(const NetworkOptions& options);
  void lay_paths(const NetworkOptions& options);
  void step();
  [[nodiscard]] std::vector<SimNode*> running();
  [[nodiscard]] std::string describe_route(const overlay::ExplicitRoute& route) const;
  void describe_routes(std::ostream& text, const SimNode& node) const;
  void describe_moves(std::ostream& text, const SimNode& node) const;

  Layout layout_;
  std::vector<std::string> absent_;
  World world_;
  Cluster cluster_;
  DeafSink nobody_;
  HostId attacker_;
  std::map<std::string, std::unique_ptr<SimNode>, std::less<>> nodes_;
  std::map<std::string, std::unique_ptr<SimClient>, std::less<>> clients_;
};

}  // namespace sim
