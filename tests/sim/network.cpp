#include "tests/sim/network.h"

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <utility>

namespace sim {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kNodeSeedStep = 7919;
constexpr Duration kLookEvery = 10ms;
// Civil time of every run's beginning.
constexpr overlay::UnixSeconds kCalendar{1'790'000'000};

// Machines were booted at different times and their oscillators differ.
ClockConfig clock_of(const NodeSpec& spec, std::uint64_t seed) {
  overlay::SeededRandom random(seed + spec.id.value() * kNodeSeedStep);
  return {.origin = std::chrono::seconds(1 + random.below(1'000'000)),
          .parts_per_million = static_cast<std::int64_t>(random.below(101)) - 50,
          .calendar = kCalendar};
}

void describe_drops(std::ostream& text, std::string_view what, const overlay::DropCounters& drops) {
  if (drops.total() == 0) return;
  text << "\n  " << what << ':';
  for (std::size_t i = 0; i < static_cast<std::size_t>(overlay::DropReason::kCount); ++i) {
    const auto reason = static_cast<overlay::DropReason>(i);
    if (drops[reason] > 0) text << ' ' << to_string(reason) << '=' << drops[reason];
  }
}

}  // namespace

Network::Network(Layout layout, std::uint64_t seed, const NetworkOptions& options)
    : layout_(std::move(layout)),
      absent_(options.absent),
      world_(seed),
      cluster_(layout_, seed, kCalendar, {.seed_hubs = options.seed_hubs, .impostors = options.impostors}),
      attacker_(world_.underlay.attach(overlay::IpAddress::v4({192, 0, 2, 66}), nobody_)) {
  build_nodes(options);
  lay_paths(options);
}

void Network::build_nodes(const NetworkOptions& options) {
  for (const NodeSpec& spec : layout_.nodes()) {
    SimNodeConfig config{.spec = spec,
                         .clock = clock_of(spec, world_.seed),
                         .control = cluster_.control_config(spec),
                         .data = cluster_.data_config(spec),
                         .message_delay = options.message_delay};
    nodes_.emplace(spec.name, std::make_unique<SimNode>(std::move(config), world_));
  }
}

void Network::lay_paths(const NetworkOptions& options) {
  for (const NodeSpec& a : layout_.nodes()) {
    for (const NodeSpec& b : layout_.nodes()) {
      if (a.id == b.id) continue;
      PathConfig& config = path(a.name, b.name);
      config = {.delay = layout_.rtt(a, b) / 2};
      if (options.each_path) options.each_path(config);
    }
  }
}

// ---- life ---------------------------------------------------------------------------------------

void Network::start() {
  overlay::SeededRandom random(world_.seed);
  for (const auto& [name, node] : nodes_) {
    if (std::ranges::find(absent_, name) != absent_.end()) continue;
    world_.events.after(std::chrono::microseconds(random.below(50'000)),
                        [&started = *node] { started.start(); });
  }
}

void Network::step() {
  (void)world_.events.step();
  const auto& violation = world_.referee.violation();
  if (!violation) return;
  throw RuleBroken("at " + std::to_string(overlay::to_s(now().time_since_epoch())) + " s: " + *violation);
}

void Network::run_for(Duration duration) {
  const SimTime end = now() + duration;
  while (world_.events.next_at() <= end)
    step();
  world_.events.advance_to(end);
}

bool Network::run_until(const std::function<bool()>& condition, Duration limit) {
  const SimTime end = now() + limit;
  while (!condition()) {
    if (now() >= end) return false;
    run_for(kLookEvery);
  }
  return true;
}

// ---- nodes and clients --------------------------------------------------------------------------

SimNode& Network::node(std::string_view name) {
  const auto found = nodes_.find(name);
  CHECK(found != nodes_.end());
  return *found->second;
}

SimClient& Network::client(std::string_view name) {
  const auto found = clients_.find(name);
  CHECK(found != clients_.end());
  return *found->second;
}

SimClient& Network::add_client(const std::string& name, std::string_view edge, Duration rtt) {
  const auto number = static_cast<std::uint16_t>(clients_.size() + 1);
  SimClientConfig config{.number = number,
                         .address = overlay::IpAddress::v4({203, 0, 113, static_cast<std::uint8_t>(number)}),
                         .server = cluster_.turn_address(layout_.node(edge)),
                         .credentials = cluster_.credentials()};
  auto client =
      std::make_unique<SimClient>(std::move(config), world_.events, world_.underlay, world_.referee);
  for (const auto& [from, to] :
       {std::pair{client->host(), node(edge).host()}, {node(edge).host(), client->host()}})
    world_.underlay.path(from, to).delay = rtt / 2;
  return *clients_.emplace(name, std::move(client)).first->second;
}

bool Network::connect(std::string_view client_a, std::string_view client_b, Duration limit) {
  SimClient& a = client(client_a);
  SimClient& b = client(client_b);
  a.allocate();
  b.allocate();
  if (!run_until([&] { return a.relayed() && b.relayed(); }, limit)) return false;
  a.open_channel(b);
  b.open_channel(a);
  return run_until([&] { return a.has_channel_to(b) && b.has_channel_to(a); }, limit);
}

// ---- faults -------------------------------------------------------------------------------------

PathConfig& Network::path(std::string_view from, std::string_view to) {
  return world_.underlay.path(node(from).host(), node(to).host());
}

void Network::for_each_path_between(std::string_view a, std::string_view b,
                                    const std::function<void(PathConfig&)>& change) {
  change(path(a, b));
  change(path(b, a));
}

void Network::cut(std::string_view a, std::string_view b, bool is_cut) {
  for_each_path_between(a, b, [&](PathConfig& config) { config.cut = is_cut; });
}

void Network::isolate(const std::vector<std::string>& names, bool is_isolated) {
  const std::set<std::string> inside(names.begin(), names.end());
  for (const std::string& name : inside)
    for (const auto& [other, node] : nodes_)
      if (!inside.contains(other)) cut(name, other, is_isolated);
}

std::vector<std::string> Network::nodes_of_region(std::string_view provider, std::string_view region) const {
  std::vector<std::string> names;
  for (const NodeSpec& node : layout_.nodes())
    if (node.provider == provider && node.region == region) names.push_back(node.name);
  return names;
}

std::vector<std::string> Network::nodes_of_provider(std::string_view provider) const {
  std::vector<std::string> names;
  for (const NodeSpec& node : layout_.nodes())
    if (node.provider == provider) names.push_back(node.name);
  return names;
}

void Network::heal() {
  lay_paths({});
  for (const auto& [name, node] : nodes_) {
    if (!node->is_running()) node->start();
    if (node->is_control_frozen()) node->thaw_control();
  }
}

// ---- observations ------------------------------------------------------------------------------

std::vector<std::vector<std::string>> Network::routes(std::string_view source, std::string_view destination) {
  std::vector<std::vector<std::string>> all;
  const SimNode& from = node(source);
  if (from.forwarding() == nullptr) return all;
  for (const overlay::ExplicitRoute& route : from.forwarding()->routes(layout_.node(destination).id)) {
    auto& names = all.emplace_back();
    for (const overlay::NodeId hop : route.hops())
      names.push_back(layout_.name_of(hop));
  }
  return all;
}

std::vector<std::string> Network::route(std::string_view source, std::string_view destination) {
  const auto all = routes(source, destination);
  return all.empty() ? std::vector<std::string>{} : all.front();
}

std::vector<std::string> Network::neighbors(std::string_view name) {
  std::vector<std::string> names;
  for (const auto& [neighbor, link] : node(name).links())
    names.push_back(layout_.name_of(neighbor));
  return names;
}

std::vector<SimNode*> Network::running() {
  std::vector<SimNode*> found;
  for (const auto& [name, node] : nodes_)
    if (node->is_running()) found.push_back(node.get());
  return found;
}

bool Network::nodes_agree() {
  std::set<std::uint64_t> fingerprints;
  for (const SimNode* node : running())
    fingerprints.insert(node->control_plane().link_state_db().fingerprint());
  return fingerprints.size() <= 1;
}

bool Network::all_pairs_connected() {
  const auto nodes = running();
  return std::ranges::all_of(nodes, [&](const SimNode* from) {
    return from->forwarding() != nullptr && std::ranges::all_of(nodes, [&](const SimNode* to) {
             return from == to || !from->forwarding()->routes(to->spec().id).empty();
           });
  });
}

std::string Network::describe_route(const overlay::ExplicitRoute& route) const {
  std::string text = "[";
  for (const overlay::NodeId hop : route.hops())
    text += ' ' + layout_.name_of(hop);
  return text + " ]";
}

void Network::describe_routes(std::ostream& text, const SimNode& node) const {
  for (const NodeSpec& other : layout_.nodes()) {
    if (other.id == node.spec().id || node.forwarding() == nullptr) continue;
    text << "  to " << other.name << ':';
    for (const overlay::ExplicitRoute& route : node.forwarding()->routes(other.id))
      text << ' ' << describe_route(route);
    text << '\n';
  }
}

void Network::describe_moves(std::ostream& text, const SimNode& node) const {
  constexpr std::array<const char*, 9> kCauses{"silent", "one-way", "loss",     "rtt",   "drain",
                                               "admin",  "peer",    "restored", "better"};
  for (const relay::Event& event : node.control_plane().events().events()) {
    if (event.destination == overlay::kNoNode || event.old_path.empty()) continue;
    const Duration ago = node.now() - event.at;
    text << "  moved " << overlay::to_s(ago) << " s ago, cause "
         << kCauses.at(static_cast<std::size_t>(event.cause)) << ", to " << layout_.name_of(event.destination)
         << ": " << describe_route(event.old_path) << " > " << describe_route(event.new_path) << '\n';
  }
}

std::string Network::describe() {
  std::ostringstream text;
  for (SimNode* node : running()) {
    text << node->spec().name << (node->is_control_frozen() ? " (control plane frozen)" : "") << "\n  links:";
    for (const auto& [neighbor, link] : node->links())
      text << ' ' << layout_.name_of(neighbor) << '=' << to_string(link.state);
    describe_drops(text, "dropped", node->overlay_counters().dropped);
    describe_drops(text, "refused", node->overlay_counters().refused);
    text << '\n';
    describe_routes(text, *node);
    describe_moves(text, *node);
  }
  return text.str();
}

Duration Network::rtt(std::string_view a, std::string_view b) const {
  return layout_.rtt(layout_.node(a), layout_.node(b));
}

Duration Network::delay(std::string_view source, const std::vector<std::string>& route) const {
  Duration sum{};
  std::string_view from = source;
  for (const std::string& hop : route) {
    sum += rtt(from, hop) / 2;
    from = hop;
  }
  return sum;
}

}  // namespace sim
