#include "relay/data_plane/fast_path_flows.h"

#include "overlay/base/check.h"
#include "relay/gateway/gateway.h"

namespace relay {

void FastPathFlows::attach(FastPath& fast_path) {
  CHECK(fast_path_ == nullptr);
  fast_path_ = &fast_path;
  fast_path.set_traffic_sink(
      [this](const RelayFlow& flow, const FlowTraffic& traffic) { on_traffic(flow, traffic); });
}

void FastPathFlows::enter(const overlay::DatagramMeta& meta, const TurnVerdict& verdict,
                          overlay::Instant now) {
  if (meta.transport != overlay::Transport::kUdp || !leaves_for_internet(verdict.route.destination)) return;
  const overlay::Endpoint& relayed = verdict.route.source;
  fast_path_->enter({.client = five_tuple_of(meta),
                     .channel = verdict.shortcut->channel,
                     .relayed = context_.translation ? context_.translation->local(relayed) : relayed,
                     .peer = verdict.route.destination,
                     .until = verdict.shortcut->until},
                    now);
}

void FastPathFlows::leave(const FiveTuple& client, overlay::Instant now) {
  if (fast_path_ != nullptr) fast_path_->leave(client, now);
}

void FastPathFlows::leave_all(overlay::Instant now) {
  if (fast_path_ != nullptr) fast_path_->leave_if([](const RelayFlow&) { return true; }, now);
}

void FastPathFlows::leave_if_rerouted(overlay::Instant now) {
  if (fast_path_ == nullptr) return;
  fast_path_->leave_if([&](const RelayFlow& flow) { return !leaves_for_internet(flow.peer); }, now);
}

void FastPathFlows::leave_closed_hosts(overlay::Instant now) {
  if (fast_path_ == nullptr) return;
  fast_path_->leave_if(
      [&](const RelayFlow& flow) { return context_.turn->is_closed_host(flow.peer.address); }, now);
}

void FastPathFlows::count_traffic() {
  if (fast_path_ != nullptr) fast_path_->tell_traffic();
}

bool FastPathFlows::leaves_for_internet(const overlay::Endpoint& peer) const {
  if (context_.turn->relays_from(peer.address)) return false;
  const PeerRoute route = route_to_peer(context_.self, peer, context_.overlay.forwarding());
  return route.via == PeerVia::kInternet && !route.last_resort;
}

void FastPathFlows::on_traffic(const RelayFlow& flow, const FlowTraffic& traffic) {
  context_.turn->add_traffic(flow.client, traffic);
  constexpr auto kUdp = static_cast<std::size_t>(overlay::Transport::kUdp);
  const Traffic to_peers{traffic.packets_to_peer, traffic.bytes_to_peer};
  const Traffic to_clients{traffic.packets_to_client, traffic.bytes_to_client};
  const auto with_headers = [](const Traffic& payloads) {
    return Traffic{payloads.packets, payloads.bytes + payloads.packets * kChannelHeaderSize};
  };
  context_.counters.client_in += to_peers.packets;
  context_.counters.from_clients[kUdp] += with_headers(to_peers);
  context_.counters.to_peers += to_peers;
  context_.counters.to_internet += to_peers.packets;
  context_.counters.relay_in += to_clients.packets;
  context_.counters.from_peers += to_clients;
  context_.counters.to_client += to_clients.packets;
  context_.counters.to_clients[kUdp] += with_headers(to_clients);
  context_.counters.by_fast_path += to_peers.packets + to_clients.packets;
}

}  // namespace relay
