// ChannelData headers: what is taken lies within the datagram and is written back byte for byte.
#include <algorithm>
#include <cstdint>

#include "overlay/base/check.h"
#include "relay/stun/channel_data.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const overlay::Bytes datagram(data, size);
  const auto header = relay::decode_channel_data(datagram);
  if (!header) return 0;
  CHECK(relay::is_channel_number(header->channel.value()));
  CHECK(relay::kChannelHeaderSize + header->length <= size);

  overlay::ByteArray<relay::kChannelHeaderSize> again{};
  relay::encode_channel_data(*header, again);
  CHECK(std::ranges::equal(again, datagram.first(again.size())));
  return 0;
}
