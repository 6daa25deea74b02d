#include "relay/io/proxy_header.h"

#include <algorithm>

#include "overlay/base/check.h"
#include "overlay/base/wire.h"

namespace relay {
namespace {

using State = ProxyHeader::State;

constexpr overlay::ByteArray<12> kSignature{0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d,
                                            0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a};
constexpr std::size_t kFixedSize = 16;
constexpr std::uint8_t kLocal = 0x20;
constexpr std::uint8_t kProxy = 0x21;
constexpr std::uint8_t kTcpOverV4 = 0x11;
constexpr std::uint8_t kTcpOverV6 = 0x21;

constexpr ProxyHeader kBroken{.state = State::kBroken};

overlay::IpAddress read_address(overlay::ByteReader& reader, std::uint8_t family) {
  return family == kTcpOverV4 ? overlay::IpAddress::v4(reader.array<4>())
                              : overlay::IpAddress::v6(reader.array<16>());
}

// Source address, destination address, source port, destination port.
std::optional<StreamEnds> read_ends(overlay::Bytes addresses, std::uint8_t family) {
  overlay::ByteReader reader(addresses);
  StreamEnds ends;
  ends.client.address = read_address(reader, family);
  ends.server.address = read_address(reader, family);
  ends.client.port = reader.u16();
  ends.server.port = reader.u16();
  if (!reader.ok()) return std::nullopt;
  return ends;
}

}  // namespace

ProxyHeader proxy_header_at_front(overlay::Bytes stream) {
  const std::size_t known = std::min(stream.size(), kSignature.size());
  if (!std::equal(kSignature.begin(), kSignature.begin() + known, stream.begin())) return kBroken;
  if (stream.size() < kFixedSize) return {};

  const std::uint8_t command = stream[12];
  const std::uint8_t family = stream[13];
  const std::size_t size = kFixedSize + overlay::load_be<std::uint16_t>(stream.data() + 14);
  if (size > ProxyHeader::kMaxSize || (command != kLocal && command != kProxy)) return kBroken;
  if (stream.size() < size) return {};
  if (command == kLocal) return {.state = State::kFound, .size = size};
  // A proxy that cannot name a TCP client is set up wrong.
  if (family != kTcpOverV4 && family != kTcpOverV6) return kBroken;
  const auto ends = read_ends(stream.subspan(kFixedSize, size - kFixedSize), family);
  if (!ends) return kBroken;
  return {.state = State::kFound, .size = size, .ends = ends};
}

overlay::ByteVector encode_proxy_header(const StreamEnds& ends) {
  const auto& [client, server] = ends;
  DCHECK(client.address.family() == server.address.family());
  const bool is_v4 = client.address.is_v4();
  const std::size_t addresses_size = 2 * client.address.octets().size() + 2 * sizeof client.port;
  overlay::ByteVector header(kFixedSize + addresses_size);
  overlay::ByteWriter writer(header);
  writer.bytes(kSignature);
  writer.u8(kProxy);
  writer.u8(is_v4 ? kTcpOverV4 : kTcpOverV6);
  writer.u16(static_cast<std::uint16_t>(addresses_size));
  writer.bytes(client.address.octets());
  writer.bytes(server.address.octets());
  writer.u16(client.port);
  writer.u16(server.port);
  return header;
}

}  // namespace relay
