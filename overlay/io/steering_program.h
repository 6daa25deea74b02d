// The program that the kernel runs before its own socket lookup (BPF_PROG_TYPE_SK_LOOKUP). It is written
// instruction by instruction, so the build needs no BPF compiler.
#pragma once

#include <cstdint>
#include <vector>

#include <linux/bpf.h>

#include "overlay/base/endpoint.h"

namespace overlay {

struct SteeringRule {
  IpAddress address;
  // The plane of a port is port / 2 % planes, so that a pair of ports (EVEN-PORT) has one owner.
  std::uint32_t planes = 1;
  int open_ports_fd = -1;  // map with one value: one bit for each port
  int sockets_fd = -1;     // by plane
};

// UDP datagrams for `address` and an open port go to the socket of their plane. All other datagrams take the
// normal lookup.
[[nodiscard]] std::vector<bpf_insn> steering_program(const SteeringRule& rule);

}  // namespace overlay
