// The parameters of one run of causeway-turnbench. Set from the command line, then read only.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "overlay/base/endpoint.h"
#include "overlay/base/time.h"
#include "tools/turn_client/turn_messages.h"

namespace load {

// Relayed packets; allocations created and deleted; memory of idle allocations.
enum class Subject : std::uint8_t { kLoad, kChurn, kMemory };
enum class Encoding : std::uint8_t { kChannelData, kIndication };
enum class Direction : std::uint8_t { kUp, kDown, kBoth };  // up: from the client to the peer

struct Plan {
  overlay::Endpoint server;
  call::Credentials credentials;
  std::string client_netns;  // files such as /run/netns/NAME; empty: the current namespace
  std::string peer_netns;
  overlay::IpAddress peer_address;

  Subject subject = Subject::kLoad;
  std::size_t allocations = 1;
  std::size_t payload = 172;  // bytes of UDP payload at the peer
  Encoding encoding = Encoding::kChannelData;
  Direction direction = Direction::kBoth;
  double rate = 0;          // packets per second of each allocation and direction; 0: flat out
  std::size_t burst = 1;    // packets per send call (GSO)
  std::size_t window = 32;  // flat out: packets in flight, of each allocation and direction
  overlay::Duration warm_up{};
  overlay::Duration length{};

  std::optional<int> server_core;
  std::optional<int> server_pid;
  std::vector<int> network_pids;  // kernel threads that receive for the server

  [[nodiscard]] bool goes_up() const { return direction != Direction::kDown; }
  [[nodiscard]] bool goes_down() const { return direction != Direction::kUp; }
  [[nodiscard]] bool is_paced() const { return rate > 0; }
};

// The smallest payload holds the send time and the sequence number.
inline constexpr std::size_t kMinPayload = 16;
inline constexpr std::size_t kMaxPayload = 1400;

}  // namespace load
