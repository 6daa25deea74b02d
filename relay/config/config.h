// The values of one causewayd's configuration: complete, in range, with every default filled in.
// node_settings.h and turn_settings.h describe each key; conf/REFERENCE.md is the same for operators. The
// name, id, provider, region and zone of a node come from its certificate. load_config() (config_load.h)
// builds a NodeConfig at the start and at each reload; after that it is read only.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/ip_prefix.h"
#include "overlay/base/log.h"
#include "overlay/base/packet_io.h"
#include "overlay/base/time.h"
#include "overlay/link/link_config.h"
#include "relay/config/secret.h"

namespace relay {

// A file that the configuration names. `line` is the line of its key, for messages; equality ignores it.
struct FileReference {
  std::string path;
  int line = 0;

  [[nodiscard]] bool empty() const { return path.empty(); }
  bool operator==(const FileReference& other) const { return path == other.path; }
};

struct NodeSection {
  bool is_edge = false;
  bool is_hub = false;
  FileReference identity;     // the private key; empty without an overlay, like the next two
  FileReference certificate;  // the certificate of the node
  FileReference cluster_ca;   // the public key of the cluster's CA
  bool operator==(const NodeSection&) const = default;
};

// A hub that the node dials first. The flood names all other nodes.
struct SeedConfig {
  overlay::Endpoint endpoint;
  overlay::ByteArray<32> exchange_key{};  // X25519
  std::string name;
  bool operator==(const SeedConfig&) const = default;
};

using overlay::LivenessConfig;
using overlay::ProbeConfig;

struct OverlaySection {
  std::vector<overlay::Endpoint> listen;
  std::vector<overlay::Endpoint> advertise;  // addresses that neighbors dial; never empty
  std::vector<SeedConfig> seeds;
  std::uint32_t homes = 3;  // hubs that an edge keeps links to
  ProbeConfig probe;
  LivenessConfig liveness;
  bool operator==(const OverlaySection&) const = default;
};

struct PortRange {
  std::uint16_t first = 49152;
  std::uint16_t last = 65535;
  bool operator==(const PortRange&) const = default;
};

// Data planes share the range in pairs of ports; 50000 and 50001 are a pair.
[[nodiscard]] constexpr std::size_t relay_port_pairs(PortRange range) {
  return std::size_t{1} + range.last / 2U - range.first / 2U;
}

// The family of the relayed address for clients that ask for none, as browsers do.
enum class DefaultFamily : std::uint8_t {
  kClient,  // the family in which the client calls, so that IPv6 clients reach IPv6 peers
  kIpv4,    // RFC 8656 section 7.2, where the node has an IPv4 relay address
};

// A user has either a password or a key.
struct TurnUser {
  std::string name;
  Secret password;
  Secret key;  // 16 bytes: MD5 of "name:realm:password" (RFC 8489 section 18.5.1.1)
  bool operator==(const TurnUser&) const = default;
};

// Exceptions to the built-in rules for peers (relay/admission/peer_policy.h).
struct PeerRules {
  std::vector<overlay::IpPrefix> allow;
  std::vector<overlay::IpPrefix> deny;
  bool operator==(const PeerRules&) const = default;
};

struct LifetimeConfig {
  overlay::Duration initial = std::chrono::minutes(10);  // RFC 8656 section 7.2: the default
  overlay::Duration unasked = std::chrono::minutes(10);  // for clients that send no LIFETIME
  overlay::Duration longest = std::chrono::hours(1);
  bool operator==(const LifetimeConfig&) const = default;
};

// 0: no limit.
struct LimitsConfig {
  std::uint32_t allocations_per_tenant = 0;  // of REST-style usernames "<expiry>:<tenant>:<session>"
  std::uint32_t allocations_per_source = 0;  // an IPv4 address or an IPv6 /64
  std::uint32_t permissions = 256;           // of one allocation, like the next two
  std::uint32_t channels = 256;
  std::uint32_t new_peers_per_second = 0;
  std::uint64_t bandwidth_per_allocation = 0;  // bytes of payload per second, in each direction
  std::uint64_t bandwidth_per_tenant = 0;
  overlay::Duration bandwidth_burst = std::chrono::milliseconds(200);  // at once, after a pause
  std::uint32_t challenges_per_second =
      1000;  // answers 401 and 438 over UDP to one IPv4 /24 or IPv6 /56, on each core
  std::uint32_t handshakes_per_second = 500;  // of TLS and DTLS, on each data plane
  bool operator==(const LimitsConfig&) const = default;
};

// Optional parts of the protocol.
struct ProtocolConfig {
  bool rest_sha256 = false;           // REST-style passwords may be HMAC-SHA256 too
  bool mobility = false;              // RFC 8016: allocations follow clients whose address changes
  bool nat_discovery = false;         // RFC 5780: needs UDP at two addresses with two ports
  bool strict_channel_range = false;  // RFC 8656's 0x4000 to 0x4FFF, not RFC 5766's 0x4000 to 0x7FFF
  bool operator==(const ProtocolConfig&) const = default;
};

// TCP allocations (RFC 6062).
struct TcpRelayConfig {
  bool is_enabled = false;
  std::uint32_t connections = 1'000;  // with peers, of the whole node
  std::uint32_t connections_per_allocation = 16;
  bool operator==(const TcpRelayConfig&) const = default;
};

// An address and port for clients. UDP and DTLS share a port, and TCP and TLS share one: the first byte
// selects the protocol.
struct ListenerConfig {
  overlay::Endpoint address;
  std::vector<overlay::Transport> transports;
  std::vector<overlay::IpPrefix> proxy_protocol_from;  // proxies whose streams begin with a PROXY header
  std::optional<overlay::Endpoint> https_backend;      // receives the TLS connections that are not for TURN
  bool proxy_protocol_to_backend = false;  // whether a PROXY header names the client to the backend

  [[nodiscard]] bool takes(overlay::Transport transport) const {
    return std::find(transports.begin(), transports.end(), transport) != transports.end();
  }
  bool operator==(const ListenerConfig&) const = default;
};

// The certificate that clients see on TLS and DTLS: PEM files.
struct TlsConfig {
  FileReference certificate;  // the server's, then its chain
  FileReference key;
  bool operator==(const TlsConfig&) const = default;
};

struct TurnSection {
  std::vector<overlay::Endpoint> listen;  // short for listeners with UDP and TCP
  std::vector<ListenerConfig> listeners;
  TlsConfig tls;
  std::vector<overlay::IpAddress> relay_addresses;  // at most one of each family
  // Clients and peers see these in place of the relay address of the same family. A NAT in front of the node
  // maps one address to the other and keeps ports.
  std::vector<overlay::IpAddress> public_addresses;
  bool detects_public_addresses = false;        // public_addresses: auto
  std::vector<overlay::Endpoint> stun_servers;  // the node asks these for its public addresses
  bool allow_private_relay_addresses = false;   // for laboratories and closed networks
  PortRange relay_ports;
  std::uint32_t shared_relay_ports = 0;  // of each relay address and data plane; 0: a port for each client
  DefaultFamily default_family = DefaultFamily::kClient;
  std::string realm = "causeway";
  std::string software;              // empty: answers carry no SOFTWARE
  std::vector<Secret> rest_secrets;  // any of them admits a client
  FileReference rest_secrets_file;   // one per line; read_referenced_files() reads and clears it
  std::vector<TurnUser> users;
  std::vector<Secret> nonce_keys;  // 32 raw bytes each, newest first; empty: the node draws one at the start
  FileReference nonce_keys_file;   // one in hexadecimal digits per line; read like rest_secrets_file
  PeerRules peers;
  LifetimeConfig lifetime;
  ProtocolConfig protocol;
  TcpRelayConfig tcp_relay;
  LimitsConfig limits;
  std::vector<overlay::Endpoint> alternatives;      // other edges, for clients that find no room here
  std::vector<overlay::Endpoint> tls_alternatives;  // the same, for clients on TLS and DTLS
  std::uint32_t max_allocations = 100'000;
  std::uint32_t max_allocations_per_user = 1'000;
  std::uint32_t max_connections = 50'000;          // streams; as many DTLS associations in addition
  std::uint32_t max_connections_per_source = 256;  // an IPv4 address or IPv6 /64, on each data plane

  [[nodiscard]] std::vector<ListenerConfig> all_listeners() const {
    std::vector<ListenerConfig> all;
    for (const overlay::Endpoint& address : listen)
      all.push_back({.address = address,
                     .transports = {overlay::Transport::kUdp, overlay::Transport::kTcp},
                     .proxy_protocol_from = {},
                     .https_backend = {}});
    all.insert(all.end(), listeners.begin(), listeners.end());
    return all;
  }
  [[nodiscard]] std::vector<overlay::Endpoint> addresses_taking(overlay::Transport transport) const {
    std::vector<overlay::Endpoint> addresses;
    for (const ListenerConfig& listener : all_listeners())
      if (listener.takes(transport)) addresses.push_back(listener.address);
    return addresses;
  }
  bool operator==(const TurnSection&) const = default;
};

struct AdminSection {
  std::string socket = "/run/causeway/admin.sock";
  bool operator==(const AdminSection&) const = default;
};

// The HTTP server for monitoring: /metrics, /healthz, /readyz.
struct MetricsSection {
  std::optional<overlay::Endpoint> listen;  // TCP; nullopt: no server
  bool operator==(const MetricsSection&) const = default;
};

// One JSON line for each allocation that ends, and one every `interval` for each that lives.
struct UsageLogSection {
  std::string to;  // the path of a file, or "stdout"; empty: no usage log
  overlay::Duration interval = std::chrono::minutes(5);
  bool operator==(const UsageLogSection&) const = default;
};

struct LogSection {
  overlay::Level level = overlay::Level::kInfo;
  bool operator==(const LogSection&) const = default;
};

// How relayed addresses receive and send.
enum class RelayPorts : std::uint8_t {
  kAuto,     // steered where the process may, otherwise sockets
  kSteered,  // one socket per data plane (overlay/io/port_steering.h), or the node does not start
  kSockets,  // one socket per relayed address
};

struct PacketIoSection {
  RelayPorts relay_ports = RelayPorts::kAuto;
  // Maximum time a packet waits so that several share one wake-up. 0 disables waiting; that is the default of
  // hubs, because each hop of a path would add its own wait.
  overlay::Duration coalescing = std::chrono::microseconds(150);
  // Time that a relay port stays bound after its allocation. 0: it is closed at once.
  overlay::Duration relay_port_linger = std::chrono::seconds(10);
  // Interfaces on which XDP forwards ChannelData and the datagrams of peers. Empty: sockets forward
  // everything.
  std::vector<std::string> xdp;
  bool operator==(const PacketIoSection&) const = default;
};

// When the node's own addresses must exist on the host.
enum class ListenWhen : std::uint8_t {
  kAvailable,  // at any time: the node serves each address from the moment the host has it
  kStart,      // at the start, or the node does not start
};

struct NodeConfig {
  NodeSection node;
  std::optional<OverlaySection> overlay;  // nullopt: an edge on its own, which serves TURN only
  std::optional<TurnSection> turn;        // present if and only if the node is an edge
  AdminSection admin;
  MetricsSection metrics;
  LogSection log;
  UsageLogSection usage_log;
  PacketIoSection packet_io;
  ListenWhen listen_when = ListenWhen::kAvailable;
  std::string state_dir;                   // empty: that of systemd, or no state
  std::optional<std::uint16_t> cores = 1;  // data planes; nullopt: one for each CPU of the machine
  bool operator==(const NodeConfig&) const = default;
};

}  // namespace relay
