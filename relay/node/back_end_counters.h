// Counters of the back ends of a data plane, with the names that `causeway counters` shows.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

#include "overlay/io/io_counters.h"
#include "relay/fast_path/flow_table.h"
#include "relay/fast_path/xdp_relay.h"
#include "relay/io/dtls_clients.h"
#include "relay/io/handshake_queue.h"
#include "relay/io/peer_sockets.h"
#include "relay/io/stream_counters.h"

namespace relay {

class BackEndCounters {
 public:
  using Named = std::vector<std::pair<std::string, std::uint64_t>>;
  struct Streams {
    std::size_t open = 0;
    std::size_t admitted =
        0;  // counted by the limits; includes connections passed to an HTTPS backend or a peer
  };

  // `unsent_messages`: messages that found no room at other threads.
  void add(const overlay::IoCounters& counters, std::uint64_t unsent_messages);
  // `open`: their current number.
  void add(const StreamCounters& counters, const Streams& now);
  void add(const PeerSocketCounters& counters, std::size_t open);
  void add(const DtlsCounters& counters, std::size_t open);
  void add(const HandshakeCounters& counters, std::size_t waiting);
  void add(const FlowTable& flows);
  // Counters of the whole node: only the first data plane reports them.
  void add(const XdpRelay::Losses& losses, bool is_first_plane);

  [[nodiscard]] Named take() && { return std::move(named_); }

 private:
  void append(std::initializer_list<Named::value_type> counters) { named_.insert(named_.end(), counters); }

  Named named_;
};

}  // namespace relay
