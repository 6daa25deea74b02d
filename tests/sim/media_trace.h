// Follows media frames through the overlay, from outside: no copy of a frame may visit a node twice, and no
// node may open the same media twice. Knows a frame again by what the ingress sealed, which no hop changes.
#pragma once

#include <cstdint>
#include <optional>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "overlay/base/bytes.h"
#include "overlay/base/ids.h"
#include "tests/sim/datagram.h"
#include "tests/sim/referee.h"

namespace sim {

using MediaFingerprint = std::uint64_t;

// Nothing when the datagram is no media frame.
[[nodiscard]] std::optional<MediaFingerprint> fingerprint_of_media(overlay::Bytes datagram);

class MediaTrace {
 public:
  explicit MediaTrace(Referee& referee) : referee_(referee) {}

  // `node` begins and ends to work on a datagram that arrived.
  void begin(overlay::NodeId node, const Datagram& arrived);
  void end();
  // What `node` sends: stamps where this copy has been.
  void stamp(overlay::NodeId node, Datagram& leaving);
  // The datagram that is being worked on was opened here.
  void opened(overlay::NodeId node);

 private:
  struct Current {
    std::optional<MediaFingerprint> media;
    std::vector<overlay::NodeId> visited;
  };

  Referee& referee_;
  Current current_;
  std::unordered_map<overlay::NodeId, std::unordered_set<MediaFingerprint>> opened_by_node_;
};

}  // namespace sim
