#include "relay/messages/plane_messages.h"

namespace relay {

RelayCounters& RelayCounters::operator+=(const RelayCounters& other) {
  client_in += other.client_in;
  relay_in += other.relay_in;
  to_client += other.to_client;
  replies += other.replies;
  to_internet += other.to_internet;
  to_overlay += other.to_overlay;
  hairpinned += other.hairpinned;
  last_resort += other.last_resort;
  from_overlay += other.from_overlay;
  dropped += other.dropped;
  by_fast_path += other.by_fast_path;
  handoffs_lost += other.handoffs_lost;
  messages_lost += other.messages_lost;
  unserved += other.unserved;
  closed_listener += other.closed_listener;
  oversized += other.oversized;
  for (std::size_t i = 0; i < from_clients.size(); ++i) {
    from_clients[i] += other.from_clients[i];
    to_clients[i] += other.to_clients[i];
  }
  from_peers += other.from_peers;
  to_peers += other.to_peers;
  return *this;
}

}  // namespace relay
