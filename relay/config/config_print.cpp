#include <yaml-cpp/yaml.h>

#include "relay/config/config_load.h"
#include "relay/config/config_values.h"

namespace relay {
namespace {

class ConfigPrinting {
 public:
  explicit ConfigPrinting(SecretPrinting secrets) : secrets_(secrets) {}

  [[nodiscard]] std::string print(const NodeConfig& config);

 private:
  void print_node(const NodeSection& node);
  void print_overlay(const OverlaySection& overlay);
  void print_listeners(const std::vector<ListenerConfig>& listeners);
  void print_limits(const LimitsConfig& limits);
  void print_tls(const TlsConfig& tls);
  void print_access(const TurnSection& turn);
  void print_lifetime(const LifetimeConfig& lifetime);
  void print_protocol(const ProtocolConfig& protocol);
  void print_tcp_relay(const TcpRelayConfig& tcp_relay);
  void print_turn(const TurnSection& turn);
  void print_packet_io(const PacketIoSection& packet_io);

  // One "key: value".
  void pair(const char* key, const auto& value) { out_ << YAML::Key << key << YAML::Value << value; }
  void begin(const char* key) { out_ << YAML::Key << key << YAML::Value << YAML::BeginMap; }
  void end() { out_ << YAML::EndMap; }
  // `print` turns an item into text.
  void list(const char* key, const auto& items, auto print);
  [[nodiscard]] std::string shown(std::string secret) const {
    return secrets_ == SecretPrinting::kShow ? std::move(secret) : std::string(kHiddenSecret);
  }

  SecretPrinting secrets_;
  YAML::Emitter out_;
};

void ConfigPrinting::list(const char* key, const auto& items, auto print) {
  out_ << YAML::Key << key << YAML::Value << YAML::Flow << YAML::BeginSeq;
  for (const auto& item : items)
    out_ << YAML::DoubleQuoted << print(item);
  out_ << YAML::EndSeq;
}

constexpr auto kPrintItself = [](const auto& item) { return item.to_string(); };

void ConfigPrinting::print_node(const NodeSection& node) {
  std::vector<std::string> roles;
  if (node.is_edge) roles.emplace_back("edge");
  if (node.is_hub) roles.emplace_back("hub");
  begin("node");
  list("roles", roles, [](const auto& role) { return role; });
  if (!node.identity.empty()) {
    pair("identity", node.identity.path);
    pair("certificate", node.certificate.path);
    pair("cluster_ca", node.cluster_ca.path);
  }
  end();
}

void ConfigPrinting::print_overlay(const OverlaySection& overlay) {
  begin("overlay");
  list("listen", overlay.listen, kPrintItself);
  list("advertise", overlay.advertise, kPrintItself);
  out_ << YAML::Key << "seeds" << YAML::Value << YAML::BeginSeq;
  for (const auto& seed : overlay.seeds) {
    out_ << YAML::BeginMap;
    pair("name", seed.name);
    pair("endpoint", seed.endpoint.to_string());
    pair("key", print_exchange_key(seed.exchange_key));
    end();
  }
  out_ << YAML::EndSeq;
  pair("homes", overlay.homes);
  begin("probe");
  pair("fast", print_duration(overlay.probe.fast));
  pair("idle", print_duration(overlay.probe.idle));
  end();
  begin("liveness");
  pair("suspect_after", overlay.liveness.suspect_after);
  pair("confirm_after", print_duration(overlay.liveness.confirm_after));
  pair("hold_up", print_duration(overlay.liveness.hold_up));
  end();
  end();
}

void ConfigPrinting::print_listeners(const std::vector<ListenerConfig>& listeners) {
  if (listeners.empty()) return;
  out_ << YAML::Key << "listeners" << YAML::Value << YAML::BeginSeq;
  for (const ListenerConfig& listener : listeners) {
    out_ << YAML::BeginMap;
    pair("address", listener.address.to_string());
    list("transports", listener.transports,
         [](overlay::Transport transport) { return std::string(to_string(transport)); });
    list("proxy_protocol_from", listener.proxy_protocol_from, kPrintItself);
    if (listener.https_backend) {
      pair("https_backend", listener.https_backend->to_string());
      pair("proxy_protocol_to_backend", listener.proxy_protocol_to_backend);
    }
    end();
  }
  out_ << YAML::EndSeq;
}

void ConfigPrinting::print_limits(const LimitsConfig& limits) {
  begin("limits");
  pair("allocations_per_tenant", limits.allocations_per_tenant);
  pair("allocations_per_source", limits.allocations_per_source);
  pair("permissions", limits.permissions);
  pair("channels", limits.channels);
  pair("new_peers_per_second", limits.new_peers_per_second);
  pair("bandwidth_per_allocation", print_bandwidth(limits.bandwidth_per_allocation));
  pair("bandwidth_per_tenant", print_bandwidth(limits.bandwidth_per_tenant));
  pair("bandwidth_burst", print_duration(limits.bandwidth_burst));
  pair("challenges_per_second", limits.challenges_per_second);
  end();
}

void ConfigPrinting::print_tls(const TlsConfig& tls) {
  begin("tls");
  pair("certificate", tls.certificate.path);
  pair("key", tls.key.path);
  end();
}

// Who may come in.
void ConfigPrinting::print_access(const TurnSection& turn) {
  pair("realm", turn.realm);
  list("rest_secrets", turn.rest_secrets, [this](const Secret& secret) { return shown(secret.reveal()); });
  if (!turn.rest_secrets_file.empty()) pair("rest_secrets_file", turn.rest_secrets_file.path);
  out_ << YAML::Key << "users" << YAML::Value << (turn.users.empty() ? YAML::Flow : YAML::Block)
       << YAML::BeginSeq;
  for (const auto& user : turn.users) {
    out_ << YAML::BeginMap;
    pair("name", user.name);
    const bool has_key = !user.key.empty();
    out_ << YAML::Key << (has_key ? "key" : "password") << YAML::Value << YAML::DoubleQuoted
         << shown(has_key ? print_key(user.key) : user.password.reveal());
    end();
  }
  out_ << YAML::EndSeq;
  list("nonce_keys", turn.nonce_keys, [this](const Secret& key) { return shown(print_key(key)); });
  if (!turn.nonce_keys_file.empty()) pair("nonce_keys_file", turn.nonce_keys_file.path);
}

void ConfigPrinting::print_lifetime(const LifetimeConfig& lifetime) {
  begin("lifetime");
  pair("default", print_duration(lifetime.initial));
  pair("unasked", print_duration(lifetime.unasked));
  pair("max", print_duration(lifetime.longest));
  end();
}

void ConfigPrinting::print_protocol(const ProtocolConfig& protocol) {
  begin("protocol");
  pair("rest_sha256", protocol.rest_sha256);
  pair("mobility", protocol.mobility);
  pair("nat_discovery", protocol.nat_discovery);
  pair("strict_channel_range", protocol.strict_channel_range);
  end();
}

void ConfigPrinting::print_tcp_relay(const TcpRelayConfig& tcp_relay) {
  begin("tcp_relay");
  pair("enabled", tcp_relay.is_enabled);
  pair("connections", tcp_relay.connections);
  pair("connections_per_allocation", tcp_relay.connections_per_allocation);
  end();
}

void ConfigPrinting::print_turn(const TurnSection& turn) {
  begin("turn");
  list("listen", turn.listen, kPrintItself);
  print_listeners(turn.listeners);
  if (!turn.tls.certificate.empty()) print_tls(turn.tls);
  list("relay_addresses", turn.relay_addresses, kPrintItself);
  if (turn.detects_public_addresses)
    pair("public_addresses", "auto");
  else
    list("public_addresses", turn.public_addresses, kPrintItself);
  list("stun_servers", turn.stun_servers, kPrintItself);
  pair("allow_private_relay_addresses", turn.allow_private_relay_addresses);
  pair("relay_ports", std::to_string(turn.relay_ports.first) + "-" + std::to_string(turn.relay_ports.last));
  pair("shared_relay_ports", turn.shared_relay_ports);
  pair("default_address_family", std::string(print_default_family(turn.default_family)));
  print_access(turn);
  begin("peers");
  list("allow", turn.peers.allow, kPrintItself);
  list("deny", turn.peers.deny, kPrintItself);
  end();
  print_lifetime(turn.lifetime);
  print_limits(turn.limits);
  list("alternatives", turn.alternatives, kPrintItself);
  list("tls_alternatives", turn.tls_alternatives, kPrintItself);
  print_protocol(turn.protocol);
  print_tcp_relay(turn.tcp_relay);
  pair("max_allocations", turn.max_allocations);
  pair("max_allocations_per_user", turn.max_allocations_per_user);
  pair("max_connections", turn.max_connections);
  pair("max_connections_per_source", turn.max_connections_per_source);
  end();
}

void ConfigPrinting::print_packet_io(const PacketIoSection& packet_io) {
  begin("packet_io");
  pair("coalescing", print_duration_or_off(packet_io.coalescing));
  pair("relay_ports", std::string(print_relay_ports(packet_io.relay_ports)));
  if (!packet_io.xdp.empty()) list("xdp", packet_io.xdp, [](const auto& name) { return name; });
  pair("relay_port_linger", print_duration_or_off(packet_io.relay_port_linger));
  end();
}

std::string ConfigPrinting::print(const NodeConfig& config) {
  out_ << YAML::BeginMap;
  print_node(config.node);
  if (config.overlay) print_overlay(*config.overlay);
  if (config.turn) print_turn(*config.turn);
  begin("admin");
  pair("socket", config.admin.socket);
  end();
  if (config.metrics.listen) {
    begin("metrics");
    pair("listen", config.metrics.listen->to_string());
    end();
  }
  begin("log");
  pair("level", std::string(print_level(config.log.level)));
  end();
  print_packet_io(config.packet_io);
  if (!config.usage_log.to.empty()) {
    begin("usage_log");
    pair("to", config.usage_log.to);
    pair("interval", print_duration(config.usage_log.interval));
    end();
  }
  pair("cores", config.cores ? std::to_string(*config.cores) : "auto");
  end();
  return std::string(out_.c_str(), out_.size()) + "\n";
}

}  // namespace

std::string print_config(const NodeConfig& config, SecretPrinting secrets) {
  return ConfigPrinting(secrets).print(config);
}

}  // namespace relay
