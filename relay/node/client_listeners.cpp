#include "relay/node/client_listeners.h"

#include <algorithm>

#include "overlay/io/udp_socket.h"
#include "relay/io/tcp_listener.h"

namespace relay {

// Listeners are shared between data planes (SO_REUSEPORT), so the kernel would accept a second process on the
// port and give it a part of the clients. An exclusive socket finds out first.
overlay::Status check_client_port(const ListenerConfig& listener, ListenWhen when) {
  const bool may_be_absent = when == ListenWhen::kAvailable;
  if (listener.takes(overlay::Transport::kUdp) || listener.takes(overlay::Transport::kDtls))
    if (const auto probe = overlay::UdpSocket::open(listener.address, {.may_be_absent = may_be_absent});
        !probe)
      return overlay::failure(probe.error().message);
  if (accepts_streams(listener))
    if (const auto probe = TcpListener::open(listener.address, {.may_be_absent = may_be_absent}); !probe)
      return overlay::failure(probe.error().message);
  return overlay::ok();
}

overlay::Status check_address(const overlay::IpAddress& address, ListenWhen when) {
  if (when == ListenWhen::kAvailable) return overlay::ok();
  const auto probe = overlay::UdpSocket::open({.address = address, .port = 0});
  return probe ? overlay::ok() : overlay::failure(probe.error().message);
}

// Without this check a node whose addresses must exist would start and refuse every allocation.
overlay::Status check_relay_addresses(const TurnSection& turn, ListenWhen when) {
  for (const overlay::IpAddress& address : turn.relay_addresses)
    if (const auto present = check_address(address, when); !present)
      return overlay::failure("turn.relay_addresses: " + present.error().message +
                              "; behind a NAT, write the public address into turn.public_addresses");
  return overlay::ok();
}

std::optional<StreamListenerConfig> stream_listener(const ListenerConfig& listener, const TlsIdentity* tls) {
  const bool takes_plain = listener.takes(overlay::Transport::kTcp);
  const bool takes_tls = listener.takes(overlay::Transport::kTls) && tls != nullptr;
  if (!takes_plain && !takes_tls) return std::nullopt;
  std::optional<HttpsBackend> backend;
  if (listener.https_backend)
    backend = {.address = *listener.https_backend, .takes_proxy_header = listener.proxy_protocol_to_backend};
  return StreamListenerConfig{.local = listener.address,
                              .takes_plain = takes_plain,
                              .tls = takes_tls ? tls : nullptr,
                              .proxies = listener.proxy_protocol_from,
                              .backend = backend};
}

bool accepts_streams(const ListenerConfig& listener) {
  return listener.takes(overlay::Transport::kTcp) || listener.takes(overlay::Transport::kTls);
}

const ListenerConfig* find_stream_listener(const std::vector<ListenerConfig>& listeners,
                                           const overlay::Endpoint& address) {
  const auto found = std::ranges::find_if(listeners, [&](const ListenerConfig& listener) {
    return listener.address == address && accepts_streams(listener);
  });
  return found == listeners.end() ? nullptr : &*found;
}

}  // namespace relay
