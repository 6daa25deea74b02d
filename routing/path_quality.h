// How good a whole path is for people: R-factor and MOS for audio, stall risk for video. Pure functions.
#pragma once

#include <cstdint>
#include <span>

#include "routing/topology.h"

namespace routing {

// What the links of a path add up to, in the direction of the path.
struct PathMetric {
  Duration rtt{};
  Duration jitter{};      // independent links: root of the sum of squares
  double loss = 0;        // ingress -> egress
  std::uint8_t load = 0;  // of the fullest link
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
  double score = 0;  // what paths are ranked by: R less what stalls, load and hops cost, in units of R
};

// What load takes off a path's score: nothing up to 70 %, then up to 10 R.
[[nodiscard]] double load_cost(std::uint8_t load);

[[nodiscard]] PathQuality assess(const PathMetric& metric);

// ITU-T G.107 in short form, wideband Opus taken as Ie = 0, Bpl = 25.1. `mouth_to_ear` includes codec and
// play-out.
[[nodiscard]] double r_factor(Duration mouth_to_ear, double loss);
[[nodiscard]] double mos(double r_factor);
// A frame of 9 packets, a play-out buffer of 200 ms, as many retransmission rounds as fit into it.
[[nodiscard]] double stall_risk(Duration rtt, Duration jitter, double loss);

}  // namespace routing
