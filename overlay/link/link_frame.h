// The header of every datagram between two neighbors; links are measured by it.
//
//    0                   1                   2                   3
//    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
//   +---------------+---------------+---------------+---------------+
//   |  type = 0x10  |D|S|      kind |  tx interval  | want interval |
//   +---------------+---------------+---------------+---------------+
//   |                receiver's session index                       |
//   +---------------------------------------------------------------+
//   |                sequence number, from 1 in each session        |
//   +---------------------------------------------------------------+
//   |                send time, us of the sender's timeline         |
//   +---------------------------------------------------------------+
//   |                echo: highest sequence number heard            |
//   +---------------------------------------------------------------+
//   |                echo: send time of that frame                  |
//   +---------------------------------------------------------------+
//   |                echo: us since that frame was heard            |
//   +---------------------------------------------------------------+
//   |                frames heard in this session                   |
//   +---------------------------------------------------------------+
//   |   route header, 24 bytes, in frames of kind media only        |
//   +---------------------------------------------------------------+
//   |                SipHash-2-4 of all the above                   |
//   |                under the direction's key                      |
//   +---------------------------------------------------------------+
//
// D: the sender considers the link from the receiver down. S: it considers that link suspect. Intervals are
// in units of 5 ms: "I send at least this often" and "send to me this often" (the demand of RFC 5880 section
// 6.8.3, in both directions).
#pragma once

#include <cstdint>
#include <optional>

#include "overlay/base/bytes.h"
#include "overlay/base/ids.h"
#include "overlay/base/time.h"

namespace overlay {

inline constexpr std::uint8_t kLinkFrameType = 0x10;
inline constexpr std::size_t kLinkHeaderSize = 32;
inline constexpr std::size_t kHeaderTagSize = 8;

enum class FrameKind : std::uint8_t { kProbe = 0, kControl = 1, kMedia = 2 };

// State of the direction from the receiver to the sender of a frame.
enum class HeardState : std::uint8_t { kHeard = 0, kSuspect = 1, kDown = 2 };

// An interval in wire form: whole units of 5 ms, at most 1,275 ms.
class ProbeInterval {
 public:
  static constexpr Duration kUnit = std::chrono::milliseconds(5);
  static constexpr Duration kMin = kUnit;
  static constexpr Duration kMax = kUnit * 255;

  constexpr ProbeInterval() = default;
  // Rounds down to a unit and clamps to [kMin, kMax].
  [[nodiscard]] static ProbeInterval from(Duration duration);
  [[nodiscard]] static constexpr ProbeInterval from_wire(std::uint8_t units) {
    return ProbeInterval(units == 0 ? std::uint8_t{1} : units);
  }
  [[nodiscard]] constexpr std::uint8_t units() const { return units_; }
  [[nodiscard]] constexpr Duration duration() const { return kUnit * units_; }
  constexpr auto operator<=>(const ProbeInterval&) const = default;

 private:
  constexpr explicit ProbeInterval(std::uint8_t units) : units_(units) {}
  std::uint8_t units_ = 20;
};

struct LinkHeader {
  FrameKind kind = FrameKind::kProbe;
  HeardState heard = HeardState::kHeard;
  ProbeInterval tx_interval;
  ProbeInterval want_interval;
  SessionIndex session;
  std::uint32_t sequence = 0;
  std::uint32_t send_time_us = 0;
  std::uint32_t echo_sequence = 0;
  std::uint32_t echo_time_us = 0;
  std::uint32_t echo_hold_us = 0;
  std::uint32_t heard_count = 0;

  bool operator==(const LinkHeader&) const = default;
};

// Writes kLinkHeaderSize bytes.
void encode_link_header(const LinkHeader& header, MutableBytes out);

// nullopt when the bytes are too short, of another type, or of an unknown kind. The caller checks
// authenticity.
[[nodiscard]] std::optional<LinkHeader> decode_link_header(Bytes datagram);

// The low 32 bits of a timeline in microseconds. Differences wrap (RFC 1982) and are valid for 35 minutes.
[[nodiscard]] std::uint32_t to_wire_us(Instant instant);

}  // namespace overlay
