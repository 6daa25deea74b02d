// ChannelData (RFC 8656 section 12.4): four bytes before the payload.
//
//   |         Channel Number        |            Length             |
#pragma once

#include <compare>
#include <cstdint>
#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/strong_id.h"

namespace relay {

using ChannelNumber = overlay::StrongId<struct ChannelNumberTag, std::uint16_t>;

inline constexpr std::size_t kChannelHeaderSize = 4;

// RFC 8656 section 12 narrowed the range, to leave the other numbers to protocols on the same port. Clients
// made for RFC 5766, such as turnutils_uclient up to 4.6, choose from all of it, and on our ports nothing
// else begins with those bytes: so the wide range is what a server allows unless told otherwise.
enum class ChannelRange : std::uint16_t { kRfc8656 = 0x4FFF, kRfc5766 = 0x7FFF };

[[nodiscard]] constexpr bool is_channel_number(std::uint16_t number,
                                               ChannelRange range = ChannelRange::kRfc5766) {
  return number >= 0x4000 && number <= static_cast<std::uint16_t>(range);
}

struct ChannelDataHeader {
  ChannelNumber channel;
  std::uint16_t length = 0;  // of the payload, without padding
};

// Over UDP the datagram may be longer than the length says (padding), not shorter.
[[nodiscard]] std::optional<ChannelDataHeader> decode_channel_data(overlay::Bytes datagram);
// Writes kChannelHeaderSize bytes.
void encode_channel_data(const ChannelDataHeader& header, overlay::MutableBytes out);

}  // namespace relay
