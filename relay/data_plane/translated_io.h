// Behind a NAT that maps addresses one to one: everything above this line knows relayed addresses as clients
// and peers see them, the packet back end below as the host has them. Only nodes that need it have one.
#pragma once

#include <vector>

#include "overlay/base/packet_io.h"
#include "relay/turn/peer_streams.h"

namespace relay {

// A relay address and what is shown in its place.
struct AddressMapping {
  overlay::IpAddress local;
  overlay::IpAddress shown;
  bool operator==(const AddressMapping&) const = default;
};

// The same for the connections of TCP allocations.
class TranslatedPeerStreams final : public PeerStreams {
 public:
  // `streams` outlives this.
  TranslatedPeerStreams(PeerStreams& streams, std::vector<AddressMapping> mappings)
      : streams_(streams), mappings_(std::move(mappings)) {}

  [[nodiscard]] bool listen(const overlay::Endpoint& shown) override;
  void close_listener(const overlay::Endpoint& shown) override;
  [[nodiscard]] bool connect(ConnectionId id, const overlay::Endpoint& shown,
                             const overlay::Endpoint& peer) override;
  void bind(ConnectionId id, const FiveTuple& client) override { streams_.bind(id, client); }
  void close(ConnectionId id) override { streams_.close(id); }

 private:
  PeerStreams& streams_;
  std::vector<AddressMapping> mappings_;  // at most one of each family
};

class TranslatedIo final : public overlay::PacketIo {
 public:
  // `io` outlives this. A listener's address may be equal to a relay address: it is not translated.
  TranslatedIo(overlay::PacketIo& io, std::vector<AddressMapping> mappings)
      : io_(io), mappings_(std::move(mappings)) {}

  [[nodiscard]] overlay::PacketBuffer& acquire() override { return io_.acquire(); }
  void send(const overlay::DatagramRoute& route, const overlay::PacketBuffer& buffer) override;
  [[nodiscard]] overlay::Status open_port(const overlay::Endpoint& shown) override;
  [[nodiscard]] overlay::Status open_busy_port(const overlay::Endpoint& shown) override;
  void close_port(const overlay::Endpoint& shown) override;

  // The address of this host for a relayed address.
  [[nodiscard]] overlay::Endpoint local(const overlay::Endpoint& shown) const;
  // The address that peers use for a relay port of this host.
  [[nodiscard]] overlay::Endpoint shown(const overlay::Endpoint& local) const;

 private:
  overlay::PacketIo& io_;
  std::vector<AddressMapping> mappings_;  // at most one of each family
};

}  // namespace relay
