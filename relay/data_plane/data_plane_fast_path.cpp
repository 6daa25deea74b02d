// What of a data plane's traffic goes by a fast path.
#include "relay/data_plane/data_plane.h"

namespace relay {

void DataPlane::set_fast_path(FastPath& fast_path) {
  CHECK(fast_path_ == nullptr);
  fast_path_ = &fast_path;
  fast_path.set_traffic_sink(
      [this](const RelayFlow& flow, const FlowTraffic& traffic) { on_fast_traffic(flow, traffic); });
}

bool DataPlane::leaves_for_internet(const overlay::Endpoint& peer) const {
  const PeerRoute route = route_to_peer(config_.overlay.self, peer, overlay_.forwarding());
  return route.via == PeerVia::kInternet && !route.last_resort;
}

void DataPlane::enter_flow(const overlay::DatagramMeta& meta, const TurnVerdict& verdict,
                           overlay::Instant now) {
  if (meta.transport != overlay::Transport::kUdp || !leaves_for_internet(verdict.route.destination)) return;
  const overlay::Endpoint& relayed = verdict.route.source;
  fast_path_->enter({.client = five_tuple_of(meta),
                     .channel = verdict.shortcut->channel,
                     .relayed = translated_io_ ? translated_io_->local(relayed) : relayed,
                     .peer = verdict.route.destination,
                     .until = verdict.shortcut->until},
                    now);
}

void DataPlane::leave_fast_path(const FastPath::Choice& is_chosen, overlay::Instant now) {
  if (fast_path_ != nullptr) fast_path_->leave_if(is_chosen, now);
}

// As if its packets had come here.
void DataPlane::on_fast_traffic(const RelayFlow& flow, const FlowTraffic& traffic) {
  turn_->add_traffic(flow.client, traffic);
  constexpr auto kUdp = static_cast<std::size_t>(overlay::Transport::kUdp);
  const Traffic to_peers{traffic.packets_to_peer, traffic.bytes_to_peer};
  const Traffic to_clients{traffic.packets_to_client, traffic.bytes_to_client};
  const auto with_headers = [](const Traffic& payloads) {
    return Traffic{payloads.packets, payloads.bytes + payloads.packets * kChannelHeaderSize};
  };
  relay_.client_in += to_peers.packets;
  relay_.from_clients[kUdp] += with_headers(to_peers);
  relay_.to_peers += to_peers;
  relay_.to_internet += to_peers.packets;
  relay_.relay_in += to_clients.packets;
  relay_.from_peers += to_clients;
  relay_.to_client += to_clients.packets;
  relay_.to_clients[kUdp] += with_headers(to_clients);
  relay_.by_fast_path += to_peers.packets + to_clients.packets;
}

}  // namespace relay
