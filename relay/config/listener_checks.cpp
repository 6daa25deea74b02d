// The rules for the addresses and ports of clients: turn.listen, turn.listeners and turn.tls.
#include <set>
#include <utility>

#include "relay/config/config_checks.h"

namespace relay {

using overlay::Transport;

void check(MapReader& map, ListenerConfig& listener, const NodeReading& /*reading*/) {
  const bool has_streams = listener.takes(Transport::kTcp) || listener.takes(Transport::kTls);
  if (!listener.proxy_protocol_from.empty() && !has_streams)
    map.complain("proxy_protocol_from",
                 {"is for streams, and this listener has none", "add tcp or tls to transports"});
  if (listener.https_backend && !listener.takes(Transport::kTls))
    map.complain("https_backend",
                 {"shares a port with TLS, and this listener has no TLS", "add tls to transports"});
  if (listener.proxy_protocol_to_backend && !listener.https_backend)
    map.complain("proxy_protocol_to_backend",
                 {"names clients to an HTTPS server, and this listener has none", "add https_backend"});
}

void check_listeners(MapReader& turn, const TurnSection& section) {
  std::set<std::pair<overlay::Endpoint, bool>> taken;  // by address and whether the port is TCP
  bool needs_certificate = false;
  for (const ListenerConfig& listener : section.all_listeners()) {
    const bool has_udp = listener.takes(Transport::kUdp) || listener.takes(Transport::kDtls);
    const bool has_tcp = listener.takes(Transport::kTcp) || listener.takes(Transport::kTls);
    needs_certificate |= listener.takes(Transport::kTls) || listener.takes(Transport::kDtls);
    for (const bool is_tcp : {false, true})
      if ((is_tcp ? has_tcp : has_udp) && !taken.emplace(listener.address, is_tcp).second)
        turn.complain("listeners",
                      {listener.address.to_string() + (is_tcp ? " has TCP" : " has UDP") + " twice",
                       "name all transports of an address in one listener; listen stands for udp and tcp"});
  }
  if (needs_certificate && (section.tls.certificate.empty() || section.tls.key.empty()))
    turn.complain("tls", {"is missing, and listeners use TLS or DTLS",
                          "add turn.tls with certificate and key, PEM files"});
}

}  // namespace relay
