// The commands of the WAN. A command is a JSON object on one line; the answer is one line:
//
//   {"command": "cut", "a": SEL}                            drops all packets to and from SEL
//   {"command": "cut", "a": SEL, "b": SEL, "one_way": true} drops packets from a to b
//   {"command": "degrade", "a": SEL, "b": SEL, "loss": 0.05, "burst_loss": 0.05, "burst_length": 8,
//                          "delay_ms": 50, "jitter_ms": 5, "rate_bps": 1e7}
//   {"command": "partition", "groups": [[SEL, ...], [SEL, ...]]}   hosts in no group form another group
//   {"command": "heal", "a": SEL, "b": SEL} / {"command": "heal"}   removes the faults with these names / all
//   faults
//   {"command": "set", "a": SEL, "b": SEL, "delay_ms": 20, ...}     sets the shape that faults are added to
//   {"command": "stats", "a": SEL, "b": SEL} / "link" / "faults" / "hosts" / "ping"
//
// SEL is a host, a label such as "region:fra", or "*". Each answer has "ok" and "at_ns", the CLOCK_MONOTONIC
// time at which the command took effect. A rejected command has "error". Pure.
#pragma once

#include <string>
#include <string_view>

#include "overlay/base/time.h"
#include "tools/wan/network.h"

namespace wan {

// Returns the answer without a line break.
[[nodiscard]] std::string execute(Network& network, std::string_view line, overlay::Instant now);

}  // namespace wan
