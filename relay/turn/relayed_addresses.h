// Opens and closes the relayed addresses of allocations: own ports, reserved ports, shared ports, and
// listeners of TCP allocations (RFC 8656 section 7.2, RFC 6062 section 5.1). Belongs to a TurnServer and its
// thread.
#pragma once

#include <optional>

#include "overlay/base/packet_io.h"
#include "overlay/base/random.h"
#include "relay/turn/allocate_request.h"
#include "relay/turn/relayed_ports.h"
#include "relay/turn/shared_ports.h"
#include "relay/turn/tcp_relay.h"
#include "relay/turn/turn_server_config.h"

namespace relay {

class RelayedAddresses {
 public:
  // Reads the current configuration. All references outlive this.
  RelayedAddresses(const TurnServerConfig& config, TcpRelay& tcp, overlay::PacketIo& io,
                   overlay::Random& random);

  // Applies the configuration to addresses that are opened from now on.
  void reconfigure();

  // Opens the addresses of the request and records them in `allocation`. Errors: 440, 508.
  [[nodiscard]] TurnStatus open(const TurnRequest& request, const AllocateRequest& asked,
                                Allocation& allocation);
  // Closes the only address of an allocation that ends.
  void close(Allocation& allocation);
  void close_port(const overlay::Endpoint& relayed) { ports_.close(relayed); }

  [[nodiscard]] std::optional<overlay::IpAddress> address_of(overlay::AddressFamily family) const;

  [[nodiscard]] SharedPorts& shared() { return shared_ports_; }
  [[nodiscard]] const SharedPorts& shared() const { return shared_ports_; }
  void on_timer(overlay::Instant now) { ports_.on_timer(now); }
  [[nodiscard]] overlay::Instant next_timeout() const { return ports_.next_timeout(); }

 private:
  [[nodiscard]] TurnStatus open_dual(const AllocateRequest& asked, Allocation& allocation);
  [[nodiscard]] bool may_share(const AllocateRequest& asked) const;
  [[nodiscard]] overlay::AddressFamily default_family(const TurnRequest& request) const;
  [[nodiscard]] std::optional<overlay::Endpoint> open_tcp(const overlay::IpAddress& address);

  const TurnServerConfig& config_;
  TcpRelay& tcp_;
  RelayedPorts ports_;
  SharedPorts shared_ports_;
};

}  // namespace relay
