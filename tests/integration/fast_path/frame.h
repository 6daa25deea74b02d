// Ethernet frames with one UDP datagram: made and taken apart without the program that is tested.
#pragma once

#include <optional>
#include <string>

#include "overlay/base/bytes.h"
#include "overlay/base/packet_io.h"

namespace relay {

using MacAddress = overlay::ByteArray<6>;

struct FrameEnds {
  MacAddress source{};
  MacAddress destination{};
};

[[nodiscard]] overlay::ByteVector make_frame(const FrameEnds& ends, const overlay::DatagramRoute& route,
                                             overlay::Bytes payload);

struct TakenApart {
  FrameEnds ends;
  overlay::DatagramRoute route;
  overlay::ByteVector payload;
};
// Nothing when a length, or a checksum of IP or UDP, is wrong.
[[nodiscard]] std::optional<TakenApart> take_apart(overlay::Bytes frame);

// Where things are in such a frame.
inline constexpr std::size_t kIpHeader = 14;
[[nodiscard]] std::size_t udp_header_of(overlay::Bytes frame);

}  // namespace relay
