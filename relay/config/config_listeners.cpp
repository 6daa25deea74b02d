#include "relay/config/config_listeners.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace relay {
namespace {

using overlay::Transport;

Parsed<Transport> parse_transport(std::string_view text) {
  for (const Transport transport : {Transport::kUdp, Transport::kTcp, Transport::kTls, Transport::kDtls})
    if (text == to_string(transport)) return transport;
  return overlay::Unexpected(
      Complaint{"\"" + std::string(text) + "\" is not a transport", "write udp, tcp, tls or dtls"});
}

void check_listener(MapReader& reader, const ListenerConfig& listener) {
  const bool is_stream = listener.takes(Transport::kTcp) || listener.takes(Transport::kTls);
  if (!listener.proxy_protocol_from.empty() && !is_stream)
    reader.complain("proxy_protocol_from",
                    {"is for streams, and this listener takes none", "add tcp or tls to transports"});
  if (listener.https_backend && !listener.takes(Transport::kTls))
    reader.complain("https_backend",
                    {"shares a port with TLS, and this listener takes none", "add tls to transports"});
  if (listener.proxy_protocol_to_backend && !listener.https_backend)
    reader.complain("proxy_protocol_to_backend",
                    {"tells an HTTPS server who calls, and this listener has none", "add https_backend"});
}

void read_listener(MapReader& reader, TurnSection& target) {
  ListenerConfig listener;
  reader.require("address", "write the address and port for clients, for example 192.0.2.1:5349");
  reader.value("address", listener.address, parse_endpoint);
  reader.require("transports", "write what clients may speak there, for example [tls, dtls]");
  reader.list("transports", listener.transports, parse_transport);
  reader.list("proxy_protocol_from", listener.proxy_protocol_from, parse_prefix);
  reader.value("https_backend", listener.https_backend,
               [](std::string_view text) -> Parsed<std::optional<overlay::Endpoint>> {
                 const auto backend = parse_endpoint(text);
                 if (!backend) return overlay::Unexpected(backend.error());
                 return std::optional(*backend);
               });
  reader.value("proxy_protocol_to_backend", listener.proxy_protocol_to_backend, parse_bool);
  check_listener(reader, listener);
  target.listeners.push_back(std::move(listener));
}

}  // namespace

void read_listeners(MapReader& turn, TurnSection& target) {
  if (!turn.has_content("listeners"))
    turn.require("listen", "write the address and port for clients, for example 192.0.2.1:3478");
  turn.list("listen", target.listen, parse_endpoint);
  turn.list_of_sections("listeners", [&](MapReader& listener) { read_listener(listener, target); });
}

void check_listeners(MapReader& turn, const TurnSection& section) {
  std::set<std::pair<overlay::Endpoint, bool>> taken;  // UDP and TCP are two ports
  bool needs_certificate = false;
  for (const ListenerConfig& listener : section.all_listeners()) {
    const bool has_udp = listener.takes(Transport::kUdp) || listener.takes(Transport::kDtls);
    const bool has_tcp = listener.takes(Transport::kTcp) || listener.takes(Transport::kTls);
    needs_certificate |= listener.takes(Transport::kTls) || listener.takes(Transport::kDtls);
    for (const bool is_tcp : {false, true})
      if ((is_tcp ? has_tcp : has_udp) && !taken.emplace(listener.address, is_tcp).second)
        turn.complain("listeners",
                      {listener.address.to_string() + (is_tcp ? " takes TCP" : " takes UDP") + " twice",
                       "name all transports of an address in one listener; listen stands for udp and tcp"});
  }
  if (needs_certificate && (section.tls.certificate.empty() || section.tls.key.empty()))
    turn.complain("tls", {"is missing, and listeners take TLS or DTLS",
                          "add turn.tls with certificate and key, PEM files"});
}

}  // namespace relay
