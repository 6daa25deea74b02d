// Follows media frames through the overlay from outside: no copy of a frame may visit a node twice, no more
// than two copies may exist, and no node may open the same media twice. Identifies a frame by its sealed
// bytes, which no hop changes.
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

// nullopt for a datagram that is not a media frame.
[[nodiscard]] std::optional<MediaFingerprint> fingerprint_of_media(overlay::Bytes datagram);

class MediaTrace {
 public:
  explicit MediaTrace(Referee& referee) : referee_(referee) {}

  // `node` starts and ends the handling of an arrived datagram.
  void begin(overlay::NodeId node, const Datagram& arrived);
  void end();
  // Records the visited nodes in a datagram that `node` sends.
  void stamp(overlay::NodeId node, Datagram& leaving);
  // The datagram that is being handled was opened at this node.
  void opened(overlay::NodeId node);

 private:
  struct Current {
    std::optional<MediaFingerprint> media;
    std::vector<overlay::NodeId> visited;
    bool is_forwarded = false;
  };
  void count_copy(MediaFingerprint media);

  Referee& referee_;
  Current current_;
  std::unordered_map<MediaFingerprint, int> copies_;
  std::unordered_map<overlay::NodeId, std::unordered_set<MediaFingerprint>> opened_by_node_;
};

}  // namespace sim
