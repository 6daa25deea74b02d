// One row of `causeway links`: what this node knows about one of its links, as the control plane reports it.
// A value without life of its own; the control plane fills it when somebody asks.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "overlay/base/ids.h"
#include "overlay/base/time.h"

namespace relay {

// kHold: alive again, but not trusted before its hold-up is over.
enum class LinkCondition : std::uint8_t { kUp, kSuspect, kDown, kHold };

// The current detector: silence of `interval` x `multiplier` makes a link suspect.
struct LinkDetector {
  overlay::Duration interval{};
  std::uint32_t multiplier = 0;
};

struct LinkReport {
  overlay::NodeId from;
  overlay::NodeId to;
  std::string link_class = "internet";
  LinkCondition condition = LinkCondition::kDown;
  // nullopt: not measured yet, or silence for longer than the measuring window.
  std::optional<overlay::Duration> rtt_p50;
  std::optional<overlay::Duration> rtt_p95;
  std::optional<overlay::Duration> jitter;
  std::optional<double> loss_forward;  // 0 to 1, `from` to `to`
  std::optional<double> loss_reverse;
  double packets_per_second = 0;                // both directions
  std::optional<overlay::Duration> last_heard;  // ago; nullopt: never
  LinkDetector detector;
  std::uint32_t flaps = 0;  // since the process started
  overlay::Duration hold_up_left{};
};

}  // namespace relay
