// The path of a media frame: written by the ingress, advanced by each transit node.
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-------+-------+---------------+---------------+---------------+
//   | ver=1 | hops  |  next index   |   hop limit   |R|D|     class |
//   +-------+-------+---------------+---------------+---------------+
//   |                          flow label                           |
//   +-------------------------------+-------------------------------+
//   |        ingress node id        |            hop 1              |
//   +-------------------------------+-------------------------------+
//   |            hop 2              |            hop 3              |
//   +-------------------------------+-------------------------------+
//   |            hop 4              |   hop 5 (after repair only)   |
//   +-------------------------------+-------------------------------+
//   |   hop 6 (after repair only)   |           zero                |
//   +-------------------------------+-------------------------------+
//
// R: repaired on the way. D: one of two copies, which were made because a link was suspect. A frame with this
// bit is never duplicated again, so at most two copies exist. "next index" is the hop that the frame travels
// to. A repair may not use a hop before that index again, which prevents loops.
#pragma once

#include <cstdint>
#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/ids.h"
#include "overlay/forwarding/explicit_route.h"

namespace overlay {

inline constexpr std::size_t kRouteHeaderSize = 24;
inline constexpr std::uint8_t kInitialHopLimit = 8;

enum class MediaClass : std::uint8_t { kRealtime = 0, kBulk = 1 };

struct RouteHeader {
  ExplicitRoute route;
  std::uint8_t next_index = 0;
  std::uint8_t hop_limit = kInitialHopLimit;
  bool repaired = false;
  bool duplicated = false;
  MediaClass media_class = MediaClass::kRealtime;
  std::uint32_t flow_label = 0;
  NodeId ingress;

  [[nodiscard]] NodeId egress() const { return route.egress(); }
  [[nodiscard]] NodeId next_hop() const { return route[next_index]; }
  // The ingress, and the hops before the one that the frame travels to.
  [[nodiscard]] bool visited(NodeId node) const;
  bool operator==(const RouteHeader&) const = default;
};

// Writes kRouteHeaderSize bytes.
void encode_route_header(const RouteHeader& header, MutableBytes out);

// nullopt when malformed: version, a count out of range, a zero or repeated node id.
[[nodiscard]] std::optional<RouteHeader> decode_route_header(Bytes bytes);

}  // namespace overlay
