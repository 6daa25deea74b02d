// The generator's UDP sockets: non-blocking and connected. Their buffers are so large that they lose nothing.
#pragma once

#include <string>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace load {

struct SocketOptions {
  bool coalesces = false;   // UDP_GRO: one receive call may return many datagrams
  bool timestamps = false;  // the kernel stamps arrivals (CLOCK_REALTIME)
};

// Opens a socket in the network namespace of this thread.
[[nodiscard]] overlay::Result<overlay::FileDescriptor> open_bound(const overlay::IpAddress& address,
                                                                  SocketOptions options);
[[nodiscard]] overlay::Status connect_to(const overlay::FileDescriptor& fd, const overlay::Endpoint& remote);
[[nodiscard]] overlay::Endpoint local_endpoint(const overlay::FileDescriptor& fd);
// Raises the limit of open files: each allocation needs two sockets.
void raise_descriptor_limit();

}  // namespace load
