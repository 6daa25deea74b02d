// The program that the kernel asks, before its own search, which socket a datagram is for
// (BPF_PROG_TYPE_SK_LOOKUP). It is small enough to be written down instruction by instruction, so that
// building needs no second compiler.
#pragma once

#include <cstdint>
#include <vector>

#include <linux/bpf.h>

#include "overlay/base/endpoint.h"

namespace overlay {

struct SteeringRule {
  IpAddress address;
  // Port / 2 % planes says which plane's socket, so that a pair of ports (EVEN-PORT) has one owner.
  std::uint32_t planes = 1;
  int open_ports_fd = -1;  // one bit for each port, in a map with one value
  int sockets_fd = -1;     // by plane
};

// UDP to `address` and an open port goes to its plane's socket. Everything else goes where it would have
// gone.
[[nodiscard]] std::vector<bpf_insn> steering_program(const SteeringRule& rule);

}  // namespace overlay
