// The generator's UDP sockets: non-blocking, connected, with buffers so large that loss is the server's.
#pragma once

#include <string>

#include "overlay/base/endpoint.h"
#include "overlay/base/result.h"
#include "overlay/loop/file_descriptor.h"

namespace load {

struct SocketOptions {
  bool coalesces = false;   // UDP_GRO: one receive call may bring many datagrams
  bool timestamps = false;  // the kernel says when a datagram arrived (CLOCK_REALTIME)
};

// In the network namespace that this thread is in.
[[nodiscard]] overlay::Result<overlay::FileDescriptor> open_bound(const overlay::IpAddress& address,
                                                                  SocketOptions options);
[[nodiscard]] overlay::Status connect_to(const overlay::FileDescriptor& fd, const overlay::Endpoint& remote);
[[nodiscard]] overlay::Endpoint local_endpoint(const overlay::FileDescriptor& fd);
// Room for two sockets of each of many allocations.
void raise_descriptor_limit();

}  // namespace load
