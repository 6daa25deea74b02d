#include "tests/sim/media_trace.h"

#include <algorithm>
#include <string_view>

#include "overlay/forwarding/route_header.h"
#include "overlay/link/link_frame.h"

namespace sim {
namespace {

constexpr std::size_t kSealedFrom =
    overlay::kLinkHeaderSize + overlay::kRouteHeaderSize + overlay::kHeaderTagSize;

}  // namespace

std::optional<MediaFingerprint> fingerprint_of_media(overlay::Bytes datagram) {
  const auto header = overlay::decode_link_header(datagram);
  if (!header || header->kind != overlay::FrameKind::kMedia || datagram.size() <= kSealedFrom)
    return std::nullopt;
  return std::hash<std::string_view>{}(overlay::as_text(datagram.subspan(kSealedFrom)));
}

void MediaTrace::begin(overlay::NodeId node, const Datagram& arrived) {
  current_ = {.media = fingerprint_of_media(arrived.bytes), .visited = arrived.visited};
  if (!current_.media) return;
  if (std::ranges::find(current_.visited, node) != current_.visited.end())
    referee_.violated("a media frame visits node " + std::to_string(node.value()) + " twice");
}

void MediaTrace::end() {
  current_ = {};
}

void MediaTrace::stamp(overlay::NodeId node, Datagram& leaving) {
  const auto media = fingerprint_of_media(leaving.bytes);
  if (!media) return;
  if (media == current_.media) leaving.visited = current_.visited;
  leaving.visited.push_back(node);
}

void MediaTrace::opened(overlay::NodeId node) {
  if (current_.media && !opened_by_node_[node].insert(*current_.media).second)
    referee_.violated("node " + std::to_string(node.value()) + " opens the same media twice");
}

}  // namespace sim
