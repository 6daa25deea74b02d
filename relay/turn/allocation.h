// One allocation (RFC 8656 section 3.2): the client leg (its 5-tuple) and the relayed address, or one of each
// family, with the permissions and channels that the client installed. Small and bounded; owned by
// TurnServer.
#pragma once

#include <algorithm>
#include <compare>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/packet_io.h"
#include "overlay/base/time.h"
#include "relay/admission/admission.h"
#include "relay/admission/credentials.h"
#include "relay/stun/channel_data.h"
#include "relay/stun/stun_integrity.h"
#include "relay/stun/stun_message.h"

namespace relay {

// The client leg.
struct FiveTuple {
  overlay::Endpoint client;
  overlay::Endpoint server;
  overlay::Transport transport = overlay::Transport::kUdp;
  auto operator<=>(const FiveTuple&) const = default;
};

[[nodiscard]] inline FiveTuple five_tuple_of(const overlay::DatagramMeta& meta) {
  return {.client = meta.source, .server = meta.local, .transport = meta.transport};
}

[[nodiscard]] inline FiveTuple five_tuple_of(const overlay::DatagramRoute& to_client) {
  return {.client = to_client.destination, .server = to_client.source, .transport = to_client.transport};
}

[[nodiscard]] inline overlay::DatagramRoute route_to_client(const FiveTuple& tuple,
                                                            overlay::TrafficClass traffic_class = 0) {
  return {.source = tuple.server,
          .destination = tuple.client,
          .traffic_class = traffic_class,
          .transport = tuple.transport};
}

using MobilityTicket = std::string;

// The state that moves an allocation to another 5-tuple (RFC 8016).
struct Mobility {
  MobilityTicket ticket;
  TransactionId moved_by{};  // so that a retransmitted Refresh gets the same answer
};

// The state of an allocation on a shared port. SharedPorts maintains it.
struct SharedPortPart {
  std::list<overlay::Endpoint> claimed;       // oldest first
  std::vector<overlay::IpAddress> permitted;  // where it is listed as a holder
};

struct RelayedAddress {
  overlay::Endpoint endpoint;
  overlay::Instant expires_at{};
};

struct Permission {
  overlay::IpAddress peer;
  overlay::Instant expires_at{};
};

struct ChannelBinding {
  ChannelNumber channel;
  overlay::Endpoint peer;
  overlay::Instant expires_at{};
};

// Relayed traffic of an allocation, in bytes of payload.
struct FlowTraffic {
  std::uint64_t packets_to_peer = 0;
  std::uint64_t bytes_to_peer = 0;
  std::uint64_t packets_to_client = 0;
  std::uint64_t bytes_to_client = 0;
};

enum class AllocationEnd : std::uint8_t {
  kByClient,          // Refresh with a lifetime of zero
  kExpired,           // not refreshed in time
  kConnectionClosed,  // of the client: TCP, TLS, DTLS
  kDrained,           // at the deadline of a drain, or refreshed after it
  kByOperator,        // `causeway allocations end`
  kCredentialGone,    // a reload has removed its user or secret
  kNodeStopped,
};
[[nodiscard]] constexpr const char* to_string(AllocationEnd end) {
  switch (end) {
    case AllocationEnd::kByClient:
      return "by_client";
    case AllocationEnd::kExpired:
      return "expired";
    case AllocationEnd::kConnectionClosed:
      return "connection_closed";
    case AllocationEnd::kDrained:
      return "drained";
    case AllocationEnd::kByOperator:
      return "by_operator";
    case AllocationEnd::kCredentialGone:
      return "credential_gone";
    case AllocationEnd::kNodeStopped:
      return "node_stopped";
  }
  return "unknown";
}

class Allocation {
 public:
  // RFC 8656 sections 9 and 12.
  static constexpr overlay::Duration kPermissionLifetime = std::chrono::minutes(5);
  static constexpr overlay::Duration kChannelLifetime = std::chrono::minutes(10);

  FiveTuple five_tuple;
  overlay::Endpoint relayed;
  // The IPv6 address of a dual allocation (ADDITIONAL-ADDRESS-FAMILY). It becomes the first address when the
  // other one ends.
  std::optional<RelayedAddress> second;
  bool relays_tcp = false;   // RFC 6062: connections with peers, no datagrams
  std::uint64_t number = 0;  // unique in its TurnServer
  std::string username;
  LongTermKey key{};
  std::shared_ptr<const std::string> realm;  // of the key
  bool is_running_out = false;               // its user or secret is gone, so no Refresh extends it
  TransactionId
      allocated_by{};  // so that a retransmitted request gets the same answer (RFC 8656 section 7.2)
  std::uint64_t reservation_token = 0;  // of the next port, when this allocation reserved it
  std::uint16_t address_error = 0;      // why a dual allocation began with one address only
  overlay::Instant expires_at{};        // of `relayed`
  std::unique_ptr<Mobility> mobility;   // of clients that asked for a ticket
  // Of those whose relayed address is not theirs alone.
  std::unique_ptr<SharedPortPart> shared_port;
  overlay::Instant created_at{};
  Admitted admitted;
  std::uint32_t host_changes = 0;  // of its TurnServer, which this allocation has followed
  std::uint16_t max_permissions = 256;
  std::uint16_t max_channels = 256;
  std::uint64_t packets_to_peer = 0;
  std::uint64_t bytes_to_peer = 0;  // payload
  std::uint64_t packets_to_client = 0;
  std::uint64_t bytes_to_client = 0;

  // The relayed address from which peers of that family are sent to, or none.
  [[nodiscard]] const overlay::Endpoint* relayed_for(overlay::AddressFamily family) const {
    if (relayed.address.family() == family) return &relayed;
    return second && second->endpoint.address.family() == family ? &second->endpoint : nullptr;
  }
  [[nodiscard]] ProvenIdentity identity() const {
    return {.username = username, .key = key, .realm = *realm};
  }
  void add(const FlowTraffic& traffic) {
    packets_to_peer += traffic.packets_to_peer;
    bytes_to_peer += traffic.bytes_to_peer;
    packets_to_client += traffic.packets_to_client;
    bytes_to_client += traffic.bytes_to_client;
  }
  [[nodiscard]] overlay::Instant next_expiry() const {
    return second ? std::min(expires_at, second->expires_at) : expires_at;
  }

  [[nodiscard]] bool has_permission(const overlay::IpAddress& peer, overlay::Instant now) const {
    return now < permission_expiry(peer);
  }
  // Long ago for who never had one.
  [[nodiscard]] overlay::Instant permission_expiry(const overlay::IpAddress& peer) const;
  // All or nothing. Returns false when the number would exceed the bound.
  [[nodiscard]] bool install_permissions(std::span<const overlay::IpAddress> peers, overlay::Instant now);

  // Removes the permissions and channels of peers for which `is_allowed` is false.
  void forbid(const std::function<bool(const overlay::IpAddress&)>& is_allowed);

  [[nodiscard]] const ChannelBinding* find_channel(ChannelNumber channel, overlay::Instant now) const;
  [[nodiscard]] const ChannelBinding* find_channel(const overlay::Endpoint& peer, overlay::Instant now) const;
  // Taken: the channel has another peer, or the peer has another channel.
  enum class Bound : std::uint8_t { kOk, kChannelTaken, kPeerTaken, kFull };
  [[nodiscard]] Bound bind_channel(ChannelNumber channel, const overlay::Endpoint& peer,
                                   overlay::Instant now);

 private:
  std::vector<Permission> permissions_;
  std::vector<ChannelBinding> channels_;
};

}  // namespace relay

template <>
struct std::hash<relay::FiveTuple> {
  std::size_t operator()(const relay::FiveTuple& tuple) const {
    overlay::KeyedHash keyed;
    tuple.client.add_to(keyed);
    return tuple.server.add_to(keyed).finish(static_cast<std::uint64_t>(tuple.transport), 1);
  }
};
