// The quality of a whole path for people: R-factor and MOS for audio, stall risk for video. Pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "routing/topology.h"

namespace routing {

// The sum of the links of a path, in the direction of the path.
struct PathMetric {
  Duration rtt{};
  Duration jitter{};      // independent links: root of the sum of squares
  double loss = 0;        // ingress -> egress
  std::uint8_t load = 0;  // of the link with the highest load
  std::uint8_t hops = 0;

  void append(const TopologyLink& link);
};

struct PathQuality {
  Duration rtt{};
  Duration jitter{};
  double loss = 0;
  double r_factor = 0;  // ITU-T G.107, 0 .. 93.2
  double mos = 1;       // 1 .. 4.5
  double stall = 0;     // probability that a video frame misses its play-out
  std::uint8_t load = 0;
  double score = 0;  // rank of the path, in units of R: R minus the cost of stalls, load and hops
};

// Reduction of the score by load, in units of R: 0 up to 70 %, then up to 10.
[[nodiscard]] double load_cost(std::uint8_t load);

[[nodiscard]] PathQuality assess(const PathMetric& metric);

// ITU-T G.107, short form; wideband Opus with Ie = 0, Bpl = 25.1. `mouth_to_ear` includes codec and play-out.
[[nodiscard]] double r_factor(Duration mouth_to_ear, double loss);
[[nodiscard]] double mos(double r_factor);
// For a frame of 9 packets and a play-out buffer of 200 ms, with as many retransmission rounds as fit into
// the buffer.
[[nodiscard]] double stall_risk(Duration rtt, Duration jitter, double loss);

}  // namespace routing
