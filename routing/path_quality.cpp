#include "routing/path_quality.h"

#include <algorithm>
#include <cmath>

namespace routing {
namespace {

constexpr Duration kCodecAndPlayout = std::chrono::milliseconds(60);
constexpr int kPlayoutJitters = 2;  // the play-out buffer follows jitter

// ITU-T G.107 (short form): R = 93.2 - Id - Ie,eff.
constexpr double kBestR = 93.2;
constexpr double kKneeMs = 177.3;
constexpr double kIePlus = 95.0;  // 95 - Ie, Ie = 0
constexpr double kBpl = 25.1;

constexpr Duration kVideoPlayout = std::chrono::milliseconds(200);
constexpr int kPacketsPerFrame = 9;  // 2.5 Mbit/s, 30 frames/s, 1,200 bytes
constexpr int kMaxRetransmissions = 3;

constexpr double kStallCost = 20.0;     // R, if every frame stalls
constexpr double kFullLoadCost = 10.0;  // R, at load 255
constexpr double kLoadFree = 0.7;       // load up to this ratio costs 0
constexpr double kHopCost = 0.05;       // R for each node in transit: breaks ties towards fewer

}  // namespace

double load_cost(std::uint8_t load) {
  const double ratio = load / 255.0;
  return ratio <= kLoadFree ? 0 : kFullLoadCost * (ratio - kLoadFree) / (1 - kLoadFree);
}

void PathMetric::append(const TopologyLink& link) {
  rtt += link.rtt;
  const double squares = std::pow(overlay::to_ms(jitter), 2) + std::pow(overlay::to_ms(link.jitter), 2);
  jitter =
      std::chrono::duration_cast<Duration>(std::chrono::duration<double, std::milli>(std::sqrt(squares)));
  loss = 1 - (1 - loss) * (1 - link.loss);
  load = std::max(load, link.load);
  ++hops;
}

double r_factor(Duration mouth_to_ear, double loss) {
  const double ms = overlay::to_ms(mouth_to_ear);
  const double percent = 100 * loss;
  const double delay_impairment = 0.024 * ms + 0.11 * std::max(0.0, ms - kKneeMs);
  const double loss_impairment = kIePlus * percent / (percent + kBpl);
  return std::max(0.0, kBestR - delay_impairment - loss_impairment);
}

double mos(double r) {
  if (r <= 0) return 1;
  return std::clamp(1 + 0.035 * r + 7e-6 * r * (r - 60) * (100 - r), 1.0, 4.5);
}

double stall_risk(Duration rtt, Duration jitter, double loss) {
  const Duration budget = kVideoPlayout - 3 * jitter;
  const auto rounds = rtt > Duration::zero() ? budget / rtt : kMaxRetransmissions;
  const int retransmissions = static_cast<int>(std::clamp<Duration::rep>(rounds, 0, kMaxRetransmissions));
  const double unrecovered = std::pow(loss, 1 + retransmissions);
  return 1 - std::pow(1 - unrecovered, kPacketsPerFrame);
}

PathQuality assess(const PathMetric& metric) {
  PathQuality quality{.rtt = metric.rtt, .jitter = metric.jitter, .loss = metric.loss, .load = metric.load};
  quality.r_factor =
      r_factor(metric.rtt / 2 + kPlayoutJitters * metric.jitter + kCodecAndPlayout, metric.loss);
  quality.mos = mos(quality.r_factor);
  quality.stall = stall_risk(metric.rtt, metric.jitter, metric.loss);
  quality.score = quality.r_factor - kStallCost * quality.stall - load_cost(metric.load) -
                  kHopCost * (metric.hops > 0 ? metric.hops - 1 : 0);
  return quality;
}

}  // namespace routing
