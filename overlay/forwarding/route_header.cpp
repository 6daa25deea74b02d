#include "overlay/forwarding/route_header.h"

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace overlay {
namespace {

constexpr std::uint8_t kVersion = 1;
constexpr std::uint8_t kRepairedBit = 0x80;
constexpr std::uint8_t kDuplicatedBit = 0x40;
constexpr std::uint8_t kClassMask = 0x0f;

}  // namespace

bool RouteHeader::visited(NodeId node) const {
  if (node == ingress) return true;
  for (std::size_t i = 0; i < next_index; ++i)
    if (route[i] == node) return true;
  return false;
}

void encode_route_header(const RouteHeader& header, MutableBytes out) {
  DCHECK(out.size() >= kRouteHeaderSize);
  ByteWriter writer(out);
  writer.u8(static_cast<std::uint8_t>(kVersion << 4 | header.route.size()));
  writer.u8(header.next_index);
  writer.u8(header.hop_limit);
  writer.u8(static_cast<std::uint8_t>((header.repaired ? kRepairedBit : 0) |
                                      (header.duplicated ? kDuplicatedBit : 0) |
                                      static_cast<std::uint8_t>(header.media_class)));
  writer.u32(header.flow_label);
  writer.u16(header.ingress.value());
  for (std::size_t i = 0; i < ExplicitRoute::kMaxHops; ++i)
    writer.u16(i < header.route.size() ? header.route[i].value() : 0);
  writer.u16(0);
}

std::optional<RouteHeader> decode_route_header(Bytes bytes) {
  if (bytes.size() < kRouteHeaderSize) return std::nullopt;
  ByteReader reader(bytes);
  const std::uint8_t version_and_hops = reader.u8();
  const std::size_t hop_count = version_and_hops & 0x0f;
  if (version_and_hops >> 4 != kVersion || hop_count == 0 || hop_count > ExplicitRoute::kMaxHops)
    return std::nullopt;

  RouteHeader header;
  header.next_index = reader.u8();
  header.hop_limit = reader.u8();
  const std::uint8_t flags = reader.u8();
  if (header.next_index >= hop_count || (flags & kClassMask) > static_cast<std::uint8_t>(MediaClass::kBulk))
    return std::nullopt;
  header.repaired = (flags & kRepairedBit) != 0;
  header.duplicated = (flags & kDuplicatedBit) != 0;
  header.media_class = static_cast<MediaClass>(flags & kClassMask);
  header.flow_label = reader.u32();
  header.ingress = NodeId(reader.u16());
  for (std::size_t i = 0; i < hop_count; ++i) {
    const NodeId hop(reader.u16());
    if (hop == kNoNode || hop == header.ingress || header.route.contains(hop)) return std::nullopt;
    header.route.push_back(hop);
  }
  if (header.ingress == kNoNode) return std::nullopt;
  return header;
}

}  // namespace overlay
