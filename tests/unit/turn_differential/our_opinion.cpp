#include "relay/stun/channel_data.h"
#include "relay/stun/stun_integrity.h"
#include "relay/stun/stun_reader.h"
#include "tests/unit/turn_differential/opinions.h"

namespace differential {
namespace {

using relay::StunAttribute;

constexpr StunAttribute kAddresses[] = {StunAttribute::kXorPeerAddress, StunAttribute::kXorRelayedAddress,
                                        StunAttribute::kXorMappedAddress};

void read_message(const relay::StunReader& message, Opinion& opinion) {
  const auto type = message.type();
  opinion.method = static_cast<std::uint16_t>(type.method);
  opinion.message_class = static_cast<int>(type.message_class);
  opinion.transaction.assign(message.transaction().begin(), message.transaction().end());
  message.for_each([&](std::uint16_t attribute, overlay::Bytes value) {
    opinion.attributes.emplace(attribute, overlay::ByteVector(value.begin(), value.end()));
  });
  for (const auto attribute : kAddresses)
    if (const auto address = message.find_xor_address(attribute))
      opinion.addresses[static_cast<std::uint16_t>(attribute)] = address->to_string();
  if (message.integrity() && !message.has_sha256_integrity())
    opinion.is_signed =
        relay::integrity_matches(signing_key(), message.before_integrity(), *message.integrity());
}

}  // namespace

overlay::Bytes signing_key() {
  static const auto key = relay::long_term_key("u", "r", "p");
  return key;
}

Opinion our_opinion(overlay::Bytes datagram) {
  Opinion opinion;
  if (const auto header = relay::decode_channel_data(datagram))
    opinion.channel_data = std::to_string(header->channel.value()) + ":" + std::to_string(header->length);
  const auto message = relay::StunReader::parse(datagram);
  opinion.is_message = message.has_value();
  if (message) read_message(*message, opinion);
  return opinion;
}

}  // namespace differential
