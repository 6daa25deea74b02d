// Valid-looking Allocate requests from a great many addresses that nobody owns: what a server must not
// remember. Sent over a raw IPv4 socket, so it needs root, and belongs into a network namespace.
#pragma once

#include <cstddef>

#include "overlay/base/endpoint.h"
#include "overlay/base/ip_prefix.h"
#include "overlay/base/random.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace load {

inline constexpr std::size_t kMaxSpoofedPacket = 256;

// One whole IPv4 packet: half of them ask without credentials, half with some that no server gave out.
// Returns its length; `out` has room for kMaxSpoofedPacket.
std::size_t write_spoofed_allocate(const overlay::Endpoint& source, const overlay::Endpoint& server,
                                   overlay::Random& random, overlay::MutableBytes out);

class Flood {
 public:
  [[nodiscard]] static overlay::Result<Flood> open(const overlay::Endpoint& server,
                                                   const overlay::IpPrefix& sources);

  // Sends that many, each from a source of its own. How many the kernel took.
  std::size_t send(std::size_t packets, overlay::Random& random);

 private:
  Flood(overlay::FileDescriptor fd, const overlay::Endpoint& server, const overlay::IpPrefix& sources)
      : fd_(std::move(fd)), server_(server), sources_(sources) {}
  [[nodiscard]] overlay::Endpoint random_source(overlay::Random& random) const;

  overlay::FileDescriptor fd_;
  overlay::Endpoint server_;
  overlay::IpPrefix sources_;
};

}  // namespace load
