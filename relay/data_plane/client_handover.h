// Which data plane of a node serves a client, when it is not the one that the client's packets reach: the
// kernel spreads clients by their addresses, and knows nothing of what they ask for. It is another one
// - for a client on UDP or DTLS that claims a port which is kept there (RESERVATION-TOKEN, RFC 8656
//   section 7.2): each of its datagrams is handed over for as long as it has that allocation, a guest there;
//   what it is sent over DTLS comes back to where its association is;
// - for a client's connection that claims such a port, or that is to be joined with a peer's connection
//   (CONNECTION-ID, RFC 6062): it moves there as a whole, once.
// Owned by a data plane that serves TURN on a node with several; on its thread.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"
#include "relay/admission/token_bucket.h"
#include "relay/data_plane/guest_clients.h"
#include "relay/turn/turn_server.h"

namespace relay {

class ClientHandover {
 public:
  // `core` is that of the data plane whose server `turn` is. `turn` outlives this.
  ClientHandover(std::size_t core, std::size_t cores, std::shared_ptr<GuestClients> guests,
                 const TurnServer& turn);

  // The core to hand a client's datagram to, if another one serves the client. For every datagram on the hot
  // path: cheap where nobody is a guest.
  [[nodiscard]] std::optional<std::size_t> find_host(const overlay::DatagramMeta& meta,
                                                     overlay::Bytes datagram) const;

  // Guests always; of claims as many as clients make. Anybody can send them, and the way between data planes
  // is also that of media.
  [[nodiscard]] bool may_hand_over(const FiveTuple& client, overlay::Instant now) {
    return is_guest_elsewhere(client) || claims_.take(claim_rate_, 1, now);
  }
  [[nodiscard]] bool is_guest_elsewhere(const FiveTuple& client) const { return host_of(client).has_value(); }
  // The core at which the client is a guest, if that is another one.
  [[nodiscard]] std::optional<std::size_t> host_of(const FiveTuple& client) const;
  // The core that a client on DTLS reaches, if what it is sent must go by that.
  [[nodiscard]] std::optional<std::size_t> way_back(const FiveTuple& client) const;

  // A datagram that `reached` another data plane is served here, from now until note_served(): its client is
  // a guest from then on, if that gave it the port it claimed. Nothing is remembered of a client before it
  // has its allocation.
  void serve(const FiveTuple& client, std::size_t reached);
  void note_served(overlay::Bytes datagram);
  // The client's allocation ended here.
  void forget(const FiveTuple& client) { guests_->remove(client); }

  // The core to hand a client's connection to, if another one holds what its message names.
  [[nodiscard]] std::optional<std::size_t> find_holder(const FiveTuple& client, overlay::Bytes message) const;

 private:
  std::size_t core_;
  std::size_t cores_;
  std::shared_ptr<GuestClients> guests_;
  std::optional<FiveTuple> served_;  // between serve() and note_served()
  std::size_t served_reached_ = 0;
  const TurnServer& turn_;
  Rate claim_rate_{RateLimit{.per_second = 2'000, .burst = 512}};
  TokenBucket claims_;
};

}  // namespace relay
