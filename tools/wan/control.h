// The WAN's commands, one JSON object a line, each answered by one line:
//
//   {"command": "cut", "a": SEL}                            everything to and from SEL is lost in silence
//   {"command": "cut", "a": SEL, "b": SEL, "one_way": true} from a to b only
//   {"command": "degrade", "a": SEL, "b": SEL, "loss": 0.05, "burst_loss": 0.05, "burst_length": 8,
//                          "delay_ms": 50, "jitter_ms": 5, "rate_bps": 1e7}
//   {"command": "partition", "groups": [[SEL, ...], [SEL, ...]]}   hosts in no group form one more
//   {"command": "heal", "a": SEL, "b": SEL} / {"command": "heal"}   what was done under these names / all
//   {"command": "set", "a": SEL, "b": SEL, "delay_ms": 20, ...}     the shape under all faults
//   {"command": "stats", "a": SEL, "b": SEL} / "link" / "faults" / "hosts" / "ping"
//
// SEL is a host, a label such as "region:fra", or "*". Every answer holds "ok" and "at_ns", CLOCK_MONOTONIC
// when the command took effect; a refused one "error". Pure.
#pragma once

#include <string>
#include <string_view>

#include "overlay/base/time.h"
#include "tools/wan/network.h"

namespace wan {

// The answer, without the end of the line.
[[nodiscard]] std::string execute(Network& network, std::string_view line, overlay::Instant now);

}  // namespace wan
