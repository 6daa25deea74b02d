// What the back ends of a data plane have counted, under the names that `causeway counters` shows.
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
#include "relay/io/peer_sockets.h"
#include "relay/io/stream_counters.h"

namespace relay {

class BackEndCounters {
 public:
  using Named = std::vector<std::pair<std::string, std::uint64_t>>;
  struct Streams {
    std::size_t open = 0;
    std::size_t admitted = 0;  // what limits count: also those that go on with an HTTPS backend or a peer
  };

  // `unsent_messages`: those for which other threads had no room.
  void add(const overlay::IoCounters& counters, std::uint64_t unsent_messages);
  // `open`: how many there are now.
  void add(const StreamCounters& counters, const Streams& now);
  void add(const PeerSocketCounters& counters, std::size_t open);
  void add(const DtlsCounters& counters, std::size_t open);
  void add(const FlowTable& flows);
  // Of the whole node: its first data plane tells it, the others nothing.
  void add(const XdpRelay::Losses& losses, bool is_first_plane);

  [[nodiscard]] Named take() && { return std::move(named_); }

 private:
  void append(std::initializer_list<Named::value_type> counters) { named_.insert(named_.end(), counters); }

  Named named_;
};

}  // namespace relay
