// Seals media at the ingress and opens them at the egress. The bytes between link tag and payload:
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +---------------+-----------------------------------------------+
//   |    cipher     |                    zero                       |
//   +---------------+-----------------------------------------------+
//   |                    ingress media key id                       |
//   +---------------------------------------------------------------+
//   |                    egress media key id                        |
//   +---------------------------------------------------------------+
//   |                    counter, 64 bits: the nonce                |
//   |                                                               |
//   +=== sealed from here ==========================================+
//   | family 4 or 6 | traffic class |         source port           |
//   +---------------+---------------+-------------------------------+
//   |       destination port        |  source and destination       |
//   +-------------------------------+  addresses, 4 or 16 bytes each|
//   |  payload ...                                                  |
//   +---------------------------------------------------------------+
//   |  AEAD tag, 16 bytes                                           |
//   +---------------------------------------------------------------+
//
// Associated data: ingress, egress, flow label and the clear fields. A hub can delay or drop media, but
// cannot read them, alter them, or assign them to another flow. At the egress, the counter feeds one replay
// window for each key; duplicates merge there.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "overlay/base/drop_reason.h"
#include "overlay/base/endpoint.h"
#include "overlay/base/packet_buffer.h"
#include "overlay/base/packet_io.h"
#include "overlay/base/result.h"
#include "overlay/crypto/replay_window.h"
#include "overlay/forwarding/media_keyring.h"

namespace overlay {

// The sealed header: a datagram from one relayed address to another.
struct InnerHeader {
  Endpoint source;
  Endpoint destination;
  TrafficClass traffic_class = 0;
};

class MediaGate {
 public:
  explicit MediaGate(NodeId self) : self_(self) {}

  void set_keyring(std::shared_ptr<const MediaKeyring> keyring);

  // Seals the payload of the buffer in place. Both endpoints have the same address family. Drops:
  // kUnknownMediaKey without a key shared with the egress, kOversized.
  [[nodiscard]] Result<Success, DropReason> seal(NodeId egress, std::uint32_t flow_label,
                                                 const InnerHeader& inner, PacketBuffer& payload);

  // Opens in place a payload that `ingress` sealed for this node. Drops: kUnknownIngress, kUnknownMediaKey,
  // kBadMediaSeal, kDuplicateMedia, kMalformed.
  [[nodiscard]] Result<InnerHeader, DropReason> open(NodeId ingress, std::uint32_t flow_label,
                                                     PacketBuffer& sealed);

  // The maximum number of bytes that seal() adds, for IPv6 addresses.
  static constexpr std::size_t kMaxOverhead = 20 + 38 + 16;

 private:
  // Covers the delay difference of two paths: 16,384 packets are 160 ms at 100,000 packets a second from one
  // node.
  using MediaReplayWindow = ReplayWindow<16384>;
  // Windows of keys that left the keyring are kept, because a node may return with the same key. This is
  // their maximum number.
  static constexpr std::size_t kMaxWindows = 2048;

  struct Direction {
    NodeId node;
    MediaKeyName key;
    auto operator<=>(const Direction&) const = default;
  };

  NodeId self_;
  std::shared_ptr<const MediaKeyring> keyring_;
  // Kept for the life of the process: a counter must never be used twice with a key.
  std::map<Direction, std::uint64_t> next_counters_;
  std::map<Direction, MediaReplayWindow> windows_;
};

}  // namespace overlay
