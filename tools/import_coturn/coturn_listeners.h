// Makes listeners of a TURN section from the addresses, ports and transports of coturn.
#pragma once

#include <cstdint>
#include <set>
#include <vector>

#include "overlay/base/endpoint.h"
#include "overlay/base/packet_io.h"
#include "relay/config/config.h"

namespace cli {

struct CoturnListening {
  std::vector<overlay::IpAddress> addresses;
  std::vector<overlay::Endpoint> auxiliary;  // further ports
  std::set<overlay::Transport> refused;
  std::uint16_t port = 3478;
  std::uint16_t tls_port = 5349;
  std::uint16_t alternate_port = 0;  // of RFC 5780; 0: the one after `port`
  std::uint16_t proxy_port = 0;      // streams that begin with a PROXY header; 0: none
  bool discovers_nat = false;        // RFC 5780 is asked for
};

// Fills in the listeners, and protocol.nat_discovery where two addresses of one family make it possible. TLS
// and DTLS need turn.tls. With a port for proxies, streams are served at that port only, as by coturn.
void add_listeners(const CoturnListening& coturn, relay::TurnSection& turn);

}  // namespace cli
