// A small WAN for tests: hub-a and edge-a at provider a, hub-b at provider b, 10 ms one way between any two
// hosts.
#pragma once

#include <vector>

#include "overlay/base/random.h"
#include "overlay/base/wire.h"
#include "tools/wan/network.h"

namespace wan::test {

inline constexpr HostIndex kHubA{0};
inline constexpr HostIndex kEdgeA{1};
inline constexpr HostIndex kHubB{2};

[[nodiscard]] inline Network make_network(overlay::Random& random) {
  const auto host = [](std::string name, std::uint8_t number, const std::string& provider) {
    return Host{.name = std::move(name),
                .addresses = {overlay::IpAddress::v4({10, 78, 0, number})},
                .labels = {"provider:" + provider, "region:fra"}};
  };
  Network network({host("hub-a", 1, "a"), host("edge-a", 2, "a"), host("hub-b", 3, "b")}, random);
  for (std::uint16_t from = 0; from < 3; ++from)
    for (std::uint16_t to = 0; to < 3; ++to)
      network.set_base(HostIndex(from), HostIndex(to), {.delay = std::chrono::milliseconds(10)});
  return network;
}

// UDP over IPv4 from 10.78.0.9:1000 to 10.78.0.`to`:2000.
[[nodiscard]] inline overlay::ByteVector make_udp(std::uint8_t to, std::size_t payload,
                                                  std::uint8_t fill = 0) {
  overlay::ByteVector packet(28 + payload, fill);
  overlay::ByteWriter writer(packet);
  writer.u16(0x4500);
  writer.u16(static_cast<std::uint16_t>(packet.size()));
  writer.u32(0x00004000);  // do not fragment
  writer.u32(0x40110000);
  writer.bytes(overlay::ByteArray<4>{10, 78, 0, 9});
  writer.bytes(overlay::ByteArray<4>{10, 78, 0, to});
  writer.u16(1000);
  writer.u16(2000);
  writer.u16(static_cast<std::uint16_t>(8 + payload));
  writer.u16(0);
  return packet;
}

}  // namespace wan::test
