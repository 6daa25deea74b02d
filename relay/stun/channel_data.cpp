#include "relay/stun/channel_data.h"

#include "overlay/base/wire.h"

namespace relay {

std::optional<ChannelDataHeader> decode_channel_data(overlay::Bytes datagram) {
  if (datagram.size() < kChannelHeaderSize) return std::nullopt;
  const auto number = overlay::load_be<std::uint16_t>(datagram.data());
  const auto length = overlay::load_be<std::uint16_t>(datagram.data() + 2);
  if (!is_channel_number(number) || length > datagram.size() - kChannelHeaderSize) return std::nullopt;
  return ChannelDataHeader{ChannelNumber(number), length};
}

void encode_channel_data(const ChannelDataHeader& header, overlay::MutableBytes out) {
  overlay::store_be(out.data(), header.channel.value());
  overlay::store_be(out.data() + 2, header.length);
}

}  // namespace relay
