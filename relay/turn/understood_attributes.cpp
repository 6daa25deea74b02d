#include "relay/turn/understood_attributes.h"

#include "relay/stun/stun_message.h"

namespace relay {

bool is_understood(std::uint16_t attribute, bool discovers) {
  switch (static_cast<StunAttribute>(attribute)) {
    case StunAttribute::kMappedAddress:
    case StunAttribute::kUsername:
    case StunAttribute::kMessageIntegrity:
    case StunAttribute::kMessageIntegritySha256:
    case StunAttribute::kPasswordAlgorithm:
    case StunAttribute::kUserHash:
    case StunAttribute::kErrorCode:
    case StunAttribute::kUnknownAttributes:
    case StunAttribute::kChannelNumber:
    case StunAttribute::kLifetime:
    case StunAttribute::kXorPeerAddress:
    case StunAttribute::kData:
    case StunAttribute::kRealm:
    case StunAttribute::kNonce:
    case StunAttribute::kXorRelayedAddress:
    case StunAttribute::kRequestedAddressFamily:
    case StunAttribute::kEvenPort:
    case StunAttribute::kRequestedTransport:
    case StunAttribute::kDontFragment:
    case StunAttribute::kXorMappedAddress:
    case StunAttribute::kReservationToken:
    case StunAttribute::kPriority:
    case StunAttribute::kConnectionId:
      return true;
    case StunAttribute::kChangeRequest:
    case StunAttribute::kResponsePort:
    case StunAttribute::kPadding:
      return discovers;
    default:
      return !is_comprehension_required(attribute);
  }
}

}  // namespace relay
