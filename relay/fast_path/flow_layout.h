// The map layout that the XDP program (flow_relay.bpf.c) and its loader (xdp_relay.h) share, in C. Ports are
// in network order; addresses are of 16 bytes, IPv4 in the last four behind ten of 0 and two of 0xff.
#pragma once

#include <linux/types.h>

#define FLOW_SLOTS 131072
#define FLOW_INTERFACES 64
// A frame from there says how to reach it for so long; after that the kernel is asked again.
#define FLOW_NEXT_HOP_NS 15000000000ull

// One of the interfaces that flows come from and leave by. Written by the loader at any time.
struct FlowInterface {
  __u32 index;
  __u32 is_open;  // frames may leave by it; else its flows stay with the sockets
};

// How a datagram of a flow arrives.
struct FlowKey {
  __u8 source[16];
  __u8 local[16];
  __u16 source_port;
  __u16 local_port;
  __u16 channel;  // of a client's ChannelData, in host order; 0: a peer's datagram
  __u16 family;   // 4 or 6
};

// One direction of a flow: how its datagrams leave, and what is known of them.
struct FlowSlot {
  // Written by the loader.
  __u64 until_ns;  // of CLOCK_MONOTONIC; 0: the slot is nobody's
  __u8 source[16];
  __u8 destination[16];
  __u16 source_port;
  __u16 destination_port;
  __u16 channel;  // to be put before the payload, in host order; 0: none
  __u16 reserved;
  __u32 back;  // the slot of the other direction
  __u32 padding;
  // Written by the program.
  __u64 packets __attribute__((aligned(64)));
  __u64 bytes;  // of payload
  // Of the last frames that came from `destination`: where it is.
  __u64 heard_ns;           // 0: never, or that is in doubt
  __u64 doubtful_until_ns;  // after frames came from elsewhere
  __u32 interface;          // its place among the interfaces
  __u8 next_hop[6];
  __u8 own[6];
} __attribute__((aligned(64)));
