// STUN's fixed vocabulary (RFC 8489) with TURN's methods and attributes (RFC 8656).
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |0 0|     STUN message type     |         message length        |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                    magic cookie 0x2112A442                    |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
//   |                  transaction id, 96 bits                      |
//   +-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-+
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "overlay/base/bytes.h"

namespace relay {

inline constexpr std::size_t kStunHeaderSize = 20;
inline constexpr std::uint32_t kMagicCookie = 0x2112A442;
using TransactionId = overlay::ByteArray<12>;

enum class StunClass : std::uint8_t { kRequest = 0, kIndication = 1, kSuccess = 2, kError = 3 };

// RFC 8489 section 18.2, RFC 8656 section 17, RFC 6062 section 6.1.
enum class StunMethod : std::uint16_t {
  kBinding = 0x001,
  kAllocate = 0x003,
  kRefresh = 0x004,
  kSend = 0x006,
  kData = 0x007,
  kCreatePermission = 0x008,
  kChannelBind = 0x009,
  kConnect = 0x00a,
  kConnectionBind = 0x00b,
  kConnectionAttempt = 0x00c,
};
[[nodiscard]] constexpr std::string_view to_string(StunMethod method) {
  switch (method) {
    case StunMethod::kBinding:
      return "Binding";
    case StunMethod::kAllocate:
      return "Allocate";
    case StunMethod::kRefresh:
      return "Refresh";
    case StunMethod::kSend:
      return "Send";
    case StunMethod::kData:
      return "Data";
    case StunMethod::kCreatePermission:
      return "CreatePermission";
    case StunMethod::kChannelBind:
      return "ChannelBind";
    case StunMethod::kConnect:
      return "Connect";
    case StunMethod::kConnectionBind:
      return "ConnectionBind";
    case StunMethod::kConnectionAttempt:
      return "ConnectionAttempt";
  }
  return "unknown";
}

// RFC 8489 section 18.3, RFC 8656 section 18, RFC 5780 section 9, RFC 8016 section 4, RFC 6062
// section 6.2.
enum class StunAttribute : std::uint16_t {
  kMappedAddress = 0x0001,
  kChangeRequest = 0x0003,
  kUsername = 0x0006,
  kMessageIntegrity = 0x0008,
  kErrorCode = 0x0009,
  kUnknownAttributes = 0x000A,
  kChannelNumber = 0x000C,
  kLifetime = 0x000D,
  kXorPeerAddress = 0x0012,
  kData = 0x0013,
  kRealm = 0x0014,
  kNonce = 0x0015,
  kXorRelayedAddress = 0x0016,
  kRequestedAddressFamily = 0x0017,
  kEvenPort = 0x0018,
  kRequestedTransport = 0x0019,
  kDontFragment = 0x001A,
  kMessageIntegritySha256 = 0x001C,
  kPasswordAlgorithm = 0x001D,
  kUserHash = 0x001E,
  kXorMappedAddress = 0x0020,
  kReservationToken = 0x0022,
  kPriority = 0x0024,
  kPadding = 0x0026,
  kResponsePort = 0x0027,
  kConnectionId = 0x002A,
  kAdditionalAddressFamily = 0x8000,
  kAddressErrorCode = 0x8001,
  kPasswordAlgorithms = 0x8002,
  kIcmp = 0x8004,
  kSoftware = 0x8022,
  kAlternateServer = 0x8023,
  kFingerprint = 0x8028,
  kResponseOrigin = 0x802B,
  kOtherAddress = 0x802C,
  kMobilityTicket = 0x8030,
  // ADDITIONAL-ADDRESS-FAMILY as coturn's programs number it: by a draft, never registered.
  kDraftAdditionalAddressFamily = 0x8032,
};

// An attribute in this range must be understood or the request refused (RFC 8489 section 14).
[[nodiscard]] constexpr bool is_comprehension_required(std::uint16_t attribute) {
  return attribute < 0x8000;
}

struct StunType {
  StunMethod method{};
  StunClass message_class{};
  bool operator==(const StunType&) const = default;
};

// The class bits lie between the method's (RFC 8489 section 5).
[[nodiscard]] constexpr std::uint16_t encode_type(StunType type) {
  const auto method = static_cast<unsigned>(type.method);
  const auto bits = static_cast<unsigned>(type.message_class);
  return static_cast<std::uint16_t>((method & 0x00f) | (method & 0x070) << 1 | (method & 0xf80) << 2 |
                                    (bits & 1) << 4 | (bits & 2) << 7);
}
[[nodiscard]] constexpr StunType decode_type(std::uint16_t wire) {
  return {.method = static_cast<StunMethod>((wire & 0x000f) | (wire & 0x00e0) >> 1 | (wire & 0x3e00) >> 2),
          .message_class = static_cast<StunClass>((wire & 0x0010) >> 4 | (wire & 0x0100) >> 7)};
}

}  // namespace relay
