#include "tests/sim/media_trace.h"

#include <algorithm>
#include <string_view>
#include <utility>

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
  const bool is_in_transit = media == current_.media;
  if (is_in_transit) leaving.visited = current_.visited;
  // A node that forwards what has arrived makes no copy, unless it forwards it twice.
  if (!is_in_transit || std::exchange(current_.is_forwarded, true)) count_copy(*media);
  leaving.visited.push_back(node);
}

void MediaTrace::count_copy(MediaFingerprint media) {
  if (++copies_[media] > 2) referee_.violated("more than two copies of a media frame exist");
}

void MediaTrace::opened(overlay::NodeId node) {
  if (current_.media && !opened_by_node_[node].insert(*current_.media).second)
    referee_.violated("node " + std::to_string(node.value()) + " opens the same media twice");
}

}  // namespace sim
