// The configuration of one causewayd, typed and complete: every value is in range and every default is
// filled in. Name, id, provider, region and zone of the node come from its certificate, not from here; an
// edge without an overlay has none and needs none. Built once at start by load_config() (config_load.h), then
// read only.
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
#include "relay/config/secret.h"

namespace relay {

// A file that the configuration names. The line is where it does, for messages; it is no part of the value.
struct FileReference {
  std::string path;
  int line = 0;

  [[nodiscard]] bool empty() const { return path.empty(); }
  bool operator==(const FileReference& other) const { return path == other.path; }
};

struct NodeSection {
  bool is_edge = false;
  bool is_hub = false;
  // Nodes with an overlay only.
  FileReference identity;     // the node's private key, written by `causeway node enroll`
  FileReference certificate;  // its certificate
  FileReference cluster_ca;   // the public key of the cluster's CA
  bool operator==(const NodeSection&) const = default;
};

// A hub to say hello to first. Everything else is learnt from the flood.
struct SeedConfig {
  overlay::Endpoint endpoint;
  overlay::ByteArray<32> exchange_key{};  // X25519
  std::string name;
  bool operator==(const SeedConfig&) const = default;
};

struct ProbeConfig {
  overlay::Duration fast = std::chrono::milliseconds(10);   // links that carry flows or their standbys
  overlay::Duration idle = std::chrono::milliseconds(100);  // all others
  bool operator==(const ProbeConfig&) const = default;
};

struct LivenessConfig {
  std::uint32_t suspect_after = 3;                                  // missed probe intervals
  overlay::Duration confirm_after = std::chrono::milliseconds(80);  // silence that makes a suspect link down
  // How long a link that came back is not trusted by the data plane; routing's own hold-up doubles with each
  // flap.
  overlay::Duration hold_up = std::chrono::seconds(1);
  bool operator==(const LivenessConfig&) const = default;
};

struct OverlaySection {
  std::vector<overlay::Endpoint> listen;
  std::vector<overlay::Endpoint> advertise;  // what neighbors dial; equal to `listen` unless given
  std::vector<SeedConfig> seeds;
  std::uint32_t homes = 3;  // an edge keeps links to this many hubs
  ProbeConfig probe;
  LivenessConfig liveness;
  bool operator==(const OverlaySection&) const = default;
};

struct PortRange {
  std::uint16_t first = 49152;
  std::uint16_t last = 65535;
  bool operator==(const PortRange&) const = default;
};

// Of the relayed address of a client that asks for no family, as browsers never do.
enum class DefaultFamily : std::uint8_t {
  kClient,  // the one in which the client calls: IPv6 clients can be reached by IPv6 peers
  kIpv4,    // RFC 8656 section 7.2, where the node has an IPv4 relay address
};

// Proves to know either of the two.
struct TurnUser {
  std::string name;
  Secret password;
  Secret key;  // 16 bytes: MD5 of "name:realm:password" (RFC 8489 section 18.5.1.1)
  bool operator==(const TurnUser&) const = default;
};

// Peers that clients may send to beyond, or not within, the built-in rules (private, loopback, link-local and
// metadata addresses are denied).
struct PeerRules {
  std::vector<overlay::IpPrefix> allow;
  std::vector<overlay::IpPrefix> deny;
  bool operator==(const PeerRules&) const = default;
};

struct LifetimeConfig {
  overlay::Duration initial = std::chrono::minutes(10);  // RFC 8656 section 7.2: the default
  overlay::Duration unasked =
      std::chrono::minutes(10);  // of clients that send no LIFETIME; `initial` unless given
  overlay::Duration longest = std::chrono::hours(1);
  bool operator==(const LifetimeConfig&) const = default;
};

// How much each may have. 0: no limit.
struct LimitsConfig {
  std::uint32_t allocations_per_tenant = 0;  // of REST-style usernames "<expiry>:<tenant>:<session>"
  std::uint32_t allocations_per_source = 0;  // an IPv4 address or an IPv6 /64
  std::uint32_t permissions = 256;           // of one allocation, like the next two
  std::uint32_t channels = 256;
  std::uint32_t new_peers_per_second = 0;
  std::uint64_t bandwidth_per_allocation = 0;  // bytes of payload per second, in each direction
  std::uint64_t bandwidth_per_tenant = 0;
  overlay::Duration bandwidth_burst = std::chrono::milliseconds(200);  // at once, after a pause
  std::uint32_t challenges_per_second = 0;  // answers 401 and 438 to one IPv4 /24 or IPv6 /56, on each core
  bool operator==(const LimitsConfig&) const = default;
};

// What of the protocol is a matter of choice.
struct ProtocolConfig {
  bool rest_sha256 = false;           // REST-style passwords may be HMAC-SHA256 too
  bool mobility = false;              // RFC 8016: allocations follow clients whose address changes
  bool nat_discovery = false;         // RFC 5780: needs UDP at two addresses with two ports
  bool strict_channel_range = false;  // RFC 8656's 0x4000 to 0x4FFF, not RFC 5766's 0x4000 to 0x7FFF
  bool operator==(const ProtocolConfig&) const = default;
};

// RFC 6062: allocations of TCP.
struct TcpRelayConfig {
  bool is_enabled = false;
  std::uint32_t connections = 1'000;  // with peers, of the whole node
  std::uint32_t connections_per_allocation = 16;
  bool operator==(const TcpRelayConfig&) const = default;
};

// An address and port for clients. UDP and DTLS share a port, TCP and TLS share one: the first byte tells
// them apart.
struct ListenerConfig {
  overlay::Endpoint address;
  std::vector<overlay::Transport> transports;
  std::vector<overlay::IpPrefix> proxy_protocol_from;  // proxies whose streams begin with a PROXY header
  std::optional<overlay::Endpoint> https_backend;      // gets the TLS connections that are not for us
  bool proxy_protocol_to_backend = false;              // each with a PROXY header that names the client

  [[nodiscard]] bool takes(overlay::Transport transport) const {
    return std::find(transports.begin(), transports.end(), transport) != transports.end();
  }
  bool operator==(const ListenerConfig&) const = default;
};

// What clients are shown on TLS and DTLS: PEM files.
struct TlsConfig {
  FileReference certificate;  // the server's, then its chain
  FileReference key;
  bool operator==(const TlsConfig&) const = default;
};

struct TurnSection {
  std::vector<overlay::Endpoint> listen;  // short for listeners that take UDP and TCP
  std::vector<ListenerConfig> listeners;
  TlsConfig tls;
  std::vector<overlay::IpAddress> relay_addresses;  // those that clients call unless given
  // Shown to clients and peers in place of the relay address of the same family: a NAT in front of the node
  // maps one to the other, and leaves ports alone.
  std::vector<overlay::IpAddress> public_addresses;
  bool detects_public_addresses = false;        // public_addresses: auto
  std::vector<overlay::Endpoint> stun_servers;  // asked for them, for example the TURN ports of other edges
  bool allow_private_relay_addresses = false;   // in laboratories and closed networks
  PortRange relay_ports;
  std::uint32_t shared_relay_ports =
      0;  // of each relay address and data plane; 0: an own one for each client
  DefaultFamily default_family = DefaultFamily::kClient;
  std::string realm = "causeway";
  std::string software;              // empty: answers carry no SOFTWARE
  std::vector<Secret> rest_secrets;  // the first signs nothing here: any of them admits
  FileReference rest_secrets_file;   // one a line; read by read_referenced_files()
  std::vector<TurnUser> users;
  std::vector<Secret> nonce_keys;  // 32 raw bytes each, newest first; none: the node makes one at start
  FileReference nonce_keys_file;   // one in hex a line
  PeerRules peers;
  LifetimeConfig lifetime;
  ProtocolConfig protocol;
  TcpRelayConfig tcp_relay;
  LimitsConfig limits;
  std::vector<overlay::Endpoint> alternatives;  // TURN servers for clients that there is no room for
  // Those for clients on TLS and DTLS: ports that take both, and certificates with the address.
  std::vector<overlay::Endpoint> tls_alternatives;
  std::uint32_t max_allocations = 100'000;
  std::uint32_t max_allocations_per_user = 1'000;
  std::uint32_t max_connections = 50'000;          // streams; and so many DTLS associations
  std::uint32_t max_connections_per_source = 256;  // of an IPv4 address or IPv6 /64, on each data plane

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

// For monitoring systems: /metrics, /healthz, /readyz.
struct MetricsSection {
  std::optional<overlay::Endpoint> listen;  // TCP; none: off
  bool operator==(const MetricsSection&) const = default;
};

// One JSON line for each allocation that ends, and every `interval` for each that lives.
struct UsageLogSection {
  std::string to;  // the path of a file, or "stdout"; empty: off
  overlay::Duration interval = std::chrono::minutes(5);
  bool operator==(const UsageLogSection&) const = default;
};

struct LogSection {
  overlay::Level level = overlay::Level::kInfo;
  bool operator==(const LogSection&) const = default;
};

// How relayed addresses receive and send.
enum class RelayPorts : std::uint8_t {
  kAuto,     // steered where that is possible, sockets elsewhere
  kSteered,  // one socket for all of a data plane (overlay/io/port_steering.h), or the node does not start
  kSockets,  // one socket for each
};

struct PacketIoSection {
  RelayPorts relay_ports = RelayPorts::kAuto;
  // How long a packet may wait for others to share its wake-up with, under steady load; zero: not at all.
  // Unless given: 150us, and zero for hubs, where each hop of a path would add its own.
  overlay::Duration coalescing = std::chrono::microseconds(150);
  // How long a relay port stays bound after its allocation, for the next one that draws it; zero: not at all.
  overlay::Duration relay_port_linger = std::chrono::seconds(10);
  // Interfaces on which XDP relays ChannelData and its peers' datagrams; none: sockets relay everything.
  std::vector<std::string> xdp;
  bool operator==(const PacketIoSection&) const = default;
};

struct NodeConfig {
  NodeSection node;
  std::optional<OverlaySection> overlay;  // none: an edge on its own, which serves TURN and nothing else
  std::optional<TurnSection> turn;        // present if and only if the node is an edge
  AdminSection admin;
  MetricsSection metrics;
  LogSection log;
  UsageLogSection usage_log;
  PacketIoSection packet_io;
  std::optional<std::uint16_t> cores = 1;  // data planes; none: one for each CPU of the machine
  bool operator==(const NodeConfig&) const = default;
};

}  // namespace relay
