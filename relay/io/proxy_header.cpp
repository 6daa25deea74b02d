#include "relay/io/proxy_header.h"

#include <algorithm>

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

// Source address, destination address, source port, destination port.
std::optional<overlay::Endpoint> client_of(std::uint8_t family, overlay::Bytes addresses) {
  overlay::ByteReader reader(addresses);
  overlay::Endpoint client;
  if (family == kTcpOverV4) {
    client.address = overlay::IpAddress::v4(reader.array<4>());
    reader.skip(4);
  } else {
    client.address = overlay::IpAddress::v6(reader.array<16>());
    reader.skip(16);
  }
  client.port = reader.u16();
  reader.skip(2);
  if (!reader.ok()) return std::nullopt;
  return client;
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
  const auto client = client_of(family, stream.subspan(kFixedSize, size - kFixedSize));
  if (!client) return kBroken;
  return {.state = State::kFound, .size = size, .client = client};
}

}  // namespace relay
