// Datagrams from many spoofed addresses: valid Allocate requests, for which a server must keep no state, or
// forged link handshakes, which a node must discard. Sends over a raw IPv4 socket, so it needs root and a
// network namespace.
#pragma once

#include <cstddef>

#include "overlay/base/endpoint.h"
#include "overlay/base/ip_prefix.h"
#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace load {

inline constexpr std::size_t kMaxSpoofedPacket = 256;

enum class FloodPayload : std::uint8_t { kAllocates, kHandshakes };

// Writes one IPv4 packet with an initiation of a link (overlay/link/handshake_message.h) whose MACs are
// random. Returns the length; `out` has room for kMaxSpoofedPacket.
std::size_t write_spoofed_handshake(const overlay::Endpoint& source, const overlay::Endpoint& server,
                                    overlay::Random& random, overlay::MutableBytes out);

// Writes one IPv4 packet. Half of the packets have no credentials, the other half invented ones. Returns the
// length; `out` has room for kMaxSpoofedPacket.
std::size_t write_spoofed_allocate(const overlay::Endpoint& source, const overlay::Endpoint& server,
                                   overlay::Random& random, overlay::MutableBytes out);

class Flood {
 public:
  [[nodiscard]] static overlay::Result<Flood> open(const overlay::Endpoint& server,
                                                   const overlay::IpPrefix& sources, FloodPayload payload);

  // Sends packets, each from a random source. Returns the number that the kernel accepted.
  std::size_t send(std::size_t packets, overlay::Random& random);

 private:
  Flood(overlay::FileDescriptor fd, const overlay::Endpoint& server, const overlay::IpPrefix& sources,
        FloodPayload payload)
      : fd_(std::move(fd)), server_(server), sources_(sources), payload_(payload) {}
  [[nodiscard]] overlay::Endpoint random_source(overlay::Random& random) const;

  overlay::FileDescriptor fd_;
  overlay::Endpoint server_;
  overlay::IpPrefix sources_;
  FloodPayload payload_;
};

}  // namespace load
