// The configuration of a TURN server, at its start and after each reload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"
#include "relay/admission/admission.h"
#include "relay/admission/credentials.h"
#include "relay/admission/peer_policy.h"
#include "relay/admission/quota_ledger.h"
#include "relay/turn/nat_discovery.h"
#include "relay/turn/peer_connections.h"
#include "relay/turn/tcp_relay_ports.h"

namespace relay {

struct TurnServerConfig {
  std::string realm = "causeway";
  std::string software;  // at most 64 bytes; empty: answers carry no SOFTWARE
  RestConfig rest;
  std::vector<StaticUser> users;
  std::vector<overlay::ByteArray<32>> nonce_keys;   // newest first, at least one
  std::vector<overlay::IpAddress> relay_addresses;  // at most one of each family
  bool defaults_to_ipv4 = false;  // for clients that name no family; false: that of their own socket
  std::uint16_t relay_port_min = 49152;
  std::uint16_t relay_port_max = 65535;
  // Data planes share the range in pairs of ports, for EVEN-PORT: this one has those with port / 2 % stride
  // == offset.
  std::uint16_t port_stride = 1;
  std::uint16_t port_offset = 0;
  // Of each relay address, for all plain allocations together (shared_ports.h); 0: each has its own port.
  std::size_t shared_relay_ports = 0;
  PeerPolicy peer_policy;
  overlay::Duration default_lifetime = std::chrono::minutes(10);
  overlay::Duration unasked_lifetime = std::chrono::minutes(10);  // for clients that send no LIFETIME
  overlay::Duration max_lifetime = std::chrono::hours(1);
  bool strict_channel_range = false;
  bool mobility = false;                         // RFC 8016; wants all clients on one data plane
  std::vector<DiscoveryPlace> discovery_places;  // of RFC 5780; empty: off
  TcpRelayLimits tcp_relay;                      // RFC 6062
  std::size_t max_allocations = 100'000;
  AdmissionLimits limits;
  std::shared_ptr<QuotaLedger> ledger;  // shared by the data planes of a node; nullptr: its own
  // Shared like the ledger, and likewise of the start: a reload keeps the first one.
  std::shared_ptr<TcpRelayPorts> tcp_relay_ports;
  std::vector<overlay::Endpoint> alternatives;  // for clients that this node cannot serve; never this node
  // And those on TLS and DTLS, at ports that take both; the certificates there name the addresses.
  std::vector<overlay::Endpoint> tls_alternatives;
};

}  // namespace relay
