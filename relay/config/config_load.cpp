#include "relay/config/config_load.h"

#include <chrono>
#include <filesystem>

#include "relay/config/alternatives.h"
#include "relay/config/config_limits.h"
#include "relay/config/config_listeners.h"
#include "relay/config/config_reader.h"
#include "relay/config/config_values.h"
#include "relay/config/public_addresses.h"
#include "relay/config/yaml_document.h"
#include "relay/turn/nat_discovery.h"

namespace relay {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMaxFileSize = 1 << 20;

// Reads the file's sections into a NodeConfig. Sections are independent; what ties them is checked at the
// end.
class ConfigReading {
 public:
  ConfigReading(std::string_view file_name, Purpose purpose)
      : folder_(std::filesystem::path(file_name).parent_path()),
        purpose_(purpose),
        errors_(std::string(file_name)) {}

  [[nodiscard]] ConfigResult read(const YAML::Node& document);
  [[nodiscard]] ConfigResult refuse(int line, Complaint complaint);

 private:
  void read_document(MapReader& document);
  void read_roles(MapReader& node);
  void read_node(MapReader& node);
  void read_lone_node(MapReader& node);
  void read_overlay(MapReader& overlay);
  void read_seed(MapReader& seed);
  void read_probe(MapReader& probe);
  void read_liveness(MapReader& liveness);
  void read_turn(MapReader& turn);
  void relay_where_clients_call(MapReader& turn);
  void read_public_addresses(MapReader& turn);
  void read_user(MapReader& user);
  void read_metrics(MapReader& metrics);
  void read_usage_log(MapReader& usage);
  void read_protocol(MapReader& protocol);
  void read_file(MapReader& map, std::string_view key, FileReference& target);
  void check_turn(MapReader& turn);
  void check_roles(MapReader& document);

  std::filesystem::path folder_;
  Purpose purpose_;
  ConfigErrorList errors_;
  NodeConfig config_;
};

ConfigResult ConfigReading::refuse(int line, Complaint complaint) {
  errors_.add(line, "", std::move(complaint));
  return overlay::Unexpected(errors_.take());
}

ConfigResult ConfigReading::read(const YAML::Node& document) {
  if (!document.IsMap())
    return refuse(0, {document.IsNull() ? "is empty" : "is not a map of sections",
                      "start from an example: conf/turn-only.yaml, conf/edge.yaml or conf/hub.yaml"});
  MapReader reader(document, "", errors_);
  read_document(reader);
  reader.reject_unknown_keys();
  if (!errors_.empty()) return overlay::Unexpected(errors_.take());
  if (config_.overlay && config_.overlay->advertise.empty())
    config_.overlay->advertise = config_.overlay->listen;
  return std::move(config_);
}

void ConfigReading::read_document(MapReader& document) {
  document.section("usage_log", [this](MapReader& usage) { read_usage_log(usage); });
  document.value("cores", config_.cores, parse_cores);
  const bool is_alone = !document.has("overlay");
  config_.node.is_edge = is_alone;
  if (!is_alone)
    document.require("node", "add a node section with roles, identity, certificate and cluster_ca");
  document.section("node", [&](MapReader& node) { is_alone ? read_lone_node(node) : read_node(node); });
  document.section("overlay", [this](MapReader& overlay) { read_overlay(overlay); });
  document.section("turn", [this](MapReader& turn) { read_turn(turn); });
  document.section("admin", [this](MapReader& admin) {
    admin.value("socket", config_.admin.socket, [this](std::string_view text) -> Parsed<std::string> {
      const auto path = parse_socket_path(text);
      if (!path) return path;
      return (folder_ / *path).lexically_normal().string();
    });
  });
  document.section("metrics", [this](MapReader& metrics) { read_metrics(metrics); });
  document.section("log", [this](MapReader& log) { log.value("level", config_.log.level, parse_level); });
  if (config_.node.is_hub) config_.packet_io.coalescing = {};
  document.section("packet_io", [this](MapReader& packet_io) {
    packet_io.value("coalescing", config_.packet_io.coalescing, parse_coalescing);
    packet_io.value("relay_ports", config_.packet_io.relay_ports, parse_relay_ports);
    packet_io.list("xdp", config_.packet_io.xdp, parse_interface);
    packet_io.value("relay_port_linger", config_.packet_io.relay_port_linger, parse_linger);
  });
  check_roles(document);
}

void ConfigReading::read_file(MapReader& map, std::string_view key, FileReference& target) {
  map.value(key, target, [&](std::string_view text) -> Parsed<FileReference> {
    const auto path = parse_file_path(text);
    if (!path) return overlay::Unexpected(path.error());
    return FileReference{(folder_ / *path).lexically_normal().string(), map.line_of_key(key)};
  });
}

void ConfigReading::read_roles(MapReader& node) {
  enum class Role : std::uint8_t { kEdge, kHub };
  std::vector<Role> roles;
  node.list("roles", roles, [](std::string_view text) -> Parsed<Role> {
    if (text == "edge") return Role::kEdge;
    if (text == "hub") return Role::kHub;
    return overlay::Unexpected(Complaint{"\"" + std::string(text) + "\" is not a role",
                                         "write edge (terminates clients) or hub (carries transit)"});
  });
  for (const Role role : roles)
    (role == Role::kEdge ? config_.node.is_edge : config_.node.is_hub) = true;
}

void ConfigReading::read_node(MapReader& node) {
  node.require("roles", "write [edge], [hub] or [edge, hub]");
  read_roles(node);
  node.require("identity", "name the node.key that causeway node enroll wrote");
  read_file(node, "identity", config_.node.identity);
  node.require("certificate", "name the node.cert that causeway node enroll wrote");
  read_file(node, "certificate", config_.node.certificate);
  node.require("cluster_ca", "name the ca.pub that causeway node enroll wrote");
  read_file(node, "cluster_ca", config_.node.cluster_ca);
}

// Without an overlay there is nobody to prove an identity to.
void ConfigReading::read_lone_node(MapReader& node) {
  read_roles(node);
  if (config_.node.is_hub)
    node.complain("roles", {"a hub carries what other nodes send it, and there is no overlay section",
                            "add an overlay section with listen, or write roles: [edge]"});
  for (const char* const key : {"identity", "certificate", "cluster_ca"})
    if (node.has(key))
      node.complain(key, {"is for nodes of an overlay, and there is no overlay section",
                          "add an overlay section with listen and seeds, or remove the key"});
}

void ConfigReading::read_overlay(MapReader& overlay) {
  auto& target = config_.overlay.emplace();
  overlay.require("listen", "write the address and UDP port for neighbors, for example 192.0.2.1:7000");
  overlay.list("listen", target.listen, parse_endpoint);
  overlay.list("advertise", target.advertise, parse_endpoint);
  overlay.list_of_sections("seeds", [this](MapReader& seed) { read_seed(seed); });
  overlay.value("homes", target.homes, CountRange{1, 8});
  overlay.section("probe", [this](MapReader& probe) { read_probe(probe); });
  overlay.section("liveness", [this](MapReader& liveness) { read_liveness(liveness); });

  if (overlay.has("listen") && target.advertise.empty())
    for (const auto& endpoint : target.listen)
      if (endpoint.address.is_unspecified())
        overlay.complain("listen", {endpoint.to_string() + " is no address that neighbors can dial",
                                    "listen on the node's own address, or add overlay.advertise"});
  for (const auto& endpoint : target.advertise)
    if (endpoint.address.is_unspecified())
      overlay.complain("advertise", {endpoint.to_string() + " is no address that neighbors can dial",
                                     "write the node's own address"});
}

void ConfigReading::read_seed(MapReader& seed) {
  SeedConfig read;
  seed.require("endpoint", "write the seed's overlay address, for example 192.0.2.1:7000");
  seed.value("endpoint", read.endpoint, parse_endpoint);
  seed.require("key", "write the seed's exchange key, from causeway node show node.cert");
  seed.value("key", read.exchange_key, parse_exchange_key);
  seed.require("name", "write the node name in the seed's certificate");
  seed.value("name", read.name, parse_name);
  for (const auto& other : config_.overlay->seeds)
    if (!read.name.empty() && other.name == read.name)
      seed.complain("name", {"\"" + read.name + "\" is a seed already", "remove one of the two"});
  config_.overlay->seeds.push_back(std::move(read));
}

void ConfigReading::read_probe(MapReader& probe) {
  auto& target = config_.overlay->probe;
  probe.value("fast", target.fast, DurationRange{1ms, 1s});
  probe.value("idle", target.idle, DurationRange{10ms, 10s});
  if (target.idle < target.fast)
    probe.complain("idle", {"is shorter than fast (" + print_duration(target.fast) + ")",
                            "idle links are probed no faster than links with flows"});
}

void ConfigReading::read_liveness(MapReader& liveness) {
  auto& target = config_.overlay->liveness;
  liveness.value("suspect_after", target.suspect_after, CountRange{2, 20});
  liveness.value("confirm_after", target.confirm_after, DurationRange{10ms, 10s});
  liveness.value("hold_up", target.hold_up, DurationRange{100ms, 1min});
}

void ConfigReading::read_turn(MapReader& turn) {
  auto& target = config_.turn.emplace();
  read_listeners(turn, target);
  turn.section("tls", [&](MapReader& tls) {
    tls.require("certificate", "name the PEM file of the server's certificate and its chain");
    read_file(tls, "certificate", target.tls.certificate);
    tls.require("key", "name the PEM file of the certificate's key");
    read_file(tls, "key", target.tls.key);
  });
  turn.list("relay_addresses", target.relay_addresses, parse_address);
  if (!turn.has_content("relay_addresses")) relay_where_clients_call(turn);
  read_public_addresses(turn);
  turn.value("relay_ports", target.relay_ports, parse_port_range);
  turn.value("shared_relay_ports", target.shared_relay_ports, CountRange{0, 1024});
  turn.value("default_address_family", target.default_family, parse_default_family);
  turn.value("realm", target.realm, parse_realm);
  turn.list("rest_secrets", target.rest_secrets, purpose_ == Purpose::kUse ? parse_own_secret : parse_secret);
  read_file(turn, "rest_secrets_file", target.rest_secrets_file);
  turn.list_of_sections("users", [this](MapReader& user) { read_user(user); });
  turn.list("nonce_keys", target.nonce_keys, parse_nonce_key);
  read_file(turn, "nonce_keys_file", target.nonce_keys_file);
  turn.section("peers", [&](MapReader& peers) {
    peers.list("allow", target.peers.allow, parse_prefix);
    peers.list("deny", target.peers.deny, parse_prefix);
  });
  turn.section("protocol", [this](MapReader& protocol) { read_protocol(protocol); });
  turn.section("lifetime", [&](MapReader& lifetime) { read_lifetime(lifetime, target.lifetime); });
  turn.section("limits", [&](MapReader& limits) { read_limits(limits, target.limits); });
  turn.section("tcp_relay", [&](MapReader& tcp_relay) { read_tcp_relay(tcp_relay, target.tcp_relay); });
  turn.list("alternatives", target.alternatives, parse_endpoint);
  turn.list("tls_alternatives", target.tls_alternatives, parse_endpoint);
  turn.value("max_allocations", target.max_allocations, CountRange{1, 10'000'000});
  turn.value("max_allocations_per_user", target.max_allocations_per_user, CountRange{1, 10'000'000});
  turn.value("max_connections", target.max_connections, CountRange{1, 10'000'000});
  turn.value("max_connections_per_source", target.max_connections_per_source, CountRange{1, 10'000'000});
  check_listeners(turn, target);
  check_alternatives(turn, target);
  check_tcp_relay(turn, target);
  check_turn(turn);
}

// The first address of each family that clients call.
void ConfigReading::relay_where_clients_call(MapReader& turn) {
  auto& target = *config_.turn;
  for (const ListenerConfig& listener : target.all_listeners()) {
    const overlay::IpAddress& address = listener.address.address;
    if (address.is_unspecified())
      return turn.require("relay_addresses", "write the address that peers see, for example 192.0.2.1");
    if (std::none_of(target.relay_addresses.begin(), target.relay_addresses.end(),
                     [&](const auto& other) { return other.family() == address.family(); }))
      target.relay_addresses.push_back(address);
  }
}

void ConfigReading::read_public_addresses(MapReader& turn) {
  auto& target = *config_.turn;
  std::vector<std::optional<overlay::IpAddress>> given;  // nothing: auto
  turn.list("public_addresses", given,
            [](std::string_view text) -> Parsed<std::optional<overlay::IpAddress>> {
              if (text == "auto") return std::optional<overlay::IpAddress>();
              const auto address = parse_address(text);
              if (!address) return overlay::Unexpected(address.error());
              return std::optional(*address);
            });
  turn.list("stun_servers", target.stun_servers, parse_endpoint);
  turn.value("allow_private_relay_addresses", target.allow_private_relay_addresses, parse_bool);

  for (const auto& address : given)
    if (address)
      target.public_addresses.push_back(*address);
    else
      target.detects_public_addresses = true;
  if (target.detects_public_addresses)
    turn.require("stun_servers", "name servers to ask, for example the TURN ports of other edges");
  if (const auto complaint = check_public_addresses(target))
    turn.complain(turn.has("public_addresses")  ? "public_addresses"
                  : turn.has("relay_addresses") ? "relay_addresses"
                  : turn.has("listen")          ? "listen"
                                                : "listeners",
                  *complaint);
}

void ConfigReading::read_usage_log(MapReader& usage) {
  FileReference file;
  usage.require("to", "write the path of a file, or stdout");
  read_file(usage, "to", file);
  const bool is_stdout = file.path == (folder_ / "stdout").lexically_normal().string();
  config_.usage_log.to = is_stdout ? "stdout" : file.path;
  usage.value("interval", config_.usage_log.interval, DurationRange{10s, 24h});
}

void ConfigReading::read_metrics(MapReader& metrics) {
  metrics.value("listen", config_.metrics.listen,
                [](std::string_view text) -> Parsed<std::optional<overlay::Endpoint>> {
                  const auto endpoint = parse_endpoint(text);
                  if (!endpoint) return overlay::Unexpected(endpoint.error());
                  return std::optional(*endpoint);
                });
  if (!config_.turn || !config_.metrics.listen) return;
  for (const auto stream : {overlay::Transport::kTcp, overlay::Transport::kTls})
    if (std::ranges::count(config_.turn->addresses_taking(stream), *config_.metrics.listen) > 0)
      return metrics.complain("listen",
                              {config_.metrics.listen->to_string() + " is a port that TURN clients call",
                               "take another one, for example 127.0.0.1:9641"});
}

void ConfigReading::read_user(MapReader& user) {
  TurnUser read;
  user.require("name", "write the user name that clients send");
  user.value("name", read.name, parse_user_name);
  if (!user.has("key")) user.require("password", "write the password that clients prove to know");
  user.value("password", read.password, parse_password);
  user.value("key", read.key, parse_user_key);
  if (user.has("key") && user.has("password"))
    user.complain("key", {"stands beside a password", "keep one of the two"});
  for (const auto& other : config_.turn->users)
    if (!read.name.empty() && other.name == read.name)
      user.complain("name", {"\"" + read.name + "\" is a user already", "remove one of the two"});
  config_.turn->users.push_back(std::move(read));
}

void ConfigReading::read_protocol(MapReader& protocol) {
  auto& target = config_.turn->protocol;
  protocol.value("rest_sha256", target.rest_sha256, parse_switch);
  protocol.value("mobility", target.mobility, parse_switch);
  protocol.value("nat_discovery", target.nat_discovery, parse_switch);
  protocol.value("strict_channel_range", target.strict_channel_range, parse_switch);
  if (target.nat_discovery &&
      find_discovery_places(config_.turn->addresses_taking(overlay::Transport::kUdp)).empty())
    protocol.complain("nat_discovery",
                      {"needs UDP at two addresses and two ports of one family",
                       "list all four combinations in turn.listen, or in turn.listeners with udp, none of "
                       "them a wildcard"});
  // The kernel spreads clients over data planes by their addresses: one that moved might meet another one.
  if (target.mobility && config_.cores != 1)
    protocol.complain("mobility", {"needs a node with one data plane", "write cores: 1"});
}

void ConfigReading::check_turn(MapReader& turn) {
  const auto& target = *config_.turn;
  const bool has_credentials =
      turn.has_content("rest_secrets") || turn.has("rest_secrets_file") || turn.has_content("users");
  if (!has_credentials)
    turn.complain("rest_secrets", {"no client could log in", "add rest_secrets, rest_secrets_file or users"});
  for (const auto& address : target.relay_addresses)
    if (address.is_unspecified())
      turn.complain("relay_addresses", {address.to_string() + " is no address that peers can reach",
                                        "write the node's own address"});
  // Data planes share the range in pairs of ports; one without any would refuse each of its clients.
  const std::size_t pairs = std::size_t{1} + target.relay_ports.last / 2U - target.relay_ports.first / 2U;
  if (pairs < config_.cores.value_or(1))
    turn.complain("relay_ports",
                  {"has fewer pairs of ports (" + std::to_string(pairs) + ") than there are cores",
                   "widen the range, or write fewer cores"});
  for (const auto family : {overlay::AddressFamily::kV4, overlay::AddressFamily::kV6})
    if (std::ranges::count(target.relay_addresses, family, &overlay::IpAddress::family) > 1)
      turn.complain("relay_addresses",
                    {"has more than one address of a family, and only the first would be used",
                     "keep one IPv4 and one IPv6 address; run a node for each of the others"});
  // A client is given a relayed address of the family that it asks for; by default IPv4 (RFC 8656
  // section 7.2).
  for (const ListenerConfig& listener : target.all_listeners())
    if (!target.relay_addresses.empty() && listener.address.address.is_v4() &&
        std::none_of(target.relay_addresses.begin(), target.relay_addresses.end(),
                     [](const auto& address) { return address.is_v4(); }))
      return turn.complain("relay_addresses", {"has no IPv4 address, although clients call one",
                                               "add an IPv4 address: clients ask for it by default"});
}

void ConfigReading::check_roles(MapReader& document) {
  if (config_.node.is_edge && !document.has("turn"))
    document.require("turn", "an edge serves clients: add a turn section, or remove edge from node.roles");
  if (!config_.node.is_edge && config_.node.is_hub && document.has("turn"))
    document.complain("turn", {"is for edges, and this node is only a hub",
                               "add edge to node.roles, or remove the section"});
  if (config_.node.is_edge && !config_.node.is_hub && config_.overlay && config_.overlay->seeds.empty())
    document.complain("overlay",
                      {"an edge without seeds finds no hub", "add overlay.seeds with at least one hub"});
}

[[nodiscard]] Complaint not_yaml(const YAML::Exception& exception) {
  return {"is not YAML: " + exception.msg, "compare with conf/edge.yaml; indent with blanks, not tabs"};
}

}  // namespace

ConfigResult load_config(std::string_view text, std::string_view file_name, Purpose purpose) {
  ConfigReading reading(file_name, purpose);
  if (text.size() > kMaxFileSize)
    return reading.refuse(0, {"is larger than 1 MiB", "this is no configuration file"});
  try {
    const std::string yaml(text);
    if (const auto leftover = find_leftover(yaml)) return reading.refuse(leftover->line, leftover->complaint);
    return reading.read(YAML::Load(yaml));
  } catch (const YAML::Exception& exception) {
    return reading.refuse(exception.mark.is_null() ? 0 : exception.mark.line + 1, not_yaml(exception));
  }
}

}  // namespace relay
